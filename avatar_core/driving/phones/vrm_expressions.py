"""Expressions of VRM avatars in ARKit units, for senders that know no finer ones.

The names are those of VRM 0 and VRM 1; their case and the underscores of VRM 0 do not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion.motion import UNIT_INDEX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32


def expression_of_name(name: str) -> str | None:
    """What a clip is called here; None when it is no expression of either version."""
    return _SAME.get(name.lower().replace("_", ""))


def units_of_expressions(amounts: Mapping[str, float]) -> Float32:
    """Weights [52] that a mix of expressions stands for.

    Args:
        amounts: 0..1 by the names that `expression_of_name` gives.
    """
    weights = np.zeros(52, np.float32)
    for name, amount in amounts.items():
        weights += np.float32(amount) * _WEIGHTS[name]
    return np.clip(weights, 0, 1)


def _both(unit: str, amount: float) -> dict[str, float]:
    return {f"{unit}Left": amount, f"{unit}Right": amount}


_UNITS: dict[str, dict[str, float]] = {
    "aa": {"jawOpen": 0.7, **_both("mouthLowerDown", 0.3), **_both("mouthUpperUp", 0.1)},
    "ih": {"jawOpen": 0.15, **_both("mouthStretch", 0.5), **_both("mouthLowerDown", 0.25)},
    "ou": {"jawOpen": 0.15, "mouthPucker": 0.7, "mouthFunnel": 0.3},
    "ee": {"jawOpen": 0.35, **_both("mouthStretch", 0.35), **_both("mouthLowerDown", 0.25)},
    "oh": {"jawOpen": 0.45, "mouthFunnel": 0.6, "mouthPucker": 0.2},
    "blink": _both("eyeBlink", 1.0),
    "blinkleft": {"eyeBlinkLeft": 1.0},
    "blinkright": {"eyeBlinkRight": 1.0},
    "happy": {**_both("mouthSmile", 0.9), **_both("cheekSquint", 0.5), **_both("eyeSquint", 0.3)},
    "angry": {**_both("browDown", 0.9), **_both("noseSneer", 0.4), **_both("mouthPress", 0.3)},
    "sad": {"browInnerUp": 0.8, **_both("mouthFrown", 0.6), "mouthShrugLower": 0.3},
    "relaxed": {**_both("mouthSmile", 0.5), **_both("eyeSquint", 0.2)},
    "surprised": {
        "browInnerUp": 0.7, **_both("browOuterUp", 0.7), **_both("eyeWide", 0.7), "jawOpen": 0.3,
    },
    "lookup": _both("eyeLookUp", 1.0),
    "lookdown": _both("eyeLookDown", 1.0),
    "lookleft": {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0},
    "lookright": {"eyeLookInLeft": 1.0, "eyeLookOutRight": 1.0},
}  # fmt: skip

_SAME = {name: name for name in _UNITS} | {
    "a": "aa", "i": "ih", "u": "ou", "e": "ee", "o": "oh",
    "blinkl": "blinkleft", "blinkr": "blinkright",
    "joy": "happy", "sorrow": "sad", "fun": "relaxed",
}  # fmt: skip


def _weights(units: Mapping[str, float]) -> Float32:
    weights = np.zeros(52, np.float32)
    for unit, amount in units.items():
        weights[UNIT_INDEX[unit]] = amount
    return weights


_WEIGHTS = {name: _weights(units) for name, units in _UNITS.items()}
