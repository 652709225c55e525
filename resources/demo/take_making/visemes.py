"""Phones to lips and jaw, with each sound shaped by its neighbours.

Sounds pull jaw and lips towards their targets, each with a strength that fades with the distance
in time; what one sees is their weighted mean. Lips round early for a coming "oo", while "t" hardly
cares. Closing for "p" and biting the lip for "f" are no matter of degree and are laid on top.

Source:
    Cohen and Massaro 1993, "Modeling coarticulation in synthetic visual speech" (dominance).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion import UNIT_INDEX

from .curves import minimum_jerk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avatar_core.geometry.shapes import Float64

    from .speech import Phone


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a sound wants the mouth, 0..1 each, and how much it insists.

    Args:
        jaw: opening.
        wide: corners apart.
        round: lips pursed.
        funnel: lips pushed out and open.
        lower, upper: lip drawn off the teeth.
        tongue: tip between the teeth.
        jaw_force, lip_force: strength of the pull; 1 for a vowel.
    """

    jaw: float = 0.0
    wide: float = 0.0
    round: float = 0.0
    funnel: float = 0.0
    lower: float = 0.0
    upper: float = 0.0
    tongue: float = 0.0
    jaw_force: float = 1.0
    lip_force: float = 1.0


_AA = Shape(0.55, lower=0.28, upper=0.1)
_AO = Shape(0.42, round=0.2, funnel=0.45)
_EH = Shape(0.34, wide=0.25, lower=0.25)
_IY = Shape(0.14, wide=0.5, lower=0.18, upper=0.1)
_UW = Shape(0.14, round=0.62, funnel=0.25)
_LIPS_SHUT = Shape(0.08, jaw_force=1.5, lip_force=0.2)
_LIP_BITTEN = Shape(0.12, upper=0.1, jaw_force=1.2, lip_force=0.3)
_HISS = Shape(0.07, wide=0.25, lower=0.3, upper=0.12, jaw_force=1.5, lip_force=0.6)
_HUSH = Shape(0.09, round=0.15, funnel=0.5, lower=0.2, jaw_force=1.3)
_TIP = Shape(0.14, lower=0.1, jaw_force=0.6, lip_force=0.15)
_BACK = Shape(0.2, jaw_force=0.4, lip_force=0.1)
_TEETH = Shape(0.16, lower=0.15, tongue=0.3, jaw_force=0.8, lip_force=0.4)
_REST = Shape(jaw_force=0.7, lip_force=0.7)

_SHAPES: dict[str, tuple[Shape, ...]] = {
    "aa": (_AA,), "ae": (Shape(0.46, wide=0.25, lower=0.32, upper=0.15),),
    "ah": (Shape(0.36, lower=0.2),), "ao": (_AO,), "ax": (Shape(0.2, lower=0.1, lip_force=0.5),),
    "eh": (_EH,), "er": (Shape(0.22, round=0.2, funnel=0.3),),
    "ih": (Shape(0.2, wide=0.28, lower=0.18),), "iy": (_IY,),
    "uh": (Shape(0.22, round=0.3, funnel=0.3),), "uw": (_UW,),
    "aw": (_AA, _UW), "ay": (_AA, _IY), "ey": (_EH, _IY), "ow": (_AO, _UW), "oy": (_AO, _IY),
    "w": (Shape(0.1, round=0.75, funnel=0.2, lip_force=1.3),),
    "r": (Shape(0.16, round=0.2, funnel=0.35, lip_force=0.8),),
    "y": (Shape(0.12, wide=0.45, lip_force=0.8),),
    "l": (Shape(0.24, lower=0.12, tongue=0.08, jaw_force=0.5, lip_force=0.2),),
    "m": (_LIPS_SHUT,), "b": (_LIPS_SHUT,), "p": (_LIPS_SHUT,),
    "f": (_LIP_BITTEN,), "v": (_LIP_BITTEN,), "th": (_TEETH,), "dh": (_TEETH,),
    "s": (_HISS,), "z": (_HISS,), "sh": (_HUSH,), "zh": (_HUSH,), "ch": (_HUSH,), "jh": (_HUSH,),
    "t": (_TIP,), "d": (_TIP,), "n": (_TIP,),
    "k": (_BACK,), "g": (_BACK,), "ng": (_BACK,), "hh": (_BACK,), "pau": (_REST,),
}  # fmt: skip

_JAW = ("jaw", "tongue")
_LIPS = ("wide", "round", "funnel", "lower", "upper")
_FADE_PER_S = {"jaw": (16.0, 16.0), "round": (8.0, 12.0), "funnel": (8.0, 12.0)}
_USUAL_FADE_PER_S = (12.0, 14.0)
_CLOSING_S = 0.06


def speech_weights(
    phones: Sequence[Phone], times_s: Float64, loudness: Float64 | None = None
) -> Float64:
    """ARKit weights of a mouth that speaks.

    Args:
        phones: what is said and when; names not known are taken for silence.
        times_s: [T] when to look.
        loudness: [T] 0..1; opens the jaw wider where it is high. None for an even voice.

    Returns:
        [T, 52] weights 0..1.
    """
    pull = {name: _mean_pull(phones, times_s, name) for name in (*_JAW, *_LIPS)}
    shut = _contact(phones, times_s, {"m", "b", "p"})
    bite = _contact(phones, times_s, {"f", "v"})
    jaw = pull["jaw"] * (1.0 if loudness is None else 0.75 + 0.45 * loudness)
    jaw = jaw * (1 - 0.6 * shut) * (1 - 0.5 * bite)
    free = (1 - shut) * (1 - bite)
    courses = {
        "jawOpen": jaw,
        # The jaw keeps its opening behind closed lips; a little more presses them together.
        "mouthClose": shut * (jaw + 0.03),
        "mouthPress": 0.3 * shut,
        "mouthRollLower": 0.6 * bite + 0.12 * shut,
        "mouthRollUpper": 0.12 * shut,
        "mouthStretch": 0.55 * pull["wide"] * (1 - 0.4 * shut),
        "mouthDimple": 0.35 * pull["wide"],
        "mouthPucker": pull["round"],
        "mouthFunnel": pull["funnel"] * (1 - shut),
        "mouthLowerDown": pull["lower"] * free,
        "mouthUpperUp": pull["upper"] * (1 - shut) + 0.15 * bite,
        "tongueOut": pull["tongue"] * free,
    }
    weights = np.zeros((len(times_s), 52))
    for unit, course in courses.items():
        for name in (unit, f"{unit}Left", f"{unit}Right"):
            if name in UNIT_INDEX:
                weights[:, UNIT_INDEX[name]] = np.clip(course, 0, 1)
    return weights


def _mean_pull(phones: Sequence[Phone], times_s: Float64, name: str) -> Float64:
    """Mean of all sounds' targets for one movement, weighted by their dominance."""
    before, after = _FADE_PER_S.get(name, _USUAL_FADE_PER_S)
    total, weight = np.zeros(len(times_s)), np.full(len(times_s), 1e-4)
    for shape, start_s, end_s in _spans(phones):
        force = shape.jaw_force if name in _JAW else shape.lip_force
        # A sound rules its own middle; its neighbours have their say from there on.
        middle_s, half_s = 0.5 * (start_s + end_s), 0.25 * (end_s - start_s)
        early = np.maximum(middle_s - half_s - times_s, 0)
        late = np.maximum(times_s - middle_s - half_s, 0)
        dominance = force * np.exp(-before * early - after * late)
        total += dominance * getattr(shape, name)
        weight += dominance
    mean: Float64 = total / weight
    return mean


def _spans(phones: Sequence[Phone]) -> list[tuple[Shape, float, float]]:
    """Shapes with their times; a diphthong is two shapes, half of its time each."""
    spans = []
    for phone in phones:
        shapes = _SHAPES.get(phone.name, (_REST,))
        step_s = (phone.end_s - phone.start_s) / len(shapes)
        for index, shape in enumerate(shapes):
            start_s = phone.start_s + index * step_s
            spans.append((shape, start_s, start_s + step_s))
    return spans


def _contact(phones: Sequence[Phone], times_s: Float64, names: set[str]) -> Float64:
    """1 while one of some sounds lasts, with a quick way there and back."""
    contact = np.zeros(len(times_s))
    for phone in phones:
        if phone.name in names:
            closing = minimum_jerk((times_s - phone.start_s + _CLOSING_S) / _CLOSING_S)
            opening = minimum_jerk((times_s - phone.end_s) / _CLOSING_S)
            contact = np.maximum(contact, closing - opening)
    return contact
