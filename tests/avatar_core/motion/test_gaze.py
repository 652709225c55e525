from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.motion import MotionFrame, gaze_from_weights, with_gaze_weights
from avatar_core.motion.gaze import FULL_PITCH_RAD, FULL_YAW_RAD


def test_looking_to_the_persons_left_turns_both_eyes_positive() -> None:
    frame = MotionFrame.from_units(eyeLookOutLeft=1.0, eyeLookInRight=1.0)
    gaze = gaze_from_weights(frame.weights)
    assert gaze[:, 0] == pytest.approx(FULL_YAW_RAD)
    assert not gaze[:, 1].any()


def test_looking_up_is_positive_pitch_of_that_eye_only() -> None:
    gaze = gaze_from_weights(MotionFrame.from_units(eyeLookUpRight=0.5).weights)
    assert gaze == pytest.approx(np.array([[0, 0], [0, 0.5 * FULL_PITCH_RAD]]))


def test_weights_and_angles_are_inverse_within_a_full_look() -> None:
    rng = np.random.default_rng(3)
    limit = np.array([FULL_YAW_RAD, FULL_PITCH_RAD])
    gaze = (rng.uniform(-1, 1, (20, 2, 2)) * limit).astype(np.float32)
    weights = with_gaze_weights(np.zeros((20, 52), np.float32), gaze)
    assert weights.min() >= 0
    assert gaze_from_weights(weights) == pytest.approx(gaze, abs=1e-6)


def test_only_the_look_units_are_replaced() -> None:
    frame = MotionFrame.from_units(eyeLookInLeft=1.0, eyeBlinkLeft=0.5)
    weights = with_gaze_weights(frame.weights, np.zeros((2, 2), np.float32))
    assert weights.sum() == pytest.approx(0.5)
    assert frame.weight("eyeLookInLeft") == 1.0


def test_look_beyond_the_full_one_is_cut() -> None:
    weights = with_gaze_weights(np.zeros(52, np.float32), np.full((2, 2), 9.0, np.float32))
    assert weights.max() == 1.0


def test_wrong_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match="gaze"):
        with_gaze_weights(np.zeros(52, np.float32), np.zeros(4, np.float32))
