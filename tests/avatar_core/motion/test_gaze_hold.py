from __future__ import annotations

import numpy as np
import pytest

from avatar_core.motion import UNIT_INDEX, MotionFrame, gaze_from_weights
from avatar_core.motion.frame_channels import GAZE, channels_of_frame
from avatar_core.motion.gaze_hold import GazeHold


def eyes(
    left: float, right: float, yaw: float, *, with_angles: bool = True, **units: float
) -> np.ndarray:
    """Closure of both lids, and where both eyes look."""
    frame = MotionFrame.from_units(eyeBlinkLeft=left, eyeBlinkRight=right, **units)
    gaze = np.full((2, 2), yaw, np.float32) if with_angles else None
    return channels_of_frame(MotionFrame(weights=frame.weights, gaze=gaze))


def yaws(channels: np.ndarray) -> list[float]:
    return channels[GAZE].reshape(2, 2)[:, 0].tolist()


def test_open_eyes_are_believed() -> None:
    hold = GazeHold()
    for yaw in (0.1, -0.3, 0.2):
        assert hold.held(eyes(0.3, 0.0, yaw)) is not None
        assert yaws(hold.held(eyes(0.3, 0.0, yaw))) == pytest.approx([yaw, yaw])


def test_a_shut_eye_looks_where_it_looked_and_the_other_one_goes_on() -> None:
    hold = GazeHold()
    hold.held(eyes(0.0, 0.0, 0.1))
    assert yaws(hold.held(eyes(0.9, 0.0, -0.4))) == pytest.approx([0.1, -0.4])


def test_eyes_that_open_fade_to_where_they_look() -> None:
    hold = GazeHold()
    hold.held(eyes(0.0, 0.0, 0.2))
    opening = [yaws(hold.held(eyes(lid, lid, -0.2)))[0] for lid in np.linspace(1, 0, 50)]
    assert opening[0] == pytest.approx(0.2)
    assert opening[-1] == pytest.approx(-0.2)
    steps = np.diff(opening)
    assert (steps <= 1e-6).all()
    assert np.abs(steps).max() < 0.04


def test_eye_look_weights_are_held_like_angles() -> None:
    hold = GazeHold()
    hold.held(eyes(0, 0, 0, with_angles=False, eyeLookUpLeft=0.5, eyeLookUpRight=0.5))
    shut = hold.held(eyes(1, 1, 0, with_angles=False, eyeLookDownLeft=0.9))
    assert shut[UNIT_INDEX["eyeLookUpLeft"]] == 0.5
    assert shut[UNIT_INDEX["eyeLookDownLeft"]] == 0
    assert shut[GAZE] == pytest.approx(gaze_from_weights(shut[:52]).ravel())


def test_the_first_frame_passes_even_with_shut_eyes_and_nothing_else_is_touched() -> None:
    hold = GazeHold()
    first = eyes(1.0, 1.0, 0.3, jawOpen=0.4)
    assert hold.held(first) == pytest.approx(first)
    hold.reset()
    other = eyes(1.0, 1.0, -0.1, jawOpen=0.6)
    assert hold.held(other) == pytest.approx(other)
