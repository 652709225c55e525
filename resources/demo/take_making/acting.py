"""The performance as a list of gestures: which muscles, when, how quickly, how the head goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion import UNIT_INDEX

from .curves import swell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry.shapes import Float64


@dataclass(frozen=True, slots=True)
class Gesture:
    """A movement and its way back to rest.

    Args:
        start_s: when it begins.
        attack_s, hold_s, release_s: how long it takes, stays and fades.
        units: ARKit weights at its height; a name without side means both sides.
        turn: (yaw, pitch, roll) degrees of the head at its height; left, up, right shoulder.
        lean_m: towards the viewer.
    """

    start_s: float
    attack_s: float
    hold_s: float
    release_s: float
    units: Mapping[str, float] = field(default_factory=dict)
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    lean_m: float = 0.0


SPEECH_START_S = 21.1

PERFORMANCE = (
    # A friendly face at rest.
    Gesture(0.5, 0.7, 1.4, 1.0, {"mouthSmile": 0.14, "cheekSquint": 0.08}),
    # Smile.
    Gesture(
        2.6, 0.5, 1.5, 0.8,
        {"mouthSmile": 0.8, "cheekSquint": 0.6, "eyeSquint": 0.28, "mouthUpperUp": 0.22,
         "jawOpen": 0.07, "mouthDimple": 0.1, "browOuterUp": 0.12},
        turn=(4, 1.5, 4), lean_m=0.006,
    ),
    # Brows up: "really?"
    Gesture(
        5.5, 0.28, 0.75, 0.55,
        {"browInnerUp": 0.7, "browOuterUp": 0.85, "eyeWide": 0.25, "mouthPress": 0.15},
        turn=(-3, 3, -3),
    ),
    # Looking around; the head follows the eyes.
    Gesture(7.42, 0.45, 0.5, 0.55, turn=(18, 1, 1)),
    Gesture(8.62, 0.55, 0.35, 0.5, turn=(-19, -1, -2)),
    Gesture(9.5, 0.35, 0.15, 0.4, {"browInnerUp": 0.25}, turn=(5, 9, 0)),
    # Surprise.
    Gesture(
        10.7, 0.2, 0.75, 0.6,
        {"browInnerUp": 0.75, "browOuterUp": 0.85, "eyeWide": 0.85, "jawOpen": 0.48,
         "mouthFunnel": 0.12},
        turn=(0, 3, 0), lean_m=-0.012,
    ),
    # Displeasure.
    Gesture(
        12.7, 0.45, 0.95, 0.6,
        {"browDown": 0.85, "mouthFrown": 0.75, "mouthShrugLower": 0.4, "noseSneer": 0.22,
         "eyeSquint": 0.35, "cheekSquint": 0.1},
        turn=(-5, -4, -3), lean_m=0.004,
    ),
    # Wink.
    Gesture(
        15.0, 0.14, 0.32, 0.24,
        {"eyeBlinkLeft": 1.08, "cheekSquintLeft": 0.7, "browDownLeft": 0.35, "eyeSquintRight": 0.1,
         "noseSneerLeft": 0.15},
    ),
    Gesture(
        14.85, 0.3, 0.6, 0.6, {"mouthSmileLeft": 0.6, "mouthSmileRight": 0.22,
                               "mouthDimpleLeft": 0.3},
        turn=(3, -1, -6),
    ),
    # A kiss.
    Gesture(
        16.7, 0.35, 0.55, 0.4,
        {"mouthPucker": 0.9, "mouthFunnel": 0.08, "eyeSquint": 0.15, "browInnerUp": 0.12},
        turn=(0, 2, 3), lean_m=0.012,
    ),
    # Puffed cheeks, then a tongue.
    Gesture(18.2, 0.3, 0.5, 0.3, {"cheekPuff": 0.8, "mouthPress": 0.2, "eyeWide": 0.2},
            turn=(-4, 0, 2)),
    Gesture(19.35, 0.25, 0.5, 0.35,
            {"tongueOut": 0.85, "jawOpen": 0.32, "mouthSmile": 0.3, "cheekSquint": 0.4,
             "eyeSquint": 0.25}, turn=(2, -2, 5)),
    # A smile to end with, and a nod.
    Gesture(27.9, 0.4, 0.7, 0.8, {"mouthSmile": 0.5, "cheekSquint": 0.35, "eyeSquint": 0.12}),
    Gesture(28.25, 0.25, 0.05, 0.35, turn=(0, -6, 0)),
)  # fmt: skip

GLANCES = (
    (7.30, 24.0, 2.0), (8.45, -26.0, 0.0), (9.45, 8.0, 15.0), (10.05, 0.0, 0.0),
    (18.15, -9.0, 4.0), (18.95, 0.0, 0.0), (24.3, 7.0, -4.0), (24.95, 0.0, 0.0),
)  # fmt: skip
"""Where the eyes go: time, yaw and pitch in degrees as seen from the viewer's line."""


def acted(
    gestures: tuple[Gesture, ...], times_s: Float64, generator: np.random.Generator
) -> tuple[Float64, Float64, Float64]:
    """Weights [T, 52], head angles [T, 3] (yaw, pitch, roll; degrees) and lean [T] in metres.

    No face is even: sides differ a little in strength and in their start.
    """
    weights = np.zeros((len(times_s), 52))
    turn, lean_m = np.zeros((len(times_s), 3)), np.zeros(len(times_s))
    for gesture in gestures:
        course = _course(gesture, times_s, 0.0)
        turn += course[:, None] * gesture.turn
        lean_m += course * gesture.lean_m
        for unit, height in gesture.units.items():
            for name in (unit, f"{unit}Left", f"{unit}Right"):
                if name in UNIT_INDEX:
                    shift_s = generator.uniform(-0.02, 0.02)
                    size = height * generator.uniform(0.93, 1.0)
                    weights[:, UNIT_INDEX[name]] += size * _course(gesture, times_s, shift_s)
    return weights, turn, lean_m


def _course(gesture: Gesture, times_s: Float64, shift_s: float) -> Float64:
    start_s = gesture.start_s + shift_s
    return swell(times_s, start_s, gesture.attack_s, gesture.hold_s, gesture.release_s)
