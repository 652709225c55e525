"""The mesh rasteriser: coverage, perspective, visibility, gradients."""

from __future__ import annotations

import numpy as np
import torch

from avatar_core.geometry import Camera, look_at
from avatar_core.raster.meshes import barycentrics_at, covered_pixels, rasterize_mesh


def camera(size: int = 64) -> Camera:
    view = look_at(np.array([0, 0, 2], np.float32), np.zeros(3, np.float32))
    intrinsics = np.array([[80, 0, size / 2], [0, 80, size / 2], [0, 0, 1]], np.float32)
    return Camera(view, intrinsics, size, size)


TILTED = np.array([[-0.6, -0.5, 0.4], [0.7, -0.4, -0.5], [0.1, 0.6, 0.3]], np.float32)
FACE = np.array([[0, 1, 2]], np.int32)


def test_depth_and_barycentrics_follow_the_ray() -> None:
    image = rasterize_mesh(TILTED, FACE, camera())
    rows, columns = np.nonzero(image.face_ids == 0)
    assert len(rows) > 200
    normal = np.cross(TILTED[1] - TILTED[0], TILTED[2] - TILTED[0])
    for y, x in list(zip(rows, columns, strict=True))[::37]:
        origin, direction = camera().ray(x + 0.5, y + 0.5)
        hit = origin + direction * ((TILTED[0] - origin) @ normal) / (direction @ normal)
        np.testing.assert_allclose(image.barycentrics[y, x] @ TILTED, hit, atol=1e-4)
        np.testing.assert_allclose(image.depths[y, x], 2 - hit[2], atol=1e-4)


def test_nearer_triangle_wins_whatever_the_order() -> None:
    vertices = np.concatenate([TILTED, TILTED + np.float32([0, 0, 0.5])])
    faces = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    both = rasterize_mesh(vertices, faces, camera())
    swapped = rasterize_mesh(vertices, faces[::-1].copy(), camera())
    covered = rasterize_mesh(vertices, faces[1:], camera()).face_ids == 0
    assert (both.face_ids[covered] == 1).all()
    assert (swapped.face_ids[covered] == 0).all()


def test_neighbours_leave_no_gap() -> None:
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32) * 0.5
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    image = rasterize_mesh(corners, faces, camera())
    assert (image.face_ids[14:50, 14:50] >= 0).all()


def test_tensors_are_drawn_like_arrays() -> None:
    vertices = torch.from_numpy(TILTED).requires_grad_()
    image = rasterize_mesh(vertices, torch.from_numpy(FACE), camera())
    for ours, arrays in zip(image, rasterize_mesh(TILTED, FACE, camera()), strict=True):
        np.testing.assert_array_equal(ours, arrays)


def test_triangles_at_the_camera_are_left_out() -> None:
    behind = TILTED + np.float32([0, 0, 2.0])
    assert (rasterize_mesh(behind, FACE, camera()).face_ids == -1).all()


def test_differentiable_barycentrics_repeat_the_raster() -> None:
    image = rasterize_mesh(TILTED, FACE, camera())
    covered = covered_pixels(image, FACE)
    weights = barycentrics_at(torch.from_numpy(TILTED), covered, camera())
    expected = image.barycentrics[covered.rows.numpy(), covered.columns.numpy()]
    np.testing.assert_allclose(weights.numpy(), expected, atol=1e-5)


def test_gradient_of_barycentrics_matches_finite_differences() -> None:
    image = rasterize_mesh(TILTED, FACE, camera())
    covered = covered_pixels(image, FACE)
    some = covered._replace(
        **{
            name: getattr(covered, name)[::50]
            for name in ("rows", "columns", "corners", "face_ids")
        }
    )
    vertices = torch.from_numpy(TILTED).double().requires_grad_()
    eye = camera()
    precise = Camera(
        eye.view.astype(np.float64), eye.intrinsics.astype(np.float64), eye.width_px, eye.height_px
    )
    assert torch.autograd.gradcheck(lambda v: barycentrics_at(v, some, precise), (vertices,))
