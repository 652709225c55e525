from __future__ import annotations

from dataclasses import replace

import pytest

from avatar_core.commands import (
    ApplyMixerPreset,
    MixerOption,
    SetIdle,
    SetMixerGroup,
    SetMixerOption,
    SetSpeechStyle,
)
from avatar_core.motion import (
    ChannelGroup,
    DriverShare,
    GroupSettings,
    IdleSettings,
    Mood,
    SpeechStyle,
)
from avatar_core.project import Change, Part, Project, projects_equal


def test_group_numbers_are_brought_into_range() -> None:
    loud = (DriverShare("mic:", 7.0),)
    wild = GroupSettings(9.0, -4.0, True, -1.0, loud, curve=-3.0, relative=1.5)
    command = SetMixerGroup.of(Project(), ChannelGroup.JAW, wild)
    brought = GroupSettings(2.0, -1.0, True, 0.0, (DriverShare("mic:", 1.0),), -1.0, 1.0)
    assert command.after == brought


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


def test_idle_amounts_are_brought_into_range() -> None:
    project = Project()
    command = SetIdle.of(project, IdleSettings(blinks=2.0, head=-1.0, breath=0.5))
    assert command.do(project) == Change.of(Part.MIXER)
    assert project.mixer.idle == IdleSettings(1.0, 0.0, 0.5)
    with pytest.raises(ValueError, match="idle"):
        SetIdle(IdleSettings(), IdleSettings(breath=1.5))


def test_speech_style_is_brought_into_range() -> None:
    project = Project()
    command = SetSpeechStyle.of(project, SpeechStyle(9.0, -1.0, Mood.HAPPY, 2.0))
    assert command.do(project) == Change.of(Part.MIXER)
    assert project.mixer.speech == SpeechStyle(2.0, 0.0, Mood.HAPPY, 1.0)
    with pytest.raises(ValueError, match="hungry"):
        SetSpeechStyle.of(project, SpeechStyle(mood="hungry"))  # type: ignore[arg-type]


def test_a_preset_casts_whom_it_may_and_lets_nobody_go() -> None:
    project = Project(source="camera:0", drivers=("mic:One", "mic:Two"))
    name = "Mouth from microphone"
    command = ApplyMixerPreset.of(project, name, ["mic:Two"])
    command.do(project)
    assert project.drivers == ("mic:One", "mic:Two")
    assert project.mixer.groups[ChannelGroup.LIPS].drivers[0] == DriverShare("mic:Two")
    assert command.label == name
    ApplyMixerPreset.of(project, name, []).do(project)
    assert project.drivers == ("mic:One", "mic:Two", "mic:")


def test_a_preset_is_one_step_that_adds_the_driver_it_needs() -> None:
    project = Project(source="camera:0")
    before = project.copy()
    command = ApplyMixerPreset.of(project, "Mouth from microphone")
    assert command.do(project) == Change.of(Part.MIXER, Part.DRIVING)
    assert project.drivers == ("mic:",)
    assert project.mixer.groups[ChannelGroup.JAW].drivers[0] == DriverShare("mic:")
    assert ApplyMixerPreset.of(project, "Mouth from microphone").changes_nothing
    calm = ApplyMixerPreset.of(project, "Calm")
    assert calm.do(project) == Change.of(Part.MIXER)
    calm.undo(project)
    command.undo(project)
    assert projects_equal(project, before)
    project.drivers = tuple(f"camera:{at}" for at in range(64))
    with pytest.raises(ValueError, match="too many"):
        ApplyMixerPreset.of(project, "Phone")
    with pytest.raises(ValueError, match="Wild"):
        ApplyMixerPreset.of(project, "Wild")
