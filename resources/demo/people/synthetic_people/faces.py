"""Random expressions as ARKit weights: plausible, asymmetric, extreme."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from synthetic_capture.expressions import NATURAL, UNITS, UNSEEN, both, clamped, look

from avatar_core.motion import ARKIT_UNITS, UNIT_INDEX

if TYPE_CHECKING:
    from synthetic_capture.expressions import Weights
    from synthetic_capture.mesh.arrays import Float32

_EXTREME: tuple[Weights, ...] = (
    {"jawOpen": 1.0} | both("mouthUpperUp", 0.4) | both("eyeSquint", 0.8) | both("browDown", 0.5),
    {"jawOpen": 1.0, "mouthFunnel": 0.2} | both("eyeWide", 1.0) | both("browOuterUp", 0.9),
    {"jawOpen": 0.7, "tongueOut": 1.0} | both("eyeSquint", 0.5),
    {"tongueOut": 0.8, "jawOpen": 0.35} | both("mouthSmile", 0.4) | {"eyeBlinkLeft": 1.0},
    {"cheekPuff": 1.0, "mouthPucker": 0.35},
    {"mouthPucker": 1.0} | both("browDown", 0.3),
    both("mouthSmile", 1.0)
    | both("cheekSquint", 1.0)
    | {"jawOpen": 0.3}
    | both("mouthUpperUp", 0.4),
    both("noseSneer", 1.0) | both("mouthUpperUp", 0.6) | both("browDown", 1.0) | {"jawOpen": 0.2},
    both("mouthStretch", 1.0)
    | both("mouthLowerDown", 0.9)
    | {"jawOpen": 0.25}
    | both("eyeWide", 0.8),
    {"jawLeft": 1.0, "mouthLeft": 0.7, "browOuterUpRight": 0.9},
    {"jawRight": 1.0, "mouthRight": 0.7, "browOuterUpLeft": 0.9},
    {"mouthSmileLeft": 0.9, "eyeBlinkLeft": 1.0, "cheekSquintLeft": 0.8},
    {"mouthSmileRight": 0.9, "eyeBlinkRight": 1.0, "cheekSquintRight": 0.8},
    {"mouthRollLower": 1.0, "mouthRollUpper": 1.0} | both("mouthPress", 0.7),
)
_VISEMES: tuple[Weights, ...] = (
    {"jawOpen": 0.45} | both("mouthLowerDown", 0.3),
    {"jawOpen": 0.15} | both("mouthStretch", 0.35) | both("mouthLowerDown", 0.35),
    {"mouthFunnel": 0.6, "jawOpen": 0.25},
    {"mouthPucker": 0.7, "jawOpen": 0.08},
    {"mouthRollLower": 0.5, "jawOpen": 0.08} | both("mouthUpperUp", 0.35),
    {"mouthRollLower": 0.35, "mouthRollUpper": 0.35} | both("mouthPress", 0.4),
    {"jawOpen": 0.25, "tongueOut": 0.25} | both("mouthLowerDown", 0.3),
    {"mouthClose": 0.25, "jawOpen": 0.25},
    {"mouthShrugUpper": 0.4, "jawOpen": 0.12} | both("mouthLowerDown", 0.25),
)
_MOUTH_SHAPERS = (
    *("mouthFunnel", "mouthPucker", "mouthRollLower", "mouthRollUpper"),
    *("mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight"),
    *("mouthFrownLeft", "mouthFrownRight", "mouthShrugLower", "mouthShrugUpper"),
)
_MOST_MOUTH = 2.6
_EYE_UNITS = tuple(name for name in ARKIT_UNITS if name.startswith("eyeLook"))


def random_expression(rng: np.random.Generator) -> Float32:
    """[52] weights in the order of ARKIT_UNITS, conflicts scaled down."""
    kind = rng.choice(["calm", "natural", "viseme", "units", "one-sided", "extreme"],
                      p=[0.1, 0.27, 0.2, 0.18, 0.12, 0.13])  # fmt: skip
    weights: Weights = {}
    if kind == "natural":
        weights = _scaled(_pick((*NATURAL.values(), *UNSEEN.values()), rng), rng.uniform(0.3, 1.15))
    elif kind == "viseme":
        weights = _scaled(_pick(_VISEMES, rng), rng.uniform(0.5, 1.3))
        weights = _added(weights, _scaled(_pick(tuple(UNITS.values()), rng), rng.uniform(0, 0.5)))
    elif kind == "units":
        for _ in range(int(rng.integers(1, 5))):
            weights = _added(
                weights, _scaled(_pick(tuple(UNITS.values()), rng), rng.uniform(0.2, 1))
            )
    elif kind == "one-sided":
        names = rng.choice([n for n in ARKIT_UNITS if n not in _EYE_UNITS], int(rng.integers(2, 6)))
        weights = {str(name): float(rng.uniform(0.2, 1)) for name in names}
    elif kind == "extreme":
        weights = _scaled(_pick(_EXTREME, rng), rng.uniform(0.75, 1.0))
    weights = {name: weight * float(rng.uniform(0.8, 1.15)) for name, weight in weights.items()}
    for name in rng.choice(ARKIT_UNITS, 6, replace=False):
        if name not in _EYE_UNITS and name != "tongueOut":
            weights[str(name)] = weights.get(str(name), 0) + float(abs(rng.normal()) * 0.06)
    return as_vector(possible(_added(weights, _eyes(rng))))


def possible(weights: Weights) -> Weights:
    """Weights within 0..1 whose conflicts are scaled down to what a face can do."""
    limited = clamped(weights)
    total = sum(limited.get(name, 0.0) for name in _MOUTH_SHAPERS)
    if total > _MOST_MOUTH:
        limited |= {n: limited[n] * _MOST_MOUTH / total for n in _MOUTH_SHAPERS if n in limited}
    # Lips close only what the jaw has opened.
    if "mouthClose" in limited:
        limited["mouthClose"] = min(limited["mouthClose"], limited.get("jawOpen", 0.0))
    return limited


def as_vector(weights: Weights) -> Float32:
    """[52] of weights by name."""
    vector = np.zeros(len(ARKIT_UNITS), np.float32)
    for name, weight in weights.items():
        vector[UNIT_INDEX[name]] = weight
    return vector


def _eyes(rng: np.random.Generator) -> Weights:
    """Gaze, mostly about the middle, and now and then a blink."""
    weights: Weights = {}
    if rng.random() < 0.75:
        x, y = np.clip(rng.normal(size=2) * (0.45, 0.35), -1, 1)
        weights = look(float(x), float(y))
    if rng.random() < 0.13:
        weights = _added(weights, both("eyeBlink", float(rng.uniform(0.2, 1))))
    return weights


def _pick(choices: tuple[Weights, ...], rng: np.random.Generator) -> Weights:
    return choices[int(rng.integers(len(choices)))]


def _scaled(weights: Weights, factor: float) -> Weights:
    return {name: weight * float(factor) for name, weight in weights.items()}


def _added(first: Weights, second: Weights) -> Weights:
    return {n: first.get(n, 0.0) + second.get(n, 0.0) for n in (*first, *second)}
