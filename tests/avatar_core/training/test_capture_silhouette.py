"""Silhouettes against the rasteriser that training uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.geometry import Camera, look_at
from avatar_core.raster.meshes import rasterize_mesh
from avatar_core.training.capture_silhouette import overlap, silhouette

if TYPE_CHECKING:
    from avatar_core.heads import BlendshapeHead


def camera(angle_rad: float = 0.3) -> Camera:
    eye = 0.5 * np.array([np.sin(angle_rad), 0.1, np.cos(angle_rad)], np.float32)
    return Camera.from_fov(look_at(eye, np.zeros(3, np.float32)), 0.6, 96, 128)


@pytest.mark.parametrize("angle_rad", [0.0, 0.7, 2.5])
def test_it_is_where_the_rasteriser_draws(ball_head: BlendshapeHead, angle_rad: float) -> None:
    vertices, faces = ball_head.vertices, ball_head.topology.faces
    drawn = silhouette(vertices, faces, camera(angle_rad)) > 0
    truth = rasterize_mesh(vertices, faces, camera(angle_rad)).face_ids >= 0
    assert truth.sum() > 1000
    # The ball is open at its poles, where the rasteriser sees the inside.
    assert (drawn & truth).sum() / (drawn | truth).sum() > 0.93


def test_what_is_behind_the_camera_is_not_drawn(ball_head: BlendshapeHead) -> None:
    behind = ball_head.vertices + np.float32([0, 0, 2])
    assert not silhouette(behind, ball_head.topology.faces, camera(0.0)).any()


def test_triangles_are_drawn_from_outside_only() -> None:
    corners = np.float32([[-0.05, -0.05, 0], [0.05, -0.05, 0], [0, 0.05, 0]])
    outside, inside = np.int32([[0, 1, 2]]), np.int32([[0, 2, 1]])
    assert silhouette(corners, outside, camera(0.0)).any()
    assert not silhouette(corners, inside, camera(0.0)).any()


def test_overlap_leaves_hair_and_clothes_out() -> None:
    head = np.zeros((4, 4), np.uint8)
    head[:2] = 255
    matte = np.full((4, 4), 255, np.uint8)
    hair = np.zeros((4, 4), np.uint8)
    hair[2:] = 1
    assert overlap(head, matte, hair) == 1.0
    assert overlap(head, matte, np.zeros_like(hair)) == 0.5
    assert overlap(head, matte, None) == 1.0
    assert overlap(head, np.zeros_like(matte), None) == 0.0
    assert overlap(np.zeros_like(head), np.zeros_like(head), None) == 0.0
