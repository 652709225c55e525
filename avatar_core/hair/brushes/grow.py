"""Grow: hair under the brush gets longer, or shorter with Ctrl."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind, BrushOption, falloff_weights
from avatar_core.hair.growth import LEAST_M, scale_length

if TYPE_CHECKING:
    from avatar_core.hair.brush import BrushSettings, Dab
    from avatar_core.hair.canvas import HairCanvas

_STEP = 0.06
"""What a sample at full strength adds to the length."""


class GrowBrush:
    """Strands that pass through the brush grow a little with every sample."""

    def __init__(self, settings: BrushSettings) -> None:
        self._falloff = settings.falloff
        self._least_m = settings.options.get("least", LEAST_M)

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        """Nothing to prepare."""

    def dab(self, canvas: HairCanvas, dab: Dab) -> None:
        """Stretch or shorten what is within the brush."""
        distances = np.linalg.norm(canvas.means - dab.position, axis=1)
        weights = falloff_weights(distances, dab.radius_m, self._falloff)
        weights *= dab.strength * (canvas.mask > 0)
        if weights.any():
            factor = 1 / (1 + _STEP) if dab.is_inverted else 1 + _STEP
            scale_length(canvas, factor, self._least_m, weights)

    def end(self, canvas: HairCanvas) -> None:
        """Nothing is left to do."""


GROW = BrushKind(
    "grow",
    "Grow",
    "Make hair under the brush longer; hold Ctrl to shorten it.",
    GrowBrush,
    radius_m=0.025,
    options=(
        BrushOption(
            "least",
            "Minimum length",
            "Hair is not shortened below this.",
            0.0,
            0.1,
            LEAST_M,
            decimals=0,
            scale=1000.0,
            suffix=" mm",
        ),
    ),
)
