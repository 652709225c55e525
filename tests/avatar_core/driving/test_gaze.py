"""Gaze from irises."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.driving.gaze import GazeTracker
from avatar_core.driving.head_pose import HeadPose
from avatar_core.geometry import matrix_from_axis_angle

_PIXELS_PER_M = 2000.0
_OPEN = (0.1, 0.1)
_SHUT = (0.9, 0.9)


def _pose(turn: tuple[float, float, float] = (0, 0, 0)) -> HeadPose:
    rotation = matrix_from_axis_angle(np.array(turn, np.float32))
    return HeadPose(rotation, np.array([0, 0, -0.5], np.float32), _PIXELS_PER_M)


def _looking(yaw: float, pitch: float, pose: HeadPose) -> np.ndarray:
    """Landmarks of a head whose eyes are turned; irises on balls of 11.5 mm behind the corners.

    Up and down the network shows only a part of the turn.
    """
    landmarks = np.zeros((478, 3), np.float32)
    shown = pitch / 1.6
    look = np.array([np.sin(yaw) * np.cos(shown), np.sin(shown), np.cos(yaw) * np.cos(shown)])
    for iris, inner, outer, side in ((473, 362, 263, 1), (468, 133, 33, -1)):
        corners = np.array([[side * 0.018, 0, 0], [side * 0.044, 0, 0]])
        centre = corners.mean(0) + np.array([0, 0.0015, -0.0105])
        points = np.vstack([corners, centre + 0.0115 * look]) @ pose.rotation.T.astype(float)
        flat = points[:, :2] * [_PIXELS_PER_M, -_PIXELS_PER_M] + [320, 240]
        landmarks[[inner, outer, iris], :2] = flat
    return landmarks


@pytest.mark.parametrize("turn", [(0, 0, 0), (0, 0.4, 0), (0.3, -0.2, 0.5)])
@pytest.mark.parametrize("look", [(0.0, 0.0), (0.4, 0.0), (-0.3, 0.2), (0.1, -0.3)])
def test_finds_the_direction_whatever_the_head_does(
    look: tuple[float, float], turn: tuple[float, float, float]
) -> None:
    pose = _pose(turn)
    gaze = GazeTracker().update(_looking(*look, pose), pose, *_OPEN)
    np.testing.assert_allclose(gaze, [look, look], atol=2e-3)


def test_holds_while_the_lids_are_shut() -> None:
    gaze = GazeTracker()
    pose = _pose()
    before = gaze.update(_looking(0.3, 0.1, pose), pose, *_OPEN)
    during = gaze.update(_looking(-0.3, -0.4, pose), pose, *_SHUT)
    np.testing.assert_allclose(during, before, atol=1e-6)
    after = gaze.update(_looking(-0.3, 0.0, pose), pose, *_OPEN)
    np.testing.assert_allclose(after[0], [-0.3, 0.0], atol=2e-3)


def test_a_shut_eye_does_not_disturb_the_open_one() -> None:
    pose = _pose()
    landmarks = _looking(0.2, 0.0, pose)
    landmarks[473] += [8, 9, 0]
    gaze = GazeTracker().update(landmarks, pose, 0.9, 0.1)
    np.testing.assert_allclose(gaze[0], [0.2, 0.0], atol=2e-3)


def test_reset_forgets_what_was_held() -> None:
    gaze = GazeTracker()
    pose = _pose()
    gaze.update(_looking(0.3, 0.1, pose), pose, *_OPEN)
    gaze.reset()
    np.testing.assert_allclose(
        gaze.update(_looking(-0.2, 0.0, pose), pose, *_SHUT)[0], [-0.2, 0.0], atol=2e-3
    )


def test_looks_straight_on_when_turned_away_from_the_camera() -> None:
    pose = _pose((0, 1.1, 0))
    np.testing.assert_array_equal(GazeTracker().update(_looking(0.3, 0.1, pose), pose, *_OPEN), 0)


def test_stays_within_what_eyes_can_do() -> None:
    landmarks = _looking(0.0, 0.0, _pose())
    landmarks[[468, 473], :2] += [400, -400]
    gaze = GazeTracker().update(landmarks, _pose(), *_OPEN)
    assert np.isfinite(gaze).all()
    assert (np.abs(gaze) <= np.radians([35.01, 25.01])).all()
