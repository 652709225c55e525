"""Movements carried between faces of different size, place and mesh."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.heads.face_warp import FaceWarp, neighbours

TURN = matrix_from_axis_angle(np.array([0.2, -0.4, 0.1], np.float32))
SIZE, SHIFT = 1.2, np.array([0.3, -0.1, 0.2], np.float32)


def landmarks(count: int = 20) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.06, 0.06, (count, 3)).astype(np.float32)


def plane(height: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Two triangles that face +z, 20 cm wide."""
    corners = 0.1 * np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    corners[:, 2] = height
    return corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32)


@pytest.mark.parametrize("count", [3, 20])
def test_sizes_turns_and_places_are_carried_exactly(count: int) -> None:
    here = landmarks(count)
    warp = FaceWarp(here, (SIZE * here @ TURN.T + SHIFT).astype(np.float32))
    places = landmarks(50)[20:]
    np.testing.assert_allclose(warp.carried(places), SIZE * places @ TURN.T + SHIFT, atol=1e-6)
    movements = np.stack([0 * places, 0.1 * places])
    expected = SIZE * movements @ TURN.T
    np.testing.assert_allclose(warp.moved(places, movements), expected, atol=1e-6)


def test_a_longer_chin_moves_farther() -> None:
    """Below the middle the second face is stretched by a fifth."""
    here = landmarks(40)
    there = here.copy()
    there[:, 1] *= np.where(here[:, 1] < 0, 1.2, 1.0)
    warp = FaceWarp(here, there)
    down = np.array([[0, -0.01, 0]], np.float32)
    steps = [
        float(warp.moved(np.array([[0, y, 0]], np.float32), down[None])[0, 0, 1])
        for y in (-0.03, 0.03)
    ]
    assert steps[0] / steps[1] == pytest.approx(1.2, abs=0.08)


def test_touching_landmarks_that_part_do_not_tear_the_space() -> None:
    """Lips closed in one face and a millimetre apart in the other."""
    here = landmarks(40)
    there = here.copy()
    here[1] = here[0] + [0, 1e-5, 0]
    there[1] = there[0] + [0, 1e-3, 0]
    warp = FaceWarp(here, there)
    step = warp.moved(here[:1], np.array([[[0, 0.0005, 0]]], np.float32))
    assert 0.0004 < step[0, 0, 1] < 0.0006


def test_points_on_another_surface_know_their_place() -> None:
    vertices, faces = plane()
    points = np.array([[0.05, -0.02, 0.001], [-0.03, 0.04, -0.002]], np.float32)
    found = neighbours(points, np.array([[0, 0, 1]] * 2, np.float32), vertices, faces)
    np.testing.assert_array_equal(found.rows, [0, 1])
    np.testing.assert_allclose(found.between(vertices), points * [1, 1, 0], atol=1e-6)
    stacked = np.stack([vertices, 2 * vertices])
    np.testing.assert_allclose(found.between(stacked)[1], 2 * points * [1, 1, 0], atol=1e-6)


def test_far_points_and_backs_are_no_neighbours() -> None:
    vertices, faces = plane()
    points = np.array([[0, 0, 0.02], [0, 0, 0.001], [0, 0, 0.001]], np.float32)
    normals = np.array([[0, 0, 1], [0, 0, -1], [0, 0.2, 0.98]], np.float32)
    assert neighbours(points, normals, vertices, faces).rows.tolist() == [2]


def test_nothing_to_be_near_to() -> None:
    vertices, faces = plane()
    ahead = np.array([[0, 0, 1]], np.float32)
    flat = np.zeros((2, 3), np.int32)  # triangles without area
    assert len(neighbours(ahead, ahead, vertices, flat).rows) == 0
    assert len(neighbours(ahead[:0], ahead[:0], vertices, faces).rows) == 0


def test_unequal_lists_are_refused() -> None:
    vertices, faces = plane()
    with pytest.raises(ShapeError, match="normals"):
        neighbours(vertices, vertices[:2], vertices, faces)
    with pytest.raises(ShapeError):
        FaceWarp(landmarks(5), landmarks(6)).carried(landmarks(3))
