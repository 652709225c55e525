"""What speech looks like: phones, the visemes they show, and what a viewer sees of 52 weights.

Phones are spelled as in the CMU dictionary, in lower case, with "pau" for silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import expect_shapes
from avatar_core.motion import UNIT_INDEX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.geometry.shapes import AnyArray, Float64


class Viseme(IntEnum):
    """Classes of phones that look alike."""

    SILENCE = 0
    CLOSED = 1
    TEETH_ON_LIP = 2
    OPEN = 3
    WIDE = 4
    ROUND = 5
    TONGUE = 6
    HUSH = 7
    HISS = 8
    NEUTRAL = 9

    @property
    def label(self) -> str:
        """In words."""
        return _LABELS[self]


_LABELS: dict[Viseme, str] = {
    Viseme.SILENCE: "silence",
    Viseme.CLOSED: "closed lips",
    Viseme.TEETH_ON_LIP: "teeth on lip",
    Viseme.OPEN: "open",
    Viseme.WIDE: "wide",
    Viseme.ROUND: "round",
    Viseme.TONGUE: "tongue",
    Viseme.HUSH: "sh, ch",
    Viseme.HISS: "s, z",
    Viseme.NEUTRAL: "neutral",
}

PHONES_OF_VISEME: dict[Viseme, tuple[str, ...]] = {
    Viseme.SILENCE: ("pau",),
    Viseme.CLOSED: ("m", "b", "p"),
    Viseme.TEETH_ON_LIP: ("f", "v"),
    Viseme.OPEN: ("aa", "ae", "ah"),
    Viseme.WIDE: ("iy", "ih", "eh", "y"),
    Viseme.ROUND: ("uw", "uh", "ao", "w", "r", "er"),
    Viseme.TONGUE: ("th", "dh", "t", "d", "n", "l"),
    Viseme.HUSH: ("sh", "zh", "ch", "jh"),
    Viseme.HISS: ("s", "z"),
    Viseme.NEUTRAL: ("ax", "k", "g", "ng", "hh"),
}
"""Every phone once, but for diphthongs."""

DIPHTHONGS: dict[str, tuple[str, str]] = {
    "ay": ("aa", "ih"),
    "aw": ("aa", "uw"),
    "ey": ("eh", "iy"),
    "ow": ("ao", "uw"),
    "oy": ("ao", "ih"),
}
"""Two vowels in a row, half of the time each."""

PHONES: tuple[str, ...] = (
    "pau", "m", "b", "p", "f", "v", "aa", "ae", "ah", "ax", "iy", "ih", "eh", "y",
    "uw", "uh", "ao", "w", "r", "er", "th", "dh", "t", "d", "n", "l", "sh", "zh", "ch", "jh",
    "s", "z", "k", "g", "ng", "hh", "ay", "aw", "ey", "ow", "oy",
)  # fmt: skip
"""All phones, in the order of their numbers in files."""

PHONE_INDEX: dict[str, int] = {name: index for index, name in enumerate(PHONES)}

VISEME_OF_PHONE: dict[str, Viseme] = {
    name: viseme for viseme, names in PHONES_OF_VISEME.items() for name in names
}

MAIN_VISEMES: tuple[Viseme, ...] = (
    Viseme.CLOSED,
    Viseme.OPEN,
    Viseme.WIDE,
    Viseme.ROUND,
    Viseme.TEETH_ON_LIP,
    Viseme.TONGUE,
)
"""Those a lip reader tells apart first. A neutral sound takes the shape of its neighbours."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One sound.

    Args:
        name: one of `PHONES`.
        start_s, end_s: when it is heard; a plosive starts with its closure.
    """

    name: str
    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    def scaled(self, factor: float) -> Phone:
        """The same sound of a recording that is played `factor` times as long."""
        return Phone(self.name, self.start_s * factor, self.end_s * factor)

    def until(self, time_s: float) -> Phone:
        """What is left of it when the recording ends at a time."""
        return Phone(self.name, min(self.start_s, time_s), min(self.end_s, time_s))


_GAP_OF_UNIT: dict[str, float] = {
    "jawOpen": 1.0,
    "mouthClose": -1.0,
    "mouthFunnel": 0.41,
    "mouthLowerDownLeft": 0.055,
    "mouthLowerDownRight": 0.055,
    "mouthUpperUpLeft": 0.07,
    "mouthUpperUpRight": 0.07,
    "mouthShrugUpper": 0.12,
    "mouthShrugLower": -0.14,
    "mouthRollLower": -0.12,
    "mouthRollUpper": -0.1,
    "mouthPressLeft": -0.045,
    "mouthPressRight": -0.045,
}


def lip_gap(weights: AnyArray) -> Float64:
    """How far the lips are apart, in jaw openings; 0 or less: they touch, as at rest.

    Linear in the weights, fitted to the middle of the inner lips of the open head, where the
    unit jaw opens them by 33 to 34 mm. `mouthClose` takes back the same weight of `jawOpen`.

    Args:
        weights: [..., 52] in the order of `ARKIT_UNITS`.

    Returns:
        [...] in units of weight 1 of `jawOpen`.

    Raises:
        ShapeError: the last axis has not 52 units.
    """
    expect_shapes(weights=(weights.reshape(-1, weights.shape[-1]), "T 52"))
    columns = [UNIT_INDEX[name] for name in _GAP_OF_UNIT]
    values = np.array(list(_GAP_OF_UNIT.values()))
    gap: Float64 = weights[..., columns].astype(np.float64) @ values
    return gap


def split_diphthongs(phones: Sequence[Phone]) -> tuple[Phone, ...]:
    """The same sounds with every diphthong as its two vowels."""
    parts: list[Phone] = []
    for phone in phones:
        names = DIPHTHONGS.get(phone.name, (phone.name,))
        middle_s = 0.5 * (phone.start_s + phone.end_s)
        edges_s = (phone.start_s, *(middle_s,) * (len(names) - 1), phone.end_s)
        parts += [Phone(n, *edges) for n, edges in zip(names, pairwise(edges_s), strict=True)]
    return tuple(parts)


def frame_phones(phones: Sequence[Phone], times_s: Float64) -> AnyArray:
    """Which phone is heard when.

    Args:
        phones: in the order of their times, without overlap.
        times_s: [T] when to look.

    Returns:
        [T] int64 index into `phones`; -1 between and beyond them.
    """
    starts = np.array([phone.start_s for phone in phones], np.float64)
    latest = np.searchsorted(starts, times_s, side="right") - 1
    if not phones:
        return latest
    ends = np.array([phone.end_s for phone in phones], np.float64)
    return np.where((latest >= 0) & (times_s < ends[latest]), latest, -1)


def frame_visemes(phones: Sequence[Phone], times_s: Float64) -> AnyArray:
    """[T] uint8 viseme of what is heard at each time; silence where there is nothing."""
    parts = split_diphthongs(phones)
    # Index -1, where nothing is heard, is the silence at the end.
    of_part = np.array([*(VISEME_OF_PHONE[part.name] for part in parts), Viseme.SILENCE], np.uint8)
    visemes: AnyArray = of_part[frame_phones(parts, times_s)]
    return visemes
