from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.commands import MixerOption, SetMixerGroup, SetMixerOption, SetNeutral, SetSource
from avatar_core.motion import ChannelGroup, GroupSettings, MotionFrame
from avatar_core.project import Change, Part, Project


def test_group_numbers_are_brought_into_range() -> None:
    wild = GroupSettings(gain=9.0, offset=-4.0, muted=True, smoothing=-1.0)
    command = SetMixerGroup.of(Project(), ChannelGroup.JAW, wild)
    assert command.after == GroupSettings(2.0, -1.0, True, 0.0)


def test_group_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="jaw"):
        SetMixerGroup(ChannelGroup.JAW, GroupSettings(), GroupSettings(gain=2.5))
    with pytest.raises(ValueError, match="NaN"):
        SetMixerGroup.of(Project(), ChannelGroup.JAW, GroupSettings(gain=float("nan")))


def test_only_the_group_named_changes() -> None:
    project = Project()
    command = SetMixerGroup.of(project, ChannelGroup.JAW, GroupSettings(gain=0.5))
    assert command.do(project) == Change.of(Part.MIXER)
    assert project.mixer.groups[ChannelGroup.JAW].gain == 0.5
    assert project.mixer.groups[ChannelGroup.LIPS].gain == 1.0


def test_drags_merge_per_group() -> None:
    jaw = SetMixerGroup(ChannelGroup.JAW, GroupSettings(), GroupSettings(0.5))
    later = SetMixerGroup(ChannelGroup.JAW, GroupSettings(0.5), GroupSettings(0.75))
    assert jaw.merged_with(later) == replace(jaw, after=GroupSettings(0.75))
    assert jaw.merged_with(replace(later, group=ChannelGroup.LIPS)) is None


def test_options_are_brought_into_range() -> None:
    project = Project()
    assert SetMixerOption.of(project, MixerOption.RELATIVE, 3.0).after == 1.0
    assert SetMixerOption.of(project, MixerOption.MIRROR, 1).after is True
    with pytest.raises(ValueError, match="relative"):
        SetMixerOption(MixerOption.RELATIVE, 0.0, 1.5)


def test_options_do_not_merge_with_one_another() -> None:
    relative = SetMixerOption(MixerOption.RELATIVE, 1.0, 0.5)
    assert relative.merged_with(SetMixerOption(MixerOption.MIRROR, False, True)) is None


def test_calibration_is_set_and_cleared() -> None:
    project = Project()
    rest = MotionFrame.from_units(jawOpen=0.2)
    set_rest = SetNeutral.of(project, rest)
    set_rest.do(project)
    assert project.mixer.neutral is rest
    assert (set_rest.label, SetNeutral.of(project, None).label) == (
        "Calibrate",
        "Clear calibration",
    )
    assert SetNeutral.of(project, rest).changes_nothing


@pytest.mark.parametrize(
    "rest",
    [
        MotionFrame(weights=np.full(52, np.nan, np.float32)),
        MotionFrame(head_rotation=np.zeros(3)),  # float64, which no file keeps
        MotionFrame(confidence=1.5),
        MotionFrame(time_s=float("inf")),
    ],
)
def test_calibration_that_a_file_could_not_hold_is_refused(rest: MotionFrame) -> None:
    with pytest.raises(ValueError, match="neutral"):
        SetNeutral.of(Project(), rest)


def test_source_touches_driving() -> None:
    project = Project()
    assert SetSource.of(project, "camera:1").do(project) == Change.of(Part.DRIVING)
    assert project.source == "camera:1"
