"""Where each phone wants the mouth, how much it insists, and which contacts it makes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """A movement of the mouth that sounds pull at."""

    JAW = "jaw"
    WIDE = "wide"
    PUCKER = "pucker"
    FUNNEL = "funnel"
    LOWER = "lower"
    UPPER = "upper"
    TONGUE = "tongue"


class Contact(StrEnum):
    """Two surfaces that meet."""

    LIPS = "lips"
    LIP_AND_TEETH = "lip_and_teeth"


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a sound wants the mouth, 0..1 each.

    Args:
        jaw: opening.
        wide: corners apart.
        pucker: lips pursed, as in "oo".
        funnel: lips pushed out and open, as in "sh" and "aw".
        lower, upper: lip drawn off the teeth.
        tongue: tip forward; 0.3 or more shows it between the teeth.
        jaw_force, lip_force, tongue_force: strength of the pull; 1 for a vowel.
    """

    jaw: float = 0.0
    wide: float = 0.0
    pucker: float = 0.0
    funnel: float = 0.0
    lower: float = 0.0
    upper: float = 0.0
    tongue: float = 0.0
    jaw_force: float = 1.0
    lip_force: float = 1.0
    tongue_force: float = 1.0

    def target(self, part: Part) -> float:
        value: float = getattr(self, part)
        return value

    def force(self, part: Part) -> float:
        if part is Part.JAW:
            return self.jaw_force
        return self.tongue_force if part is Part.TONGUE else self.lip_force


@dataclass(frozen=True, slots=True)
class Hold:
    """When a contact is made and let go.

    Args:
        share: of the phone's time that the contact lasts from its start.
        closing_s, opening_s: length of the way there, before the phone, and back.
    """

    share: float
    closing_s: float = 0.065
    opening_s: float = 0.055


_AA = Shape(0.45, lower=0.3, upper=0.1)
_AE = Shape(0.4, wide=0.3, lower=0.32, upper=0.15)
_AH = Shape(0.3, lower=0.22, upper=0.05)
_AO = Shape(0.38, pucker=0.12, funnel=0.4, lower=0.1)
_EH = Shape(0.27, wide=0.38, lower=0.25, upper=0.08)
_IH = Shape(0.16, wide=0.42, lower=0.2, upper=0.06)
_IY = Shape(0.1, wide=0.75, lower=0.2, upper=0.12)
_UH = Shape(0.17, pucker=0.45, funnel=0.22)
_UW = Shape(0.09, pucker=0.95, funnel=0.14, lip_force=1.3)
_ER = Shape(0.16, pucker=0.28, funnel=0.32)
_REST = Shape(jaw_force=0.7, lip_force=0.7, tongue_force=0.7)
_LIPS_SHUT = Shape(0.06, jaw_force=1.4, lip_force=0.15, tongue_force=0.5)
_LIP_BITTEN = Shape(0.12, upper=0.08, jaw_force=1.2, lip_force=0.3)
_TIP = Shape(0.12, lower=0.12, tongue=0.17, jaw_force=0.8, lip_force=0.2, tongue_force=1.4)
_TEETH = Shape(0.15, lower=0.18, upper=0.06, tongue=0.5, lip_force=0.5, tongue_force=2)
_HISS = Shape(0.05, wide=0.3, lower=0.3, upper=0.12, jaw_force=1.5, lip_force=0.6)
_HUSH = Shape(0.07, pucker=0.12, funnel=0.6, lower=0.18, upper=0.1, jaw_force=1.4, lip_force=1.2)
_BACK = Shape(0.18, jaw_force=0.35, lip_force=0.08, tongue_force=0.5)

SHAPES: dict[str, Shape] = {
    "pau": _REST,
    "aa": _AA, "ae": _AE, "ah": _AH, "ao": _AO, "eh": _EH, "ih": _IH,
    "iy": _IY, "uh": _UH, "uw": _UW, "er": _ER,
    "ax": Shape(0.18, lower=0.14, jaw_force=0.7, lip_force=0.4),
    "m": _LIPS_SHUT, "b": _LIPS_SHUT, "p": _LIPS_SHUT,
    "f": _LIP_BITTEN, "v": _LIP_BITTEN,
    "w": Shape(0.07, pucker=1.0, funnel=0.08, jaw_force=1.1, lip_force=2.5),
    "r": Shape(0.13, pucker=0.25, funnel=0.38, lip_force=0.8),
    "y": Shape(0.09, wide=0.6, lower=0.15, lip_force=0.8),
    "l": Shape(0.18, lower=0.14, tongue=0.22, jaw_force=0.7, lip_force=0.2, tongue_force=1.4),
    "t": _TIP, "d": _TIP, "n": _TIP,
    "th": _TEETH, "dh": _TEETH,
    "s": _HISS, "z": _HISS,
    "sh": _HUSH, "zh": _HUSH, "ch": _HUSH, "jh": _HUSH,
    "k": _BACK, "g": _BACK, "ng": _BACK,
    "hh": Shape(0.2, jaw_force=0.2, lip_force=0.05, tongue_force=0.5),
}  # fmt: skip
"""By phone; diphthongs are two vowels. ARKit knows no tip of the tongue behind the teeth:
"l", "n", "d" and "t" lend a little of `tongueOut`, which does not pass the teeth."""

CONTACTS: dict[Contact, dict[str, Hold]] = {
    Contact.LIPS: {"m": Hold(1.0), "b": Hold(0.85), "p": Hold(0.65)},
    Contact.LIP_AND_TEETH: {"f": Hold(0.95), "v": Hold(0.95)},
}
"""A "p" bursts when two thirds of it are over; breath follows through open lips."""
