"""The rows of the expression panel: which controls a channel group has and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from math import degrees, radians
from typing import TYPE_CHECKING, Literal

from app.widgets.drag_number import NumberRange
from avatar_core.motion import ChannelGroup
from avatar_core.motion.channels import units_of_group

if TYPE_CHECKING:
    from avatar_core.project.model import Expression

PoseField = Literal["head_rotation", "head_translation", "gaze"]

_SIDES = ("Left", "Right")

_BASE_NAMES: dict[str, str] = {
    "eyeBlink": "Blink",
    "eyeSquint": "Squint",
    "eyeWide": "Wide open",
    "jaw": "Sideways",
    "mouth": "Sideways",
    "browDown": "Down",
    "browInnerUp": "Inner up",
    "browOuterUp": "Outer up",
    "cheekPuff": "Puff",
    "cheekSquint": "Cheek raise",
    "noseSneer": "Nose sneer",
    "tongueOut": "Out",
}


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit, or the left and right one of a pair.

    Args:
        label: what the row is called.
        units: one ARKit name, or those of the person's left and right.
    """

    label: str
    units: tuple[str, ...]

    def matches(self, search: str) -> bool:
        """Whether a search, in any case and with or without spaces, finds this row."""
        wanted = "".join(search.split()).casefold()
        names = ("".join(self.label.split()), *self.units)
        return any(wanted in name.casefold() for name in names)


@dataclass(frozen=True, slots=True)
class PoseRow:
    """One number of the head's pose or of the gaze.

    Args:
        label: what the row is called.
        field, axis: where the value lies in the `Expression`.
        limits: of the value as shown; `sign` turns it into the stored one.
        sign: -1 where the natural direction is the other way round.
        tip: which way is positive.
    """

    label: str
    field: PoseField
    axis: int
    limits: NumberRange
    sign: int
    tip: str

    def matches(self, search: str) -> bool:
        wanted = "".join(search.split()).casefold()
        return wanted in f"{self.label} {self.field}".replace(" ", "").casefold()

    def shown(self, expression: Expression) -> float:
        return self.sign * float(getattr(expression, self.field)[self.axis])


def unit_rows(group: ChannelGroup) -> list[UnitRow]:
    """Rows of a group's ARKit units, in packet order, with left and right side by side."""
    rows: dict[str, list[str]] = {}
    for unit in units_of_group(group):
        rows.setdefault(_base(unit), []).append(unit)
    return [UnitRow(_label(base), tuple(units)) for base, units in rows.items()]


def _base(unit: str) -> str:
    for side in _SIDES:
        if unit.endswith(side):
            return unit.removesuffix(side)
    return unit


def _label(base: str) -> str:
    if base in _BASE_NAMES:
        return _BASE_NAMES[base]
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in base)
    spoken = words.split(" ", 1)[-1]  # the section already says eye, mouth, jaw
    return spoken[:1].upper() + spoken[1:]


def _angle(most_deg: float) -> NumberRange:
    return NumberRange(
        -radians(most_deg), radians(most_deg), 0.0, radians(1.0), 1, degrees(1.0), "°"
    )


_TURN, _LOOK = _angle(60), _angle(35)
_PLACE = NumberRange(-0.2, 0.2, 0.0, 0.001, 0, 1000.0, " mm")

POSE_ROWS: dict[ChannelGroup, tuple[PoseRow, ...]] = {
    ChannelGroup.HEAD_TURN: (
        PoseRow("Yaw", "head_rotation", 1, _TURN, 1, "Positive turns to the person's left"),
        PoseRow("Pitch", "head_rotation", 0, _TURN, -1, "Positive looks up"),
        PoseRow("Roll", "head_rotation", 2, _TURN, -1, "Positive leans to the person's left"),
    ),
    ChannelGroup.HEAD_POSITION: (
        PoseRow("Sideways", "head_translation", 0, _PLACE, 1, "Positive is the person's left"),
        PoseRow("Height", "head_translation", 1, _PLACE, 1, "Positive is up"),
        PoseRow("Depth", "head_translation", 2, _PLACE, 1, "Positive is towards the viewer"),
    ),
    ChannelGroup.GAZE: (
        PoseRow("Yaw", "gaze", 0, _LOOK, 1, "Positive looks to the person's left"),
        PoseRow("Pitch", "gaze", 1, _LOOK, 1, "Positive looks up"),
    ),
}
"""Rows that are no ARKit units."""

GROUP_ORDER: tuple[ChannelGroup, ...] = (
    ChannelGroup.BROWS,
    ChannelGroup.LIDS,
    ChannelGroup.GAZE,
    ChannelGroup.JAW,
    ChannelGroup.LIPS,
    ChannelGroup.CHEEKS,
    ChannelGroup.TONGUE,
    ChannelGroup.HEAD_TURN,
    ChannelGroup.HEAD_POSITION,
)
"""From top to bottom of a face, then the head as a whole."""
