from __future__ import annotations

import numpy as np
import pytest

from app.panels.group_signals import group_signal
from avatar_core.motion import ChannelGroup, MotionFrame


@pytest.mark.parametrize("group", ChannelGroup)
def test_rest_is_nothing(group: ChannelGroup) -> None:
    assert group_signal(MotionFrame(), group) == 0.0


def test_the_strongest_unit_of_a_group_counts() -> None:
    frame = MotionFrame.from_units(jawOpen=0.25, jawLeft=0.5, mouthSmileLeft=1.0)
    assert group_signal(frame, ChannelGroup.JAW) == 0.5
    assert group_signal(frame, ChannelGroup.LIPS) == 1.0


def test_turns_ways_and_looks_count_by_how_far_they_go() -> None:
    frame = MotionFrame(
        head_rotation=np.array([0, -0.35, 0], np.float32),
        head_translation=np.array([0.03, 0.04, 0], np.float32),
        gaze=np.array([[0.5, 0], [0.5, 0]], np.float32),
    )
    signals = [
        group_signal(frame, group)
        for group in (ChannelGroup.HEAD_TURN, ChannelGroup.HEAD_POSITION, ChannelGroup.GAZE)
    ]
    assert signals == pytest.approx([0.5, 0.5, 1.0], abs=1e-6)


def test_weights_tell_the_gaze_of_a_driver_without_angles() -> None:
    frame = MotionFrame.from_units(eyeLookUpLeft=1.0, eyeLookUpRight=1.0)
    assert group_signal(frame, ChannelGroup.GAZE) == pytest.approx(0.35 / 0.5, abs=0.01)
