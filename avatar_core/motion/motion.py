"""MotionFrame: one moment of a performance, the currency of every driver.

All retargeting starts from these: 52 ARKit weights, the head's turn and place, gaze.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from avatar_core.geometry import Float32, expect_shapes

ARKIT_UNITS: tuple[str, ...] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft",
    "eyeSquintLeft", "eyeWideLeft",
    "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight",
    "eyeSquintRight", "eyeWideRight",
    "jawForward", "jawLeft", "jawRight", "jawOpen",
    "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight",
    "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight",
    "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight",
    "mouthUpperUpLeft", "mouthUpperUpRight",
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
    "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip
"""The 52 units in the order of the Live Link Face packet. Left and right are the person's own."""

UNIT_INDEX: dict[str, int] = {name: index for index, name in enumerate(ARKIT_UNITS)}


def _zeros(*shape: int) -> Float32:
    return np.zeros(shape, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class MotionFrame:
    """One moment of a performance; neutral is all zeros.

    Args:
        time_s: when it was captured, seconds on the driver's clock.
        weights: [52] ARKit weights 0..1 in the order of `ARKIT_UNITS`.
        head_rotation: [3] axis-angle, radians, of the head in the driver's camera
            (x right in the picture, y up, z to the viewer).
        head_translation: [3] metres, same axes.
        gaze: [2, 2] (yaw, pitch) radians of (left, right) eye, yaw to the person's left and pitch
            up positive; wins over the eyeLook weights. None when the driver gives none.
        confidence: 0..1; 0 means that no face was tracked.
        expression_latent: learned code of the driver's expression, or None.
    """

    time_s: float = 0.0
    weights: Float32 = field(default_factory=lambda: _zeros(52))
    head_rotation: Float32 = field(default_factory=lambda: _zeros(3))
    head_translation: Float32 = field(default_factory=lambda: _zeros(3))
    gaze: Float32 | None = None
    confidence: float = 1.0
    expression_latent: Float32 | None = None

    def __post_init__(self) -> None:
        expect_shapes(
            weights=(self.weights, "52"),
            head_rotation=(self.head_rotation, "3"),
            head_translation=(self.head_translation, "3"),
        )
        if self.gaze is not None:
            expect_shapes(gaze=(self.gaze, "2 2"))

    @classmethod
    def from_units(cls, time_s: float = 0.0, **units: float) -> MotionFrame:
        """A frame from named weights: `MotionFrame.from_units(jawOpen=0.5)`."""
        weights = _zeros(52)
        for name, value in units.items():
            weights[UNIT_INDEX[name]] = value
        return cls(time_s=time_s, weights=weights)

    def weight(self, unit: str) -> float:
        return float(self.weights[UNIT_INDEX[unit]])

    def at(self, time_s: float) -> MotionFrame:
        """The same pose at another time."""
        return replace(self, time_s=time_s)


def blend(first: MotionFrame, second: MotionFrame, amount: float) -> MotionFrame:
    """Linear blend of two poses; `amount` 0 gives the first, 1 the second, times included.

    Rotations are blended as axis-angle vectors, which is exact about one axis and close enough for
    the turns of a head. The latent of the nearer pose is kept.
    """
    keep = 1.0 - amount
    gaze = None
    if first.gaze is not None and second.gaze is not None:
        gaze = (keep * first.gaze + amount * second.gaze).astype(np.float32)
    elif first.gaze is not None or second.gaze is not None:
        gaze = first.gaze if amount < 0.5 else second.gaze
    return MotionFrame(
        time_s=keep * first.time_s + amount * second.time_s,
        weights=(keep * first.weights + amount * second.weights).astype(np.float32),
        head_rotation=_mix(first.head_rotation, second.head_rotation, amount),
        head_translation=_mix(first.head_translation, second.head_translation, amount),
        gaze=gaze,
        confidence=keep * first.confidence + amount * second.confidence,
        expression_latent=(first if amount < 0.5 else second).expression_latent,
    )


def same_pose(first: MotionFrame | None, second: MotionFrame | None) -> bool:
    """Whether two frames hold exactly the same values, whatever their times."""
    if first is None or second is None:
        return first is second
    return (
        np.array_equal(first.weights, second.weights)
        and np.array_equal(first.head_rotation, second.head_rotation)
        and np.array_equal(first.head_translation, second.head_translation)
        and _same_optional(first.gaze, second.gaze)
        and _same_optional(first.expression_latent, second.expression_latent)
        and first.confidence == second.confidence
    )


def _same_optional(first: Float32 | None, second: Float32 | None) -> bool:
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second)


def _mix(first: Float32, second: Float32, amount: float) -> Float32:
    return ((1.0 - amount) * first + amount * second).astype(np.float32)
