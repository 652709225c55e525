"""Repair: floaters under the brush go, bald spots are filled with hair from around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind
from avatar_core.hair.limits import free, rows_in_ball
from avatar_core.hair.repair import fill_bald_spots, floaters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.hair.brush import BrushSettings, Dab
    from avatar_core.hair.canvas import HairCanvas


class RepairBrush:
    """Looks for floaters once for a stroke, and for bald spots wherever it comes."""

    def __init__(self, settings: BrushSettings) -> None:
        self._is_floater: NDArray[np.bool_] = np.zeros(0, bool)

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        """Find what floats."""
        self._is_floater = floaters(canvas)

    def dab(self, canvas: HairCanvas, dab: Dab) -> None:
        """Remove and fill."""
        rows = rows_in_ball(canvas.means[: len(self._is_floater)], dab.position, dab.radius_m)
        canvas.delete(rows[self._is_floater[rows] & free(canvas)[rows]])
        fill_bald_spots(canvas, dab.position, dab.radius_m)

    def end(self, canvas: HairCanvas) -> None:
        """Nothing is left to do."""


REPAIR = BrushKind(
    "repair",
    "Repair",
    "Remove floaters under the brush and fill bald spots with hair from around them.",
    RepairBrush,
    radius_m=0.025,
    strength=1.0,
)
