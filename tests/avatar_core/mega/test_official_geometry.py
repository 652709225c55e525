"""Cameras and the scalp's map against the reference implementation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.geometry.raster_offset import raster_size
from avatar_core.mega.official_geometry import official_camera, scalp_affine

Golden = Callable[[str], Any]


def test_camera_matrices(golden: Golden) -> None:
    fixture = golden("camera")
    pose, intrinsics = fixture["in.c2w_opengl"].numpy(), fixture["in.intr"].numpy()
    camera = official_camera(pose, intrinsics, 550, 802)
    for ours, theirs in (
        (camera.view, "w2c_opencv"),
        (camera.splat_view, "gs_viewmatrix"),
        (camera.splat_projection, "gs_projmatrix"),
        (camera.centre, "campos"),
        (camera.mesh_view, "mesh_cam_RT"),
        (camera.mesh_projection, "mesh_fullproj"),
    ):
        expected = fixture[f"out.{theirs}"].numpy()
        np.testing.assert_allclose(ours, expected.reshape(ours.shape), atol=2e-5, err_msg=theirs)


def test_points_in_camera_and_clip_space(golden: Golden) -> None:
    fixture = golden("camera")
    camera = official_camera(fixture["in.c2w_opengl"].numpy(), fixture["in.intr"].numpy(), 550, 802)
    points = np.concatenate([fixture["in.X"][0].numpy(), np.ones((50, 1), np.float32)], 1)
    in_camera = points @ camera.mesh_view.T
    np.testing.assert_allclose(in_camera, fixture["out.verts_camera"][0].numpy(), atol=1e-5)
    in_clip = points @ camera.mesh_projection.T
    np.testing.assert_allclose(in_clip, fixture["out.verts_clip"][0].numpy(), atol=2e-5)


def test_raster_size(golden: Golden) -> None:
    assert raster_size(550, 802) == tuple(golden("camera")["out.raster_size_hw"].tolist())
    assert raster_size(512, 512) == (512, 512)
    assert raster_size(3000, 1000) == (2048, 2048)


def test_scalp_affine_goes_through_four_vertices(golden: Golden) -> None:
    fixture = golden("scalp_affine")
    source, target = fixture["in.src"].numpy(), fixture["in.dst"].numpy()
    affine = scalp_affine(source, target)
    np.testing.assert_allclose(affine, fixture["out.affine_3x4"].numpy(), atol=1e-5)
    used = fixture["out.used_indices"].numpy()
    np.testing.assert_allclose(
        source[used] @ affine[:, :3].T + affine[:, 3], target[used], atol=1e-5
    )


def test_points_in_one_plane_are_refused() -> None:
    flat = np.random.default_rng(0).standard_normal((3, 3)).astype(np.float32)
    with pytest.raises(ShapeError):
        scalp_affine(flat, flat)
