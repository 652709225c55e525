"""Idle motion: what an avatar does by itself, so that it seems alive where nobody moves it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.motion import UNIT_INDEX, MotionFrame
from avatar_core.motion.presence import smoothstep

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64

_SLOT_S = 4.0
"""One blink may fall into each: 15 a minute, as people at rest do."""
_CLOSING_S, _SHUT_S, _OPENING_S = 0.075, 0.025, 0.15
_BLINK_S = _CLOSING_S + _SHUT_S + _OPENING_S
_TWICE = 0.12
"""Share of blinks that come as two."""

_DRIFT_HZ = np.array([0.043, 0.117, 0.271])
_DRIFT_PARTS = np.array([0.55, 0.3, 0.15])
_DRIFT_RAD = np.array([0.025, 0.035, 0.015])
_DRIFT_M = np.array([0.003, 0.001, 0.002])
"""Farthest the head drifts, about and along x, y and z."""

_BREATH_HZ = 0.23
_BREATH_RISE_M = 0.0025
_BREATH_NOD_RAD = -0.008

_LIDS = [UNIT_INDEX["eyeBlinkLeft"], UNIT_INDEX["eyeBlinkRight"]]


@dataclass(frozen=True, slots=True)
class IdleSettings:
    """How much an avatar does by itself, each 0 (nothing) .. 1.

    Args:
        blinks: how many of the blinks of a person at rest.
        head: how far the head drifts.
        breath: how far breathing lifts the head.
    """

    blinks: float = 0.0
    head: float = 0.0
    breath: float = 0.0

    @property
    def is_on(self) -> bool:
        """Whether anything moves by itself."""
        return max(self.blinks, self.head, self.breath) > 0


class IdleMotion:
    """What the avatar does by itself at any time; the same time always gives the same pose.

    Args:
        seed: another one gives other blinks and another drift.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def at(self, time_s: float, settings: IdleSettings) -> MotionFrame:
        """The pose at a time, to be added to others.

        Args:
            time_s: seconds on any clock.
            settings: how much of everything.
        """
        weights = np.zeros(52, np.float32)
        weights[_LIDS] = self._closure(time_s, settings.blinks)
        drift = settings.head * self._drift(time_s) if settings.head else np.zeros(6)
        # From the bottom of a breath to its top and back, and as long at the bottom as people rest.
        breath = settings.breath * (0.5 - 0.5 * math.cos(2 * math.pi * _BREATH_HZ * time_s)) ** 1.5
        turn, place = drift[:3] * _DRIFT_RAD, drift[3:] * _DRIFT_M
        turn[0] += breath * _BREATH_NOD_RAD
        place[1] += breath * _BREATH_RISE_M
        return MotionFrame(
            time_s=time_s,
            weights=weights,
            head_rotation=turn.astype(np.float32),
            head_translation=place.astype(np.float32),
        )

    @cached_property
    def _phases(self) -> Float64:
        """[6, waves] radians; drawn when first needed, because the window opens without."""
        phases: Float64 = np.random.default_rng(self._seed).uniform(
            0, 2 * np.pi, (6, len(_DRIFT_HZ))
        )
        return phases

    def _drift(self, time_s: float) -> Float64:
        """[6] -1..1 about and along x, y and z."""
        waves: Float64 = np.sin(2 * np.pi * _DRIFT_HZ * time_s + self._phases) @ _DRIFT_PARTS
        return waves

    def _closure(self, time_s: float, amount: float) -> float:
        """How far the lids are down, 0..1."""
        if amount <= 0:
            return 0.0
        slot = math.floor(time_s / _SLOT_S)
        starts = (*_blinks(self._seed, slot - 1, amount), *_blinks(self._seed, slot, amount))
        return max((_blink(time_s - start_s) for start_s in starts), default=0.0)


@lru_cache(maxsize=16)
def _blinks(seed: int, slot: int, amount: float) -> tuple[float, ...]:
    """When blinks of a slot begin, seconds."""
    # A slot before zero has a number of its own as well: seeds are never negative.
    rng = np.random.default_rng([abs(seed), abs(slot), slot < 0])
    place, chance, twice = rng.uniform(size=3).tolist()
    if chance >= amount:
        return ()
    start_s = (slot + 0.1 + 0.8 * place) * _SLOT_S
    return (start_s, start_s + 1.3 * _BLINK_S) if twice < _TWICE else (start_s,)


def _blink(since_s: float) -> float:
    """How far the lids are down, so long after a blink began: quickly down, slowly up."""
    if not 0 < since_s < _BLINK_S:
        return 0.0
    if since_s < _CLOSING_S:
        return smoothstep(since_s / _CLOSING_S)
    return smoothstep(min((_BLINK_S - since_s) / _OPENING_S, 1.0))
