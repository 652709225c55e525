"""Density: more hair between hair under the brush, or less of it with Ctrl."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind, BrushOption
from avatar_core.hair.density import add_between, remove_close

if TYPE_CHECKING:
    from avatar_core.hair.brush import BrushSettings, Dab
    from avatar_core.hair.canvas import HairCanvas

_SHARE = 0.3
"""Of the Gaussians under the brush, how many a sample at full strength tries."""

_APART_M = 0.0015


class DensityBrush:
    """Adds or removes until Gaussians are as far apart as wanted."""

    def __init__(self, settings: BrushSettings) -> None:
        self._apart_m = settings.options.get("apart", _APART_M)
        self._random = np.random.default_rng(0)

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        """The same hair always gets the same additions."""
        self._random = np.random.default_rng(canvas.count)

    def dab(self, canvas: HairCanvas, dab: Dab) -> None:
        """Add a few or remove a few."""
        change = remove_close if dab.is_inverted else add_between
        share = _SHARE * dab.strength
        change(canvas, dab.position, dab.radius_m, self._apart_m, share, self._random)

    def end(self, canvas: HairCanvas) -> None:
        """Nothing is left to do."""


DENSITY = BrushKind(
    "density",
    "Density",
    "Add hair between hair; hold Ctrl to thin it out.",
    DensityBrush,
    radius_m=0.02,
    options=(
        BrushOption(
            "apart",
            "Minimum distance",
            "Hair is added or removed until Gaussians are this far apart.",
            0.0003,
            0.01,
            _APART_M,
            decimals=1,
            scale=1000.0,
            suffix=" mm",
        ),
    ),
)
