"""Phones to lips and jaw: every sound pulls the mouth, and neighbours share what one sees.

A sound pulls each part of the mouth towards its target with a strength that fades with the
distance in time, at one rate before it and another after; the mouth goes to the weighted mean.
Lips so round early for a coming "oo", and "t" takes the shape of the vowel beside it. Lips that
shut for "p" and a lip bitten for "f" are contacts, no matter of degree, and laid over the rest.

Sources:
    Löfqvist 1990, "Speech as audible gestures" (dominance of overlapping gestures).
    Cohen and Massaro 1993, "Modeling coarticulation in synthetic visual speech", equations 1 to 3.
    Browman and Goldstein 1992, "Articulatory phonology" (contacts as gestures with times).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.speech.phone_shapes import CONTACTS, SHAPES, Contact, Part
from avatar_core.driving.speech.visemes import split_diphthongs
from avatar_core.motion import UNIT_INDEX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.driving.speech.visemes import Phone
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

FRAME_RATE_HZ = 60
"""At which speech is turned into motion."""

_GRID_HZ = 240
_MARGIN_S = 0.4
_MUSCLE_S = 0.012
"""Spread of the soft kernel that takes the corners off the courses."""


@dataclass(frozen=True, slots=True)
class Fade:
    """How fast a pull fades, per second: before its sound begins to rule, and after."""

    before: float
    after: float


_FADES: dict[Part, Fade] = {
    Part.JAW: Fade(22, 22),
    Part.WIDE: Fade(17, 18),
    Part.PUCKER: Fade(13, 17),
    Part.FUNNEL: Fade(14, 18),
    Part.LOWER: Fade(21, 22),
    Part.UPPER: Fade(21, 22),
    Part.TONGUE: Fade(26, 26),
}
"""Rounding is the slowest and comes first; jaw and tongue follow their sounds closely."""

_NO_PULL = 1e-4
_USUAL_PACE_HZ = 12.0
"""Sounds a second of easy speech."""
_SHUT_JAW, _BITE_JAW = 0.1, 0.12
"""How far the jaw may be open behind shut lips, and behind a lip that meets the teeth."""


def spoken_weights(
    phones: Sequence[Phone], times_s: Float64, loudness: Float64 | None = None
) -> Float32:
    """ARKit weights of a mouth that speaks; everything but mouth, jaw and tongue is 0.

    Args:
        phones: what is said, in the order of their times.
        times_s: [T] when to look, rising.
        loudness: [T] 0..1 of the voice's loud parts; opens the jaw a little wider where it is
            high. None for an even voice.

    Returns:
        [T, 52] weights 0..1.

    Raises:
        KeyError: a phone has a name that is not in `PHONES`.
    """
    if not phones or not len(times_s):
        return np.zeros((len(times_s), len(UNIT_INDEX)), np.float32)
    amount = amount_of_pace(phones)
    pulls = {part: amount * _pull(phones, times_s, part) for part in Part}
    if loudness is not None:
        pulls[Part.JAW] = pulls[Part.JAW] * (0.85 + 0.3 * loudness)
    contacts = {contact: contact_course(phones, times_s, contact) for contact in Contact}
    return _units(pulls, contacts)


def amount_of_pace(phones: Sequence[Phone]) -> float:
    """How far the mouth moves at the pace of some speech: less when it is fast, 0.8..1.15."""
    sounds = [phone.duration_s for phone in phones if phone.name != "pau"]
    if not sounds or sum(sounds) <= 0:
        return 1.0
    pace_hz = len(sounds) / sum(sounds)
    return float(np.clip(1.0 - 0.03 * (pace_hz - _USUAL_PACE_HZ), 0.8, 1.15))


def dominance(times_s: Float64, start_s: float, end_s: float, fade: Fade) -> Float64:
    """How much a sound rules at each time: 1 within its middle half, fading on both sides.

    Source:
        Cohen and Massaro 1993, equation 1, with exponent 1; the plateau keeps long vowels whole.
    """
    middle_s, half_s = 0.5 * (start_s + end_s), 0.25 * (end_s - start_s)
    early_s = np.maximum(middle_s - half_s - times_s, 0)
    late_s = np.maximum(times_s - middle_s - half_s, 0)
    return np.exp(-fade.before * early_s - fade.after * late_s)


def contact_course(phones: Sequence[Phone], times_s: Float64, contact: Contact) -> Float64:
    """[T] 1 while a contact holds, with a soft way there and back.

    It is complete when its sound begins and holds for the part of the sound that is heard through
    it: a "p" opens at its burst, an "m" when it ends; at least for two frames.
    """
    course = np.zeros(len(times_s))
    for phone in phones:
        hold = CONTACTS[contact].get(phone.name)
        if hold is None:
            continue
        held_s = max(hold.share * phone.duration_s, 2.2 / FRAME_RATE_HZ)
        closing = minimum_jerk((times_s - phone.start_s) / hold.closing_s + 1)
        opening = minimum_jerk((times_s - phone.start_s - held_s) / hold.opening_s)
        course = np.maximum(course, closing - opening)
    return course


def minimum_jerk(progress: Float64) -> Float64:
    """From 0 to 1 as progress does, starting and ending at rest.

    Source:
        Flash and Hogan 1985, "The coordination of arm movements", equation of straight paths.
    """
    x = np.clip(progress, 0.0, 1.0)
    eased: Float64 = x**3 * (10 - 15 * x + 6 * x**2)
    return eased


def _pull(phones: Sequence[Phone], times_s: Float64, part: Part) -> Float64:
    """Mean of all targets for a part, weighted by dominance (Cohen and Massaro, equation 3)."""
    start_s, end_s = times_s[0] - _MARGIN_S, times_s[-1] + _MARGIN_S
    grid_s = start_s + np.arange(int((end_s - start_s) * _GRID_HZ) + 2) / _GRID_HZ
    total, weight = np.zeros(len(grid_s)), np.full(len(grid_s), _NO_PULL)
    for phone in split_diphthongs(phones):
        shape = SHAPES[phone.name]
        ruled = shape.force(part) * dominance(grid_s, phone.start_s, phone.end_s, _FADES[part])
        total += ruled * shape.target(part)
        weight += ruled
    return np.interp(times_s, grid_s, _softened(total / weight))


def _softened(course: Float64) -> Float64:
    reach = int(3 * _MUSCLE_S * _GRID_HZ) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (_MUSCLE_S * _GRID_HZ)) ** 2)
    return np.convolve(np.pad(course, reach, mode="edge"), kernel / kernel.sum(), "valid")


def _units(pulls: dict[Part, Float64], contacts: dict[Contact, Float64]) -> Float32:
    """Parts of the mouth and contacts as ARKit weights [T, 52]."""
    shut, bite = contacts[Contact.LIPS], contacts[Contact.LIP_AND_TEETH]
    free = (1 - shut) * (1 - bite)
    jaw = pulls[Part.JAW]
    jaw = jaw - shut * np.maximum(jaw - _SHUT_JAW, 0)
    jaw = jaw - bite * np.maximum(jaw - _BITE_JAW, 0)
    wide, funnel = pulls[Part.WIDE], pulls[Part.FUNNEL] * free
    courses = {
        "jawOpen": jaw,
        # The jaw keeps its opening behind closed lips; a little more presses them together.
        "mouthClose": shut * (jaw + 0.02) + 0.42 * bite * (1 - shut) * jaw,
        "mouthPress": 0.3 * shut,
        "mouthRollLower": 0.12 * shut + 0.8 * bite * (1 - shut),
        "mouthRollUpper": 0.12 * shut,
        "mouthStretch": 0.5 * wide * (1 - 0.4 * shut),
        "mouthSmile": 0.3 * wide * (1 - 0.4 * shut),
        "mouthDimple": 0.3 * wide,
        "mouthPucker": pulls[Part.PUCKER],
        "mouthFunnel": funnel,
        "mouthShrugLower": 0.3 * funnel,
        "mouthShrugUpper": 0.15 * funnel,
        "mouthLowerDown": pulls[Part.LOWER] * free,
        "mouthUpperUp": (1 - shut) * (pulls[Part.UPPER] * (1 - bite) + 0.35 * bite),
        "tongueOut": pulls[Part.TONGUE] * free,
    }
    weights = np.zeros((len(jaw), len(UNIT_INDEX)), np.float32)
    for unit, course in courses.items():
        for name in (unit, f"{unit}Left", f"{unit}Right"):
            if name in UNIT_INDEX:
                weights[:, UNIT_INDEX[name]] = np.clip(course, 0, 1)
    return weights
