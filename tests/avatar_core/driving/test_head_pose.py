"""The head from landmarks."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.driving.head_pose import FOCAL_PER_SIDE, head_pose
from avatar_core.driving.landmarker_bundle import load_landmarker_bundle
from avatar_core.geometry import matrix_from_axis_angle

_WIDTH, _HEIGHT = 640, 480


def _landmarks(rotation: np.ndarray, translation: np.ndarray, focal_px: float) -> np.ndarray:
    """What a perfect tracker reports of a head posed in the camera (y up, z to the viewer)."""
    points = load_landmarker_bundle().reference.points.astype(np.float64)
    posed = points @ rotation.T + translation
    depth, own_depth = -posed[:, 2], -translation[2]
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[:468, 0] = 0.5 * _WIDTH + focal_px * posed[:, 0] / depth
    landmarks[:468, 1] = 0.5 * _HEIGHT - focal_px * posed[:, 1] / depth
    landmarks[:468, 2] = (depth - own_depth) * focal_px / own_depth
    return landmarks


@pytest.mark.parametrize("turn", [(0, 0, 0), (0.3, 0, 0), (0, -0.8, 0), (0.2, 0.5, -0.4)])
@pytest.mark.parametrize("place", [(0.0, 0.0, -0.6), (0.2, -0.1, -0.4), (-0.3, 0.2, -2.0)])
def test_recovers_turn_and_place(
    turn: tuple[float, float, float], place: tuple[float, float, float]
) -> None:
    rotation = matrix_from_axis_angle(np.array(turn, np.float32)).astype(np.float64)
    focal = FOCAL_PER_SIDE * _WIDTH
    landmarks = _landmarks(rotation, np.array(place), focal)
    pose = head_pose(landmarks, load_landmarker_bundle().reference, _WIDTH, _HEIGHT)
    np.testing.assert_allclose(pose.rotation, rotation, atol=1e-4)
    np.testing.assert_allclose(pose.translation, place, atol=1e-4)
    assert pose.pixels_per_m == pytest.approx(-focal / place[2], rel=1e-3)


def test_a_known_focal_length_is_used() -> None:
    landmarks = _landmarks(np.eye(3), np.array([0.1, 0.0, -1.5]), 1500.0)
    pose = head_pose(landmarks, load_landmarker_bundle().reference, _WIDTH, _HEIGHT, 1500.0)
    np.testing.assert_allclose(pose.translation, [0.1, 0.0, -1.5], atol=1e-4)


def test_never_mirrors_a_face() -> None:
    landmarks = _landmarks(np.eye(3), np.array([0.0, 0.0, -0.6]), 576.0)
    landmarks[:, 2] *= -1  # hollow
    pose = head_pose(landmarks, load_landmarker_bundle().reference, _WIDTH, _HEIGHT)
    assert np.linalg.det(pose.rotation) == pytest.approx(1, abs=1e-5)


def test_landmarks_in_one_point_stay_finite() -> None:
    pose = head_pose(
        np.zeros((478, 3), np.float32), load_landmarker_bundle().reference, _WIDTH, _HEIGHT
    )
    assert np.isfinite(pose.rotation).all()
