"""Dye: paints hair with a colour under which its own light and dark remain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind, BrushOption, Dab
from avatar_core.hair.dye import dyed, lay_on, lightness_details, undyed
from avatar_core.hair.regions import rows_in_capsule

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32
    from avatar_core.hair.brush import BrushSettings
    from avatar_core.hair.canvas import HairCanvas

KEEP_LIGHTNESS = BrushOption(
    "keep_lightness", "Keep lightness",
    "How much hair stays as light as it is; at 0 it becomes as light as the colour.",
    0.0, 1.0, 0.0, decimals=0, scale=100, suffix=" %",
)  # fmt: skip


class DyeBrush:
    """A stroke of dye: however often it passes, it covers no more than its strength.

    With Ctrl it washes dye out, down to the hairstyle as it came.

    Args:
        settings: what the artist chose.
    """

    def __init__(self, settings: BrushSettings) -> None:
        self._settings = settings
        none = np.zeros(0, np.float32)
        self._before, self._details, self._limits, self._covered = none, none, none, none
        self._last: Float32 | None = None

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        """The pen is set down."""
        self._before = canvas.colours.copy()
        self._details = lightness_details(canvas)
        self._limits = canvas.mask * self.limits(canvas)
        self._covered = np.zeros(canvas.count, np.float32)
        self._last = None

    def dab(self, canvas: HairCanvas, dab: Dab) -> None:
        """The pen moves: everything on its way is covered."""
        last = dab.position if self._last is None else self._last
        self._last = dab.position.copy()
        near = rows_in_capsule(
            canvas.means, last, dab.position, dab.radius_m, self._settings.falloff
        )
        wanted = np.float32(min(dab.strength, 1.0)) * near * self._limits
        rows = np.flatnonzero(wanted > self._covered).astype(np.int32)
        covered = self._covered[rows]
        self._covered[rows] = wanted[rows]
        colours = undyed(canvas)[rows] if dab.is_inverted else self._finished(rows)
        lay_on(canvas, rows, colours, (wanted[rows] - covered) / (1 - covered))

    def end(self, canvas: HairCanvas) -> None:
        """The pen is lifted."""

    def limits(self, canvas: HairCanvas) -> Float32:
        """[M] 0..1, how much each takes of the dye at most."""
        return np.ones(canvas.count, np.float32)

    def option(self, option: BrushOption) -> float:
        return self._settings.options.get(option.id, option.default)

    def _finished(self, rows: Int32) -> Float32:
        """[n, 3] with all of the dye."""
        return dyed(
            self._before[rows],
            self._settings.colour,
            self.option(KEEP_LIGHTNESS),
            self._details[rows],
        )


DYE = BrushKind(
    "dye",
    "Dye",
    "Paint the hair with a colour; with Ctrl wash it out.",
    DyeBrush,
    radius_m=0.03,
    strength=0.8,
    options=(KEEP_LIGHTNESS,),
    has_colour=True,
)
