"""The mixer's controls, as values that a project stores and commands replace."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from avatar_core.motion.channels import ChannelGroup
from avatar_core.motion.driver_address import DriverAddress
from avatar_core.motion.driver_profile import DriverProfile
from avatar_core.motion.idle import IdleSettings
from avatar_core.motion.speech_style import SpeechStyle

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class DriverShare:
    """One driver of a channel group.

    Args:
        driver: its URI, e.g. `camera:0`; `sliders` leaves its share to the sliders.
        weight: its part among those of the group that are there, 0..1.
    """

    driver: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """How one channel group reaches the avatar.

    Args:
        gain: factor on the drivers' values, 0..2.
        offset: constant added along the group's main movement, -1..1; `offset_ends` names the
            two ends.
        muted: drivers have no say; the sliders still do.
        smoothing: 0 (as it comes) .. 1 (calm, with lag).
        drivers: who moves it; none: the main driver. It also stands in while none of these is
            there.
        curve: response of the weights, -1 (small ones raised) .. 1 (small ones held back): a
            weight w arrives as w ** 2 ** curve.
        relative: how much of the drivers' rest is taken off here, 0..1, times that of the mixer.
    """

    gain: float = 1.0
    offset: float = 0.0
    muted: bool = False
    smoothing: float = 0.3
    drivers: tuple[DriverShare, ...] = ()
    curve: float = 0.0
    relative: float = 1.0


def _default_groups() -> dict[ChannelGroup, GroupSettings]:
    return {group: GroupSettings() for group in ChannelGroup}


@dataclass(frozen=True, slots=True)
class MixerSettings:
    """All the mixer's controls; two are equal when they would mix alike.

    Args:
        groups: settings per group; those left out get the defaults.
        profiles: calibration by driver, as `profiled_as` calls it; a profile that knows nothing is
            left out.
        relative: how much of a driver's rest is taken off, 0 (absolute) .. 1 (relative).
        mirror: swap the person's left and right.
        holds_gaze: eyes keep their direction while their lids are shut, when trackers guess.
        idle: what the avatar does by itself where no driver moves it.
        speech: how speech is performed.
    """

    groups: Mapping[ChannelGroup, GroupSettings] = field(default_factory=_default_groups)
    profiles: Mapping[str, DriverProfile] = field(default_factory=dict)
    relative: float = 1.0
    mirror: bool = False
    holds_gaze: bool = False
    idle: IdleSettings = field(default_factory=IdleSettings)
    speech: SpeechStyle = field(default_factory=SpeechStyle)

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", {**_default_groups(), **self.groups})
        known = {profiled_as(uri): each for uri, each in self.profiles.items() if not each.is_empty}
        # In the order of their names, so that taking one away and back changes nothing.
        object.__setattr__(self, "profiles", dict(sorted(known.items())))

    def with_group(self, group: ChannelGroup, settings: GroupSettings) -> MixerSettings:
        """The same settings but for one group."""
        return replace(self, groups={**self.groups, group: settings})

    def profile(self, driver: str) -> DriverProfile:
        """What is known of a driver's person."""
        return self.profiles.get(profiled_as(driver), _UNKNOWN)

    def with_profile(self, driver: str, profile: DriverProfile) -> MixerSettings:
        """The same settings but for one driver's calibration."""
        return replace(self, profiles={**self.profiles, profiled_as(driver): profile})

    __hash__ = None  # type: ignore[assignment]


@lru_cache(maxsize=64)
def profiled_as(driver: str) -> str:
    """The name under which a driver is calibrated: size and rate of a camera change no face."""
    return DriverAddress.parse(driver).device


_UNKNOWN = DriverProfile()
