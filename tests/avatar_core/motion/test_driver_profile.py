from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.motion import DriverProfile, MotionFrame, gaze_from_weights, profiled, same_pose
from avatar_core.motion.channels import ChannelGroup
from avatar_core.motion.frame_channels import GAZE, channels_of_group

CENTRE = np.array([[0.1, -0.05], [0.08, -0.05]], np.float32)


def gains(**units: float) -> np.ndarray:
    return MotionFrame.from_units(**units).weights + (MotionFrame.from_units(**units).weights == 0)


def test_knowing_nothing_changes_nothing() -> None:
    frame = MotionFrame.from_units(jawOpen=0.5)
    assert same_pose(profiled(frame, DriverProfile()), frame)
    assert DriverProfile().is_empty
    assert not DriverProfile().has_range


def test_gains_reach_further_after_the_rest_is_taken_off() -> None:
    rest = MotionFrame.from_units(mouthSmileLeft=0.1, jawOpen=0.2)
    profile = DriverProfile(rest, gains(mouthSmileLeft=2.0, jawOpen=3.0).astype(np.float32))
    frame = MotionFrame.from_units(mouthSmileLeft=0.4, jawOpen=0.9, browInnerUp=0.3)
    result = profiled(frame, profile)
    assert result.weight("mouthSmileLeft") == pytest.approx(0.6)
    assert result.weight("jawOpen") == 1.0
    assert result.weight("browInnerUp") == pytest.approx(0.3)
    assert frame.weight("jawOpen") == pytest.approx(0.9)  # frames are never written


def test_gaze_is_told_from_its_centre_instead_of_the_neutral() -> None:
    rest = MotionFrame(gaze=np.full((2, 2), 0.3, np.float32))
    frame = MotionFrame(gaze=np.full((2, 2), 0.2, np.float32))
    result = profiled(frame, DriverProfile(rest, gaze_centre=CENTRE))
    assert result.gaze == pytest.approx(0.2 - CENTRE)
    halved = profiled(frame, DriverProfile(rest, gaze_centre=CENTRE), 0.5)
    assert halved.gaze == pytest.approx(0.2 - 0.5 * CENTRE)


def test_gaze_in_weights_is_centred_too() -> None:
    frame = MotionFrame.from_units(eyeLookOutLeft=0.5, eyeLookInRight=0.5)
    result = profiled(frame, DriverProfile(gaze_centre=CENTRE))
    assert result.gaze is None
    assert gaze_from_weights(result.weights) == pytest.approx(
        gaze_from_weights(frame.weights) - CENTRE, abs=1e-6
    )


def test_each_channel_can_have_its_own_share_of_the_rest() -> None:
    rest = MotionFrame.from_units(jawOpen=0.2, browInnerUp=0.2)
    share = np.ones(62, np.float32)
    share[channels_of_group(ChannelGroup.BROWS)] = 0.0
    share[GAZE] = 0.0
    result = profiled(rest, DriverProfile(rest, gaze_centre=CENTRE), share)
    assert result.weight("jawOpen") == 0
    assert result.weight("browInnerUp") == pytest.approx(0.2)


def test_equal_when_they_calibrate_alike() -> None:
    def profile(jaw: float = 0.1, gain: float = 2.0, look: float = 0.1) -> DriverProfile:
        return DriverProfile(
            MotionFrame.from_units(jawOpen=jaw),
            np.full(52, gain, np.float32),
            np.full((2, 2), look, np.float32),
        )

    assert profile() == profile()
    assert profile() != profile(jaw=0.2)
    assert profile() != profile(gain=1.0)
    assert profile() != profile(look=0.0)
    assert DriverProfile(gaze_centre=CENTRE) != DriverProfile()
    assert DriverProfile() != "profile"


def test_parts_are_replaced_apart() -> None:
    profile = DriverProfile(MotionFrame(), np.full(52, 2, np.float32), CENTRE)
    assert profile.with_neutral(None) == DriverProfile(None, profile.gains, CENTRE)
    assert profile.with_gains(np.ones(52, np.float32)).has_range is False
    assert profile.with_gaze_centre(None).gaze_centre is None


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"gains": np.ones(51, np.float32)}, ShapeError),
        ({"gains": np.ones(52)}, ValueError),
        ({"gains": np.full(52, 4.5, np.float32)}, ValueError),
        ({"gains": np.full(52, np.nan, np.float32)}, ValueError),
        ({"gaze_centre": np.zeros(4, np.float32)}, ShapeError),
        ({"gaze_centre": np.full((2, 2), np.inf, np.float32)}, ValueError),
    ],
)
def test_impossible_profiles_are_refused(
    wrong: dict[str, np.ndarray], error: type[Exception]
) -> None:
    with pytest.raises(error):
        DriverProfile(**wrong)  # type: ignore[arg-type]
