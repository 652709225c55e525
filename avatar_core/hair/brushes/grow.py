"""Grow: hair under the brush gets longer, or shorter with Ctrl."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind, BrushOption, falloff_weights
from avatar_core.hair.courses import Courses
from avatar_core.hair.cut import TAPER_M, let_fall, taper
from avatar_core.hair.growth import LEAST_M, cuts_to, grow, lengths_m, strand_factors
from avatar_core.hair.limits import rows_in_ball

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.hair.brush import BrushSettings, Dab
    from avatar_core.hair.canvas import HairCanvas

_STEP = 0.06
"""What a sample at full strength adds to the length."""


class GrowBrush:
    """Strands that pass through the brush grow, or are shortened, a little with every sample."""

    def __init__(self, settings: BrushSettings) -> None:
        self._falloff = settings.falloff
        self._least_m = settings.options.get("least", LEAST_M)
        self._courses: Courses | None = None
        self._lengths: Float32 = np.zeros(0, np.float32)
        self._left: Float32 = np.zeros(0, np.float32)
        self._grown: Float32 = np.zeros(0, np.float32)

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        """Lengths are told from what they are when the pen is set down."""
        self._courses = Courses(canvas)
        self._lengths = lengths_m(canvas, self._courses)
        self._left = np.ones_like(self._lengths)
        self._grown = np.ones_like(self._lengths)

    def dab(self, canvas: HairCanvas, dab: Dab) -> None:
        """Stretch or shorten what is within the brush."""
        rows = rows_in_ball(canvas.means, dab.position, dab.radius_m)
        distances = np.linalg.norm(canvas.means[rows] - dab.position, axis=1)
        weights = np.zeros(canvas.count, np.float32)
        weights[rows] = falloff_weights(distances, dab.radius_m, self._falloff)
        weights[rows] *= np.float32(dab.strength) * (canvas.mask[rows] > 0)
        if not weights.any():
            return
        assert self._courses is not None
        if dab.is_inverted:
            self._left *= strand_factors(canvas, self._courses, 1 / (1 + _STEP), weights)
            let_fall(canvas, self._courses, self._cuts(), np.zeros(canvas.count, bool))
        else:
            before = self._grown
            self._grown = before * strand_factors(canvas, self._courses, 1 + _STEP, weights)
            grow(canvas, self._courses, self._lengths, self._grown, before)

    def end(self, canvas: HairCanvas) -> None:
        """Make tips of what was shortened."""
        assert self._courses is not None
        if (self._left < 1).any():
            taper(canvas, self._courses, self._cuts(), TAPER_M)

    def _cuts(self) -> Float32:
        assert self._courses is not None
        return cuts_to(self._courses, self._lengths, self._left, self._least_m)


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
