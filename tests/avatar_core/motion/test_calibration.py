from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import FaceNotFoundError
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.motion import (
    ARKIT_UNITS,
    ChannelGroup,
    MotionFrame,
    calibrated,
    indices_of_group,
    mean_neutral,
    same_pose,
)

BLINKS = [ARKIT_UNITS.index("eyeBlinkLeft"), ARKIT_UNITS.index("eyeBlinkRight")]


def performance(count: int = 300) -> np.ndarray:
    """Smooth curves for all 52 units, within 0..0.7 so that a shifted copy is not cut at 1."""
    rng = np.random.default_rng(5)
    times = np.linspace(0, 10, count)[:, None]
    rates, phases = rng.uniform(0.5, 3, 52), rng.uniform(0, 6, 52)
    return 0.35 + 0.35 * np.sin(rates * times + phases)


def test_constant_neutral_offset_leaves_the_performance_alone() -> None:
    signal = performance()
    offset = np.random.default_rng(6).uniform(0, 0.25, 52)
    neutral = MotionFrame(weights=offset.astype(np.float32))
    others = np.setdiff1d(np.arange(52), BLINKS)
    for values in signal:
        shifted = MotionFrame(weights=(values + offset).astype(np.float32))
        plain = calibrated(MotionFrame(weights=values.astype(np.float32)), MotionFrame())
        result = calibrated(shifted, neutral)
        assert np.abs(result.weights - plain.weights)[others].max() <= 0.03


@pytest.mark.parametrize("opening", [0.0, 0.1, 0.2, 0.3, 0.4])
def test_half_open_lids_move_like_open_ones(opening: float) -> None:
    neutral = MotionFrame.from_units(eyeBlinkLeft=0.2)
    frame = MotionFrame.from_units(eyeBlinkLeft=opening + 0.2)
    assert calibrated(frame, neutral).weight("eyeBlinkLeft") == pytest.approx(opening, abs=0.03)


def test_lids_resting_half_closed_still_close_fully_and_steadily() -> None:
    neutral = MotionFrame.from_units(eyeBlinkLeft=0.3)
    closing = [
        calibrated(MotionFrame.from_units(eyeBlinkLeft=value), neutral).weight("eyeBlinkLeft")
        for value in np.linspace(0.3, 1, 50)
    ]
    assert closing[0] == 0
    assert closing[-1] == 1
    assert (np.diff(closing) > 0).all()


def test_rest_itself_becomes_neutral() -> None:
    rng = np.random.default_rng(7)
    rest = MotionFrame(
        weights=rng.uniform(0, 0.5, 52).astype(np.float32),
        head_rotation=np.array([0.1, -0.3, 0.05], np.float32),
        head_translation=np.array([0.05, -0.02, 0.4], np.float32),
        gaze=rng.normal(0, 0.1, (2, 2)).astype(np.float32),
    )
    result = calibrated(rest, rest)
    assert result.weights == pytest.approx(0, abs=1e-6)
    assert result.head_rotation == pytest.approx(0, abs=1e-6)
    assert result.head_translation == pytest.approx(0, abs=1e-6)
    assert result.gaze is not None
    assert result.gaze == pytest.approx(0, abs=1e-6)


def test_nod_of_a_head_seen_from_the_side_is_a_nod() -> None:
    aside = np.array([0, 0.6, 0], np.float32)
    nod = np.array([0.25, 0, 0], np.float32)
    seen = matrix_from_axis_angle(aside) @ matrix_from_axis_angle(nod)
    frame = MotionFrame(head_rotation=axis_angle_from_matrix(seen))
    result = calibrated(frame, MotionFrame(head_rotation=aside))
    assert result.head_rotation == pytest.approx(nod, abs=1e-6)


def test_leaning_forward_before_a_camera_at_the_side_is_leaning_forward() -> None:
    aside = np.array([0, np.pi / 2, 0], np.float32)
    rest = MotionFrame(head_rotation=aside, head_translation=np.array([1, 0, 0], np.float32))
    # Forward for this head is +x of the camera.
    frame = MotionFrame(head_rotation=aside, head_translation=np.array([1.1, 0, 0], np.float32))
    assert calibrated(frame, rest).head_translation == pytest.approx([0, 0, 0.1], abs=1e-6)


def test_movement_against_the_rest_goes_to_the_opposite_unit() -> None:
    neutral = MotionFrame.from_units(jawLeft=0.3, eyeLookUpLeft=0.2)
    frame = MotionFrame.from_units(jawRight=0.1)
    result = calibrated(frame, neutral)
    assert result.weight("jawRight") == pytest.approx(0.4)
    assert result.weight("jawLeft") == 0
    assert result.weight("eyeLookDownLeft") == pytest.approx(0.2)


def test_relative_zero_is_the_frame_and_half_is_half_way() -> None:
    neutral = MotionFrame.from_units(mouthSmileLeft=0.2)
    frame = MotionFrame.from_units(mouthSmileLeft=0.5)
    assert same_pose(calibrated(frame, neutral, 0.0), frame)
    assert calibrated(frame, neutral, 0.5).weight("mouthSmileLeft") == pytest.approx(0.4)


@pytest.mark.parametrize("group", [ChannelGroup.LIPS, ChannelGroup.LIDS, ChannelGroup.GAZE])
def test_weights_stay_within_range(group: ChannelGroup) -> None:
    rng = np.random.default_rng(8)
    for _ in range(50):
        frame = MotionFrame(weights=rng.uniform(0, 1, 52).astype(np.float32))
        neutral = MotionFrame(weights=rng.uniform(0, 1, 52).astype(np.float32))
        weights = calibrated(frame, neutral).weights[indices_of_group(group)]
        assert weights.min() >= 0
        assert weights.max() <= 1


def test_inputs_are_not_written() -> None:
    neutral = MotionFrame(weights=np.full(52, 0.3, np.float32))
    frame = MotionFrame(weights=np.full(52, 0.5, np.float32))
    calibrated(frame, neutral)
    assert (neutral.weights == np.float32(0.3)).all()
    assert (frame.weights == 0.5).all()


def test_mean_neutral_averages_the_tracked_frames_only() -> None:
    frames = [
        MotionFrame.from_units(0.0, jawOpen=0.2),
        MotionFrame(weights=np.ones(52, np.float32), confidence=0.0),
        MotionFrame.from_units(1.0, jawOpen=0.4),
    ]
    neutral = mean_neutral(frames)
    assert neutral.weight("jawOpen") == pytest.approx(0.3)
    assert neutral.weights.sum() == pytest.approx(0.3)
    assert neutral.gaze is None


def test_mean_neutral_without_a_face_says_so() -> None:
    with pytest.raises(FaceNotFoundError, match="no face"):
        mean_neutral([MotionFrame(confidence=0.0)])
