"""The mixer's controls, as values that a project stores and commands replace."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from avatar_core.motion.channels import ChannelGroup
from avatar_core.motion.motion import MotionFrame, same_pose

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """How one channel group of the driver reaches the avatar.

    Args:
        gain: factor on the driver's values, 0..2.
        offset: constant added along the group's main movement, -1..1; `offset_ends` names the
            two ends.
        muted: the driver has no say; the sliders still do.
        smoothing: 0 (as it comes) .. 1 (calm, with lag).
    """

    gain: float = 1.0
    offset: float = 0.0
    muted: bool = False
    smoothing: float = 0.3


def _default_groups() -> dict[ChannelGroup, GroupSettings]:
    return {group: GroupSettings() for group in ChannelGroup}


@dataclass(frozen=True, slots=True, eq=False)
class MixerSettings:
    """All the mixer's controls; two are equal when they would mix alike.

    Args:
        groups: settings per group; those left out get the defaults.
        neutral: the driver's face at rest, taken off before anything else; None for none.
        relative: how much of the neutral is taken off, 0 (absolute) .. 1 (relative).
        mirror: swap the person's left and right.
    """

    groups: Mapping[ChannelGroup, GroupSettings] = field(default_factory=_default_groups)
    neutral: MotionFrame | None = None
    relative: float = 1.0
    mirror: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", {**_default_groups(), **self.groups})

    def with_group(self, group: ChannelGroup, settings: GroupSettings) -> MixerSettings:
        """The same settings but for one group."""
        return replace(self, groups={**self.groups, group: settings})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MixerSettings):
            return NotImplemented
        return (
            self.groups == other.groups
            and self.relative == other.relative
            and self.mirror == other.mirror
            and same_pose(self.neutral, other.neutral)
        )

    __hash__ = None  # type: ignore[assignment]
