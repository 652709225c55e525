"""Commands on what drives the avatar: the source, and the mixer's controls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from avatar_core.commands.command import Setting, register
from avatar_core.commands.records import Record
from avatar_core.errors import ProjectFormatError
from avatar_core.motion import ChannelGroup, GroupSettings, MotionFrame
from avatar_core.project import Change, Part
from avatar_core.project.plain import Arrays, Fields
from avatar_core.project.values import pack_group, pack_motion, unpack_group, unpack_motion

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project import Project


@register("set_source")
@dataclass(frozen=True, slots=True)
class SetSource(Setting):
    """Choose what drives the avatar: `sliders`, `camera:N`, `file:PATH` or `take:ID`."""

    before: str
    after: str

    @classmethod
    def of(cls, project: Project, source: str) -> Self:
        return cls(project.source, source)

    @property
    def label(self) -> str:
        return "Choose source"

    def put(self, project: Project, value: str) -> Change:
        project.source = value
        return Change.of(Part.DRIVING)

    def to_record(self) -> Record:
        return Record(self.kind, {"before": self.before, "after": self.after})

    @classmethod
    def from_record(cls, record: Record) -> Self:
        return cls(record.fields.text("before"), record.fields.text("after"))


@register("set_mixer_group")
@dataclass(frozen=True, slots=True)
class SetMixerGroup(Setting):
    """Change one row of the mixer.

    Raises:
        ValueError: a number is out of its range.
    """

    group: ChannelGroup
    before: GroupSettings
    after: GroupSettings

    def __post_init__(self) -> None:
        if _in_range(self.after) != self.after:
            raise ValueError(f"{self.group}: out of range, {self.after}")

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


@register("set_neutral")
@dataclass(frozen=True, slots=True, eq=False)
class SetNeutral(Setting):
    """Calibrate: take a driver's face as its rest, or forget it (None).

    Raises:
        ValueError: the frame holds what a project could not keep, such as NaN.
    """

    before: MotionFrame | None
    after: MotionFrame | None

    def __post_init__(self) -> None:
        arrays: dict[str, AnyArray] = {}
        data = {"neutral": pack_motion(self.after, arrays, "neutral")}
        fields = Fields(data, "calibration").child_or_none("neutral")
        try:
            unpack_motion(fields, Arrays(arrays, "calibration"), "neutral")
        except ProjectFormatError as reason:
            raise ValueError(f"neutral: {reason.message}") from reason

    @classmethod
    def of(cls, project: Project, neutral: MotionFrame | None) -> Self:
        return cls(project.mixer.neutral, neutral)

    @property
    def label(self) -> str:
        return "Clear calibration" if self.after is None else "Calibrate"

    def put(self, project: Project, value: MotionFrame | None) -> Change:
        project.mixer = replace(project.mixer, neutral=value)
        return Change.of(Part.MIXER)

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        data = {
            "before": pack_motion(self.before, arrays, "before"),
            "after": pack_motion(self.after, arrays, "after"),
        }
        return Record(self.kind, data, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields, arrays = record.fields, record.typed_arrays
        return cls(
            unpack_motion(fields.child_or_none("before"), arrays, "before"),
            unpack_motion(fields.child_or_none("after"), arrays, "after"),
        )


class MixerOption(StrEnum):
    """What `SetMixerOption` sets; the values are the names in `MixerSettings`."""

    RELATIVE = "relative"
    """How much of the neutral is taken off, 0..1."""
    MIRROR = "mirror"
    """Whether left and right are swapped."""


@register("set_mixer_option")
@dataclass(frozen=True, slots=True)
class SetMixerOption(Setting):
    """Change a control of the mixer as a whole.

    Args:
        option: which one.
        before: 0..1 for `RELATIVE`, a boolean for `MIRROR`.
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
        after = bool(value) if option is MixerOption.MIRROR else _within(value, 0.0, 1.0)
        return cls(option, getattr(project.mixer, option.value), after)

    @property
    def label(self) -> str:
        return "Mirror" if self.option is MixerOption.MIRROR else "Set calibration strength"

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
        if option is MixerOption.MIRROR:
            return cls(option, fields.flag("before"), fields.flag("after"))
        return cls(option, fields.number("before", 0.0, 1.0), fields.number("after", 0.0, 1.0))

    def put(self, project: Project, value: float | bool) -> Change:
        if self.option is MixerOption.MIRROR:
            project.mixer = replace(project.mixer, mirror=bool(value))
        else:
            project.mixer = replace(project.mixer, relative=value)
        return Change.of(Part.MIXER)


def _within(value: float, low: float, high: float) -> float:
    if value != value:
        raise ValueError("expected a number, got NaN")
    return min(max(float(value), low), high) + 0.0  # no -0.0, which is equal but not the same


def _in_range(settings: GroupSettings) -> GroupSettings:
    return GroupSettings(
        gain=_within(settings.gain, 0.0, 2.0),
        offset=_within(settings.offset, -1.0, 1.0),
        muted=bool(settings.muted),
        smoothing=_within(settings.smoothing, 0.0, 1.0),
    )
