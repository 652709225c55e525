"""The expressions of a capture as ARKit weights, and the limits that keep faces whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Weights: TypeAlias = dict[str, float]


def both(name: str, weight: float) -> Weights:
    """The same weight on the left and on the right."""
    return {f"{name}Left": weight, f"{name}Right": weight}


def look(x: float, y: float) -> Weights:
    """Both eyes turned by shares of their range: x towards the person's left, y up, -1..1."""
    weights: Weights = {}
    if x:
        outwards, inwards = ("Left", "Right") if x > 0 else ("Right", "Left")
        weights |= {f"eyeLookOut{outwards}": abs(x), f"eyeLookIn{inwards}": abs(x)}
    if y:
        weights |= both("eyeLookUp" if y > 0 else "eyeLookDown", abs(y))
    return weights


UNITS: dict[str, Weights] = {
    "brow_down": both("browDown", 0.9),
    "brow_inner_up": {"browInnerUp": 0.9},
    "brow_outer_up": both("browOuterUp", 0.9),
    "blink": both("eyeBlink", 1.0),
    "squint": both("eyeSquint", 0.9) | both("cheekSquint", 0.6),
    "wide": both("eyeWide", 0.9),
    "sneer": both("noseSneer", 0.9),
    "cheek_puff": {"cheekPuff": 0.9},
    "jaw_open": {"jawOpen": 0.9},
    "jaw_half": {"jawOpen": 0.4},
    "jaw_left": {"jawLeft": 0.9},
    "jaw_right_forward": {"jawRight": 0.8, "jawForward": 0.6},
    "smile_wide": both("mouthSmile", 0.9),
    "frown": both("mouthFrown", 0.9),
    "dimple_press": both("mouthDimple", 0.8) | both("mouthPress", 0.5),
    "stretch": both("mouthStretch", 0.9),
    "upper_up": both("mouthUpperUp", 0.9),
    "lower_down": both("mouthLowerDown", 0.9),
    "pucker": {"mouthPucker": 0.9},
    "funnel": {"mouthFunnel": 0.9, "jawOpen": 0.15},
    "roll": {"mouthRollLower": 0.8, "mouthRollUpper": 0.7},
    "shrug": {"mouthShrugLower": 0.8, "mouthShrugUpper": 0.6},
    "mouth_left": {"mouthLeft": 0.9},
    "mouth_right": {"mouthRight": 0.9},
    "gaze_left": look(0.9, 0),
    "gaze_right": look(-0.9, 0),
    "gaze_up": look(0, 0.9),
    "gaze_down": look(0, -0.9),
}
"""One or two units at a time, nearly at full strength."""

NATURAL: dict[str, Weights] = {
    "smile_squint": both("mouthSmile", 0.85)
    | both("cheekSquint", 0.7)
    | both("eyeSquint", 0.35)
    | both("mouthUpperUp", 0.25)
    | {"jawOpen": 0.1},
    "laugh": both("mouthSmile", 0.75)
    | both("cheekSquint", 0.7)
    | both("eyeSquint", 0.4)
    | {"jawOpen": 0.4}
    | both("mouthUpperUp", 0.35)
    | both("mouthLowerDown", 0.2),
    "surprise": both("eyeWide", 0.8)
    | both("browOuterUp", 0.8)
    | {"browInnerUp": 0.7, "jawOpen": 0.5},
    "anger": both("browDown", 0.9)
    | both("eyeSquint", 0.4)
    | both("noseSneer", 0.5)
    | both("mouthPress", 0.6),
    "sad": {"browInnerUp": 0.8, "mouthShrugLower": 0.4} | both("mouthFrown", 0.7) | look(0, -0.3),
    "disgust": both("noseSneer", 0.8)
    | both("mouthUpperUp", 0.5)
    | both("browDown", 0.5)
    | both("eyeSquint", 0.4),
    "fear": both("eyeWide", 0.8) | {"browInnerUp": 0.8, "jawOpen": 0.2} | both("mouthStretch", 0.6),
    "wink_left": {
        "eyeBlinkLeft": 1.0,
        "cheekSquintLeft": 0.6,
        "mouthSmileLeft": 0.5,
        "mouthSmileRight": 0.2,
    },
    "tongue_out": {"tongueOut": 0.9, "jawOpen": 0.45},
    "phoneme_ee": both("mouthStretch", 0.4)
    | both("mouthSmile", 0.4)
    | both("mouthLowerDown", 0.5)
    | both("mouthUpperUp", 0.35)
    | {"jawOpen": 0.1},
    "phoneme_oo": {"mouthPucker": 0.6, "mouthFunnel": 0.45, "jawOpen": 0.15},
    "phoneme_fv": {"mouthRollLower": 0.6, "jawOpen": 0.12} | both("mouthUpperUp", 0.4),
}
"""What faces do."""

UNSEEN: dict[str, Weights] = {
    "test_grin_gaze": both("mouthSmile", 0.7)
    | both("mouthLowerDown", 0.3)
    | {"jawOpen": 0.2}
    | look(0.6, 0.2),
    "test_doubt": {
        "browOuterUpLeft": 0.9,
        "browDownRight": 0.7,
        "mouthLeft": 0.5,
        "mouthPressLeft": 0.4,
    },
    "test_phoneme_aa": {"jawOpen": 0.6}
    | both("mouthLowerDown", 0.3)
    | both("mouthUpperUp", 0.2)
    | both("browOuterUp", 0.3),
    "test_wink_pucker": {"eyeBlinkRight": 1.0, "mouthPucker": 0.7, "cheekSquintRight": 0.5},
    "test_grimace": both("mouthStretch", 0.7)
    | both("mouthLowerDown", 0.6)
    | both("eyeSquint", 0.6)
    | both("browDown", 0.4),
    "test_shy": both("mouthSmile", 0.5)
    | {"browInnerUp": 0.5}
    | look(-0.5, -0.6)
    | both("mouthPress", 0.3),
}
"""Kept for tests; never trained on."""

EXPRESSIONS: dict[str, Weights] = {"neutral": {}} | UNITS | NATURAL | UNSEEN
"""The place of an expression in here is its timestep."""

_BOTH_SIDES = (
    (("eyeBlink", "eyeSquint"), 1.0),
    (("eyeBlink", "eyeWide"), 1.0),
    (("browDown", "browInnerUp"), 1.0),
    (("mouthSmile", "mouthStretch"), 1.1),
    (("mouthSmile", "mouthFrown"), 1.0),
    (("mouthUpperUp", "noseSneer"), 1.3),
)
_WITHOUT_SIDE = ("browInnerUp",)
LIMITS: tuple[tuple[tuple[str, str], float], ...] = (
    (("jawOpen", "mouthFunnel"), 1.2),
    (("mouthPucker", "mouthFunnel"), 1.1),
    *(
        ((first + side, second if second in _WITHOUT_SIDE else second + side), limit)
        for (first, second), limit in _BOTH_SIDES
        for side in ("Left", "Right")
    ),
)
"""Pairs of units that tear the mesh together, and the most that their sum may be."""


def clamped(weights: Mapping[str, float]) -> Weights:
    """Weights within 0..1, pairs of `LIMITS` scaled down to their limit."""
    limited = {name: min(max(weight, 0.0), 1.0) for name, weight in weights.items()}
    for names, limit in LIMITS:
        total = sum(limited.get(name, 0.0) for name in names)
        if total > limit:
            limited |= {name: limited[name] * (limit / total) for name in names if name in limited}
    return limited
