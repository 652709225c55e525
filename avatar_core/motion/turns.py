"""Single turns as axis-angle vectors, in plain numbers: arrays of one are slow.

`geometry.rotations` is the twin for many.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

_Quaternion: TypeAlias = tuple[float, float, float, float]


def composed(first: Float32, second: Float32) -> Float32:
    """The turn [3] whose matrix is that of `first` times that of `second`."""
    if not second.any():
        return first
    if not first.any():
        return second
    w1, x1, y1, z1 = _quaternion(first)
    w2, x2, y2, z2 = _quaternion(second)
    w = w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2
    x = w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2
    y = w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2
    z = w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2
    sine = math.sqrt(x * x + y * y + z * z)
    angle = 2 * math.atan2(sine, abs(w))  # the short way round
    factor = math.copysign(angle / sine if sine > 1e-12 else 2.0, w)
    return np.array([factor * x, factor * y, factor * z], np.float32)


def turned(vector: Float32, turn: Float32) -> Float32:
    """A vector [3] after a turn [3]."""
    if not turn.any():
        return vector
    w, x, y, z = _quaternion(turn)
    a, b, c = vector.tolist()
    # v + 2 q x (q x v + w v)
    p, q, r = y * c - z * b + w * a, z * a - x * c + w * b, x * b - y * a + w * c
    return np.array(
        [a + 2 * (y * r - z * q), b + 2 * (z * p - x * r), c + 2 * (x * q - y * p)], np.float32
    )


def _quaternion(turn: Float32) -> _Quaternion:
    x, y, z = turn.tolist()
    angle = math.sqrt(x * x + y * y + z * z)
    factor = math.sin(angle / 2) / angle if angle > 1e-12 else 0.5
    return math.cos(angle / 2), factor * x, factor * y, factor * z
