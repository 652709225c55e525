"""Shares: who moves which channel how much, and the way from one such order to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.channels import ChannelGroup
from avatar_core.motion.frame_channels import CHANNELS, GROUP_CHANNELS
from avatar_core.motion.mixer_settings import DriverShare
from avatar_core.motion.presence import EASE_S

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.motion.mixer_settings import MixerSettings

SLIDERS = "sliders"
"""The driver that is no driver: what it has a share in is left to the sliders."""

_SPEECH_SCHEMES = ("mic:", "sound:")
_SPOKEN_GROUPS = (ChannelGroup.JAW, ChannelGroup.LIPS)
_SILENT_GROUPS = {ChannelGroup.LIDS, ChannelGroup.GAZE, ChannelGroup.HEAD_POSITION}
"""What nobody can hear."""

MOUTH_GROUPS = {
    ChannelGroup.JAW, ChannelGroup.LIPS, ChannelGroup.CHEEKS, ChannelGroup.TONGUE,
}  # fmt: skip

MOUTH = slice(CHANNELS, 2 * CHANNELS)
"""Where in a row of shares it stands how much of the mouth coordinates a driver brings (speech) or
gives away (who sees), in each channel."""

WHOLE = slice(0, CHANNELS)
"""Where it stands how much of all else is a driver's."""

SHARES = 2 * CHANNELS


def is_speech(driver: str) -> bool:
    """Whether a driver hears its person instead of seeing them."""
    return driver.startswith(_SPEECH_SCHEMES)


def gives(driver: str, group: ChannelGroup) -> bool:
    """Whether a driver can say anything about a group."""
    return not (is_speech(driver) and group in _SILENT_GROUPS)


def wanted_shares(
    settings: MixerSettings, main: str, drivers: Sequence[str], there: Set[str]
) -> Float32:
    """How much each driver has to say in each channel.

    In each group the shares of those that are there add up to 1. Where none of a group's own
    drivers is there, the main driver stands in; where that is missing too, nobody moves the group.
    Where speech and others share the mouth, these have all of it, and give the style's share of
    what speech moves to the voice.

    Args:
        settings: the mixer's controls.
        main: the main driver.
        drivers: the rows of the answer.
        there: drivers that are there.

    Returns:
        [drivers, SHARES]: `WHOLE` 0..1; `MOUTH` -1..1, the sum over drivers 0 where all are rows.
    """
    rows = {uri: row for row, uri in enumerate(drivers)}
    wanted = np.zeros((len(drivers), SHARES), np.float32)
    whole, mouth = wanted[:, WHOLE], wanted[:, MOUTH]
    for group, each in settings.groups.items():
        channels = GROUP_CHANNELS[group]
        heard = _heard(group, each.drivers, there) or _heard(group, (DriverShare(main),), there)
        speech = {uri: weight for uri, weight in heard.items() if is_speech(uri)}
        seen = {uri: weight for uri, weight in heard.items() if uri not in speech}
        is_shared = bool(speech and seen) and group in MOUTH_GROUPS
        for uri, portion in _portions(seen if is_shared else heard):
            if uri in rows:
                whole[rows[uri], channels] = portion
        if is_shared:
            share = settings.speech.mouth_share
            for sign, side in ((share, speech), (-share, seen)):
                for uri, portion in _portions(side):
                    if uri in rows:
                        mouth[rows[uri], channels] = sign * portion
    return wanted


def speaking(
    settings: MixerSettings, main: str, drivers: Sequence[str], voices: Sequence[str]
) -> str | None:
    """The voice that speech comes from: who moves most of jaw and lips, the first of equals.

    Args:
        settings: the mixer's controls.
        main: the main driver.
        drivers: all that are on.
        voices: those to choose from; None where there are none.
    """
    if not voices:
        return None
    wanted = wanted_shares(settings, main, drivers, set(drivers))
    spoken = np.concatenate([GROUP_CHANNELS[group] for group in _SPOKEN_GROUPS])
    says = wanted[:, spoken] + wanted[:, CHANNELS + spoken]
    said = {uri: float(row.sum()) for uri, row in zip(drivers, says, strict=True)}
    return max(voices, key=lambda uri: (said.get(uri, 0.0), uri == main))


def _heard(group: ChannelGroup, shares: Sequence[DriverShare], there: Set[str]) -> dict[str, float]:
    heard: dict[str, float] = {}
    for share in shares:
        is_there = share.driver == SLIDERS or share.driver in there
        if share.weight > 0 and is_there and gives(share.driver, group):
            heard[share.driver] = heard.get(share.driver, 0.0) + share.weight
    return heard


def _portions(weights: Mapping[str, float]) -> list[tuple[str, float]]:
    total = sum(weights.values())
    return [(uri, weight / total) for uri, weight in weights.items()]


class ShareEase:
    """Leads shares from one order to the next without a jump.

    A change of a whole share takes `EASE_S`, a smaller one less, so that a slider under the hand
    answers at once. The first order ever asked for holds from the start.

    Args:
        columns: numbers of each driver, which change apart.
    """

    def __init__(self, columns: int = CHANNELS) -> None:
        self._drivers: tuple[str, ...] = ()
        self._start: Float32 = np.zeros((0, columns), np.float32)
        self._wanted: Float32 = self._start
        self._now: Float32 = self._start
        self._since_s: Float64 = np.full(columns, -np.inf)
        self._length_s: Float64 = np.full(columns, EASE_S)
        self._has_started = False

    @property
    def drivers(self) -> tuple[str, ...]:
        """The rows, in order."""
        return self._drivers

    def reset(self) -> None:
        """The next order holds at once."""
        self._has_started = False

    def keep(self, drivers: Sequence[str]) -> None:
        """Have these rows, in this order; new ones have no share yet, others lose theirs."""
        if tuple(drivers) == self._drivers:
            return
        rows = [self._drivers.index(uri) if uri in self._drivers else -1 for uri in drivers]
        self._drivers = tuple(drivers)
        self._start, self._wanted, self._now = (
            np.concatenate([each, np.zeros((1, each.shape[1]), np.float32)])[rows]
            for each in (self._start, self._wanted, self._now)
        )

    @property
    def silent(self) -> set[str]:
        """Drivers without a share now and in future."""
        shares = np.concatenate([self._now, self._wanted], axis=1)
        return {uri for uri, each in zip(self._drivers, shares, strict=True) if not each.any()}

    def update(self, wanted: Float32, changed_s: float, time_s: float) -> Float32:
        """The shares now.

        Args:
            wanted: [drivers, columns] the order asked for.
            changed_s: since when, if it is another than last time.
            time_s: now.

        Returns:
            [drivers, columns] between the orders asked for.
        """
        if not self._has_started:
            self._has_started = True
            self._since_s[:] = -np.inf
            self._start = self._wanted = self._now = wanted
            return self._now
        self._turn(wanted, changed_s)
        if self._now is not self._wanted:
            self._now = self._at(time_s)
        return self._now

    def _turn(self, wanted: Float32, changed_s: float) -> None:
        if wanted is self._wanted:
            return
        turns = (wanted != self._wanted).any(0)
        if turns.any():
            self._start = np.where(turns, self._now, self._start)
            self._since_s[turns] = changed_s
            way = np.abs(wanted - self._start).max(0)
            self._length_s[turns] = np.maximum(EASE_S * way, 1e-6)[turns]
        self._wanted = wanted

    def _at(self, time_s: float) -> Float32:
        part = np.clip((time_s - self._since_s) / self._length_s, 0, 1)
        if (part == 1).all():
            return self._wanted
        amount = (part * part * (3 - 2 * part)).astype(np.float32)
        return self._start + amount * (self._wanted - self._start)
