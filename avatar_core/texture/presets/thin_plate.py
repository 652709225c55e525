"""Thin plate splines: the smoothest map of the plane that takes given points to given places.

Source:
    Bookstein, "Principal Warps", IEEE PAMI 11(6), 1989, section II.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32

_AT_ONCE = 1 << 14
_WORST = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class ThinPlate:
    """A map of the plane.

    Args:
        centre: [2] of the points that were given.
        spread: of them; numbers are worked with in units of it, which keeps them even.
        points: [n, 2] the points, in such units.
        weights: [n + 3, 2] of each point's bump, then of 1, x and y.
    """

    centre: NDArray[np.float64]
    spread: float
    points: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def through(cls, points: Float32, places: Float32) -> ThinPlate:
        """The map that takes points [n, 2] to places [n, 2]; at least 3 not on a line.

        Raises:
            np.linalg.LinAlgError: there is none: points coincide, or all lie on a line.
        """
        expect_shapes(points=(points, "n 2"), places=(places, "n 2"))
        count = len(points)
        centre, spread = points.mean(axis=0, dtype=np.float64), float(points.std())
        if not spread > 0:
            raise np.linalg.LinAlgError("all points coincide")
        even = (points - centre) / spread
        system = np.zeros((count + 3, count + 3))
        system[:count] = _columns(even, even)
        system[count:, :count] = system[:count, count:].T
        if np.linalg.cond(system) > _WORST:
            raise np.linalg.LinAlgError("points coincide or lie on a line")
        targets = np.zeros((count + 3, 2))
        targets[:count] = places
        weights = np.asarray(np.linalg.solve(system, targets), np.float64)
        return cls(centre, spread, even, weights)

    def __call__(self, points: Float32) -> Float32:
        """Where points [n, 2] come to."""
        moved = np.empty((len(points), 2), np.float32)
        for start in range(0, len(points), _AT_ONCE):
            part = (points[start : start + _AT_ONCE] - self.centre) / self.spread
            moved[start : start + _AT_ONCE] = _columns(part, self.points) @ self.weights
        return moved


def _columns(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """[m, n + 3] r² log r² to each centre, then 1, x and y."""
    across, down = (points[:, None, axis] - centres[:, axis] for axis in (0, 1))
    squares = across * across + down * down
    bumps = squares * np.log(np.maximum(squares, 1e-300))
    return np.concatenate([bumps, np.ones((len(points), 1)), points], axis=1)
