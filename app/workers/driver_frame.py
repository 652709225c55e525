"""What a driver gives: its newest motion, with when it was captured and what it cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.motion import MotionFrame

_STILL = 1e-4
"""Weights and radians below which a difference cannot be seen."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenDriver:
    """The driver's picture as it was captured.

    Args:
        image: [H, W, 3] uint8 sRGB.
        face: [4] left, top, right and bottom of the face, pixels; None where none was found.
    """

    image: UInt8
    face: Float32 | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DriverFrame:
    """One moment of one driver.

    Args:
        motion: what it does; confidence 0 where its face is not seen.
        captured_s: `time.perf_counter()` of the moment it shows.
        stage_ms: what it cost so far.
        seen: the picture it was read from; None for drivers that give none.
    """

    motion: MotionFrame
    captured_s: float
    stage_ms: Mapping[str, float] = field(default_factory=dict)
    seen: SeenDriver | None = None


def look_alike(first: MotionFrame, second: MotionFrame) -> bool:
    """Whether nobody could tell one pose from the other."""
    if (first.gaze is None) != (second.gaze is None):
        return False
    pairs = [
        (first.weights, second.weights),
        (first.head_rotation, second.head_rotation),
        (first.head_translation, second.head_translation),
    ]
    if first.gaze is not None and second.gaze is not None:
        pairs.append((first.gaze, second.gaze))
    return all(float(np.abs(one - other).max()) < _STILL for one, other in pairs)
