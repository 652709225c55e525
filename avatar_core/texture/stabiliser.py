"""Steady lines from unsteady hands. Points are [k], in whatever one draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64


class Rope:
    """The pen draws the brush behind it by a rope (lazy mouse): slack, it does not move.

    Args:
        length: of the rope, in the unit of the points; 0 for none.

    Raises:
        ValueError: the length is negative.
    """

    def __init__(self, length: float) -> None:
        if not length >= 0:
            raise ValueError(f"length: expected 0 or more, got {length}")
        self._length = length
        self._brush: Float64 | None = None
        self._pen: Float64 | None = None

    def move(self, point: Float64) -> Float64:
        """Where the brush is: never further from the pen than the rope is long."""
        self._pen = np.array(point, np.float64)
        if self._brush is None:
            self._brush = self._pen
        offset = self._pen - self._brush
        away = float(np.linalg.norm(offset))
        if away > self._length:
            self._brush = self._brush + offset * ((away - self._length) / away)
        return self._brush

    def release(self) -> Float64 | None:
        """Where the pen was lifted, which is where the line ends; None if it never moved."""
        return self._pen
