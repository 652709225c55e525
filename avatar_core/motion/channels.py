"""Channel groups: the parts of a performance that are mixed and smoothed apart."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.motion import ARKIT_UNITS, UNIT_INDEX

if TYPE_CHECKING:
    from avatar_core.geometry import Int32


class ChannelGroup(StrEnum):
    """One row of the mixer."""

    HEAD_TURN = "head_turn"
    HEAD_POSITION = "head_position"
    BROWS = "brows"
    LIDS = "lids"
    GAZE = "gaze"
    JAW = "jaw"
    LIPS = "lips"
    CHEEKS = "cheeks"
    TONGUE = "tongue"

    @property
    def label(self) -> str:
        """What the window calls it."""
        return _TITLES[self]


_TITLES: dict[ChannelGroup, str] = {
    ChannelGroup.HEAD_TURN: "Head turn",
    ChannelGroup.HEAD_POSITION: "Head position",
    ChannelGroup.BROWS: "Brows",
    ChannelGroup.LIDS: "Eyelids",
    ChannelGroup.GAZE: "Gaze",
    ChannelGroup.JAW: "Jaw",
    ChannelGroup.LIPS: "Lips",
    ChannelGroup.CHEEKS: "Cheeks and nose",
    ChannelGroup.TONGUE: "Tongue",
}


_OFFSETS: dict[ChannelGroup, tuple[str, tuple[str, ...], str, tuple[str, ...]]] = {
    ChannelGroup.HEAD_TURN: ("nod down", (), "nod up", ()),
    ChannelGroup.HEAD_POSITION: ("lower", (), "higher", ()),
    ChannelGroup.BROWS: (
        "lower", ("browDownLeft", "browDownRight"),
        "raise", ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    ),
    ChannelGroup.LIDS: (
        "close", ("eyeBlinkLeft", "eyeBlinkRight"), "widen", ("eyeWideLeft", "eyeWideRight"),
    ),
    ChannelGroup.GAZE: (
        "look down", ("eyeLookDownLeft", "eyeLookDownRight"),
        "look up", ("eyeLookUpLeft", "eyeLookUpRight"),
    ),
    ChannelGroup.JAW: ("no effect", (), "open", ("jawOpen",)),
    ChannelGroup.LIPS: (
        "frown", ("mouthFrownLeft", "mouthFrownRight"),
        "smile", ("mouthSmileLeft", "mouthSmileRight"),
    ),
    ChannelGroup.CHEEKS: ("sneer", ("noseSneerLeft", "noseSneerRight"), "puff", ("cheekPuff",)),
    ChannelGroup.TONGUE: ("no effect", (), "out", ("tongueOut",)),
}  # fmt: skip


def offset_ends(group: ChannelGroup) -> tuple[str, str]:
    """What an offset of -1 and of +1 does to a group, in a word or two for the window."""
    lower, _, upper, _ = _OFFSETS[group]
    return lower, upper


def offset_units(group: ChannelGroup, offset: float) -> tuple[str, ...]:
    """ARKit units that an offset of this sign raises; none for the head groups."""
    _, lower, _, upper = _OFFSETS[group]
    return upper if offset > 0 else lower


def group_of_unit(name: str) -> ChannelGroup:
    """The group an ARKit unit belongs to."""
    if name.startswith("eyeLook"):
        return ChannelGroup.GAZE
    for prefix, group in (
        ("eye", ChannelGroup.LIDS),
        ("brow", ChannelGroup.BROWS),
        ("jaw", ChannelGroup.JAW),
        ("mouth", ChannelGroup.LIPS),
        ("tongue", ChannelGroup.TONGUE),
    ):
        if name.startswith(prefix):
            return group
    return ChannelGroup.CHEEKS


def units_of_group(group: ChannelGroup) -> tuple[str, ...]:
    """ARKit units of a group, in packet order; empty for the two head groups."""
    return tuple(name for name in ARKIT_UNITS if group_of_unit(name) is group)


def indices_of_group(group: ChannelGroup) -> Int32:
    """Positions of a group's units in `MotionFrame.weights`."""
    return np.array([UNIT_INDEX[name] for name in units_of_group(group)], np.int32)
