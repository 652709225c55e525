"""Commands on the mixer's controls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from avatar_core.commands.command import Setting, register
from avatar_core.commands.drivers import expect_driver
from avatar_core.commands.plain_setting import Form, PlainSetting
from avatar_core.commands.records import Record
from avatar_core.motion import (
    ChannelGroup,
    DriverShare,
    GroupSettings,
    IdleSettings,
    Mood,
    SpeechStyle,
)
from avatar_core.project import Change, Part
from avatar_core.project.mixer_values import (
    MOST_DRIVERS,
    pack_group,
    pack_idle,
    pack_speech,
    unpack_group,
    unpack_idle,
    unpack_speech,
)

if TYPE_CHECKING:
    from avatar_core.project import Project


@register("set_mixer_group")
@dataclass(frozen=True, slots=True)
class SetMixerGroup(Setting):
    """Change one row of the mixer.

    Raises:
        ValueError: a number is out of its range, or no project could keep a driver's address.
    """

    group: ChannelGroup
    before: GroupSettings
    after: GroupSettings

    def __post_init__(self) -> None:
        if _in_range(self.after) != self.after:
            raise ValueError(f"{self.group}: out of range, {self.after}")
        for share in self.after.drivers:
            expect_driver(share.driver)

    @classmethod
    def of(cls, project: Project, group: ChannelGroup, settings: GroupSettings) -> Self:
        """Change one row; numbers are brought into their ranges.

        Raises:
            ValueError: a number is NaN.
        """
        return cls(group, project.mixer.groups[group], _in_range(settings))

    @property
    def label(self) -> str:
        return f"Mix {self.group.label.lower()}"

    def put(self, project: Project, value: GroupSettings) -> Change:
        project.mixer = project.mixer.with_group(self.group, value)
        return Change.of(Part.MIXER)

    @property
    def target(self) -> object:
        return self.group

    def to_record(self) -> Record:
        data = {
            "group": self.group.value,
            "before": pack_group(self.before),
            "after": pack_group(self.after),
        }
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        return cls(
            fields.choice("group", ChannelGroup),
            unpack_group(fields.child("before")),
            unpack_group(fields.child("after")),
        )


class MixerOption(StrEnum):
    """What `SetMixerOption` sets; the values are the names in `MixerSettings`."""

    RELATIVE = "relative"
    """How much of the neutral is taken off, 0..1."""
    MIRROR = "mirror"
    """Whether left and right are swapped."""
    HOLDS_GAZE = "holds_gaze"
    """Whether eyes keep their direction while their lids are shut."""


@register("set_mixer_option")
@dataclass(frozen=True, slots=True)
class SetMixerOption(Setting):
    """Change a control of the mixer as a whole.

    Args:
        option: which one.
        before: 0..1 for `RELATIVE`, a boolean for the others.
        after: likewise.

    Raises:
        ValueError: a number outside 0..1.
    """

    option: MixerOption
    before: float | bool
    after: float | bool

    def __post_init__(self) -> None:
        if not 0 <= self.after <= 1:
            raise ValueError(f"{self.option}: expected 0..1, got {self.after}")

    @classmethod
    def of(cls, project: Project, option: MixerOption, value: float | bool) -> Self:
        """Change a control; a number is brought into 0..1.

        Raises:
            ValueError: the number is NaN.
        """
        after = _within(value, 0.0, 1.0) if option is MixerOption.RELATIVE else bool(value)
        return cls(option, getattr(project.mixer, option.value), after)

    @property
    def label(self) -> str:
        return _OPTION_LABELS[self.option]

    @property
    def target(self) -> object:
        return self.option

    def to_record(self) -> Record:
        data = {"option": self.option.value, "before": self.before, "after": self.after}
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        option = fields.choice("option", MixerOption)
        if option is MixerOption.RELATIVE:
            return cls(option, fields.number("before", 0.0, 1.0), fields.number("after", 0.0, 1.0))
        return cls(option, fields.flag("before"), fields.flag("after"))

    def put(self, project: Project, value: float | bool) -> Change:
        values: dict[str, Any] = {self.option.value: value}
        project.mixer = replace(project.mixer, **values)
        return Change.of(Part.MIXER)


_OPTION_LABELS = {
    MixerOption.RELATIVE: "Set calibration strength",
    MixerOption.MIRROR: "Mirror",
    MixerOption.HOLDS_GAZE: "Hold gaze in blinks",
}


@register("set_idle")
@dataclass(frozen=True, slots=True)
class SetIdle(PlainSetting):
    """Choose what the avatar does by itself.

    Raises:
        ValueError: an amount outside 0..1.
    """

    before: IdleSettings
    after: IdleSettings
    form: ClassVar = Form(pack_idle, lambda fields, key: unpack_idle(fields.child(key)))

    def __post_init__(self) -> None:
        if _idle_in_range(self.after) != self.after:
            raise ValueError(f"idle: out of range, {self.after}")

    @classmethod
    def of(cls, project: Project, idle: IdleSettings) -> Self:
        """Set all amounts; they are brought into 0..1.

        Raises:
            ValueError: an amount is NaN.
        """
        return cls(project.mixer.idle, _idle_in_range(idle))

    @property
    def label(self) -> str:
        return "Set idle motion"

    def put(self, project: Project, value: IdleSettings) -> Change:
        project.mixer = replace(project.mixer, idle=value)
        return Change.of(Part.MIXER)


@register("set_speech_style")
@dataclass(frozen=True, slots=True)
class SetSpeechStyle(PlainSetting):
    """Choose how speech is performed.

    Raises:
        ValueError: a number is out of its range.
    """

    before: SpeechStyle
    after: SpeechStyle
    form: ClassVar = Form(pack_speech, lambda fields, key: unpack_speech(fields.child(key)))

    def __post_init__(self) -> None:
        if _speech_in_range(self.after) != self.after:
            raise ValueError(f"speech: out of range, {self.after}")

    @classmethod
    def of(cls, project: Project, style: SpeechStyle) -> Self:
        """Set the style; numbers are brought into their ranges.

        Raises:
            ValueError: a number is NaN, or there is no such mood.
        """
        return cls(project.mixer.speech, _speech_in_range(style))

    @property
    def label(self) -> str:
        return "Set speech style"

    def put(self, project: Project, value: SpeechStyle) -> Change:
        project.mixer = replace(project.mixer, speech=value)
        return Change.of(Part.MIXER)


def _within(value: float, low: float, high: float) -> float:
    if value != value:
        raise ValueError("expected a number, got NaN")
    return min(max(float(value), low), high) + 0.0  # no -0.0, which is equal but not the same


def _in_range(settings: GroupSettings) -> GroupSettings:
    shares = settings.drivers[:MOST_DRIVERS]
    return GroupSettings(
        gain=_within(settings.gain, 0.0, 2.0),
        offset=_within(settings.offset, -1.0, 1.0),
        muted=bool(settings.muted),
        smoothing=_within(settings.smoothing, 0.0, 1.0),
        drivers=tuple(
            DriverShare(share.driver, _within(share.weight, 0.0, 1.0)) for share in shares
        ),
        curve=_within(settings.curve, -1.0, 1.0),
        relative=_within(settings.relative, 0.0, 1.0),
    )


def _idle_in_range(settings: IdleSettings) -> IdleSettings:
    return IdleSettings(
        blinks=_within(settings.blinks, 0.0, 1.0),
        head=_within(settings.head, 0.0, 1.0),
        breath=_within(settings.breath, 0.0, 1.0),
    )


def _speech_in_range(style: SpeechStyle) -> SpeechStyle:
    return SpeechStyle(
        amount=_within(style.amount, 0.0, 2.0),
        articulation=_within(style.articulation, 0.0, 1.0),
        mood=Mood(style.mood),
        mouth_share=_within(style.mouth_share, 0.0, 1.0),
    )
