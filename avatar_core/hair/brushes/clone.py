"""Clone: hair of a place chosen before is copied to where the brush passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.hair.brush import ACROSS, BrushKind
from avatar_core.hair.limits import rows_in_ball
from avatar_core.hair.repair import clone, copyable, turn_from_to

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from avatar_core.hair.brush import BrushSettings, Dab
    from avatar_core.hair.canvas import HairCanvas

SOURCE = (f"source{ACROSS}", "source_y", "source_z")
"""Options that say where hair is copied from: metres, neutral head; NaN while not chosen."""


class CloneBrush:
    """The place that is copied moves along with the brush; each Gaussian is copied once."""

    def __init__(self, settings: BrushSettings) -> None:
        place = [settings.options.get(each, np.nan) for each in SOURCE]
        self._source: Float32 = np.array(place, np.float32)
        self._start: Float32 = np.zeros(3, np.float32)
        self._turn: Float32 = np.eye(3, dtype=np.float32)
        self._is_left: NDArray[np.bool_] = np.zeros(0, bool)
        self._random = np.random.default_rng(0)

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        """The first sample decides what comes to lie where.

        Raises:
            AssetError: no place to copy from was chosen.
        """
        if not np.isfinite(self._source).all():
            raise AssetError(
                "There is no place to copy hair from yet.",
                "Alt-click the hair that is to be copied, then paint.",
            )
        self._start = dab.position
        self._turn = turn_from_to(canvas, self._source, dab.position)
        self._is_left = copyable(canvas)

    def dab(self, canvas: HairCanvas, dab: Dab) -> None:
        """Copy what lies around the place, as far as it was not copied yet."""
        source = self._source + self._turn.T @ (dab.position - self._start)
        rows = rows_in_ball(canvas.means[: len(self._is_left)], source, dab.radius_m)
        rows = rows[self._is_left[rows]]
        self._is_left[rows] = False
        rows = rows[self._random.random(len(rows)) < dab.strength]
        if len(rows):
            turn = turn_from_to(canvas, source, dab.position)
            clone(canvas, rows, source, dab.position, turn)

    def end(self, canvas: HairCanvas) -> None:
        """Nothing is left to do."""


CLONE = BrushKind(
    "clone",
    "Clone",
    "Copy hair from the place you Alt-clicked to where you paint.",
    CloneBrush,
    radius_m=0.015,
    strength=1.0,
)
