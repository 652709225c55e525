"""Cut: hair is cut where the brush passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind, BrushOption
from avatar_core.hair.courses import Courses
from avatar_core.hair.cut import TAPER_M, cut_of, cuts_at, drop_loose, let_fall, taper

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32
    from avatar_core.hair.brush import BrushSettings, Dab
    from avatar_core.hair.canvas import HairCanvas


class CutBrush:
    """What the brush passes falls at once; the tips are made when the pen is lifted."""

    def __init__(self, settings: BrushSettings) -> None:
        self._taper_m = settings.options.get("taper", TAPER_M)
        self._courses: Courses | None = None
        self._cuts: Float32 = np.zeros(0, np.float32)
        self._fallen: list[Int32] = []

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        """Strands are cut as they are when the pen is set down."""
        self._courses = Courses(canvas)
        self._cuts = np.full(canvas.count, np.inf, np.float32)

    def dab(self, canvas: HairCanvas, dab: Dab) -> None:
        """Cut what is within the brush."""
        assert self._courses is not None
        distances = np.linalg.norm(canvas.means - dab.position, axis=1)
        inside = (distances < dab.radius_m) & (canvas.mask >= 0.5)
        if not inside.any():
            return
        cuts = cuts_at(canvas, self._courses, inside)
        self._fallen.append(let_fall(canvas, self._courses, cuts, inside))
        self._cuts = np.minimum(self._cuts, cuts)

    def end(self, canvas: HairCanvas) -> None:
        """Let go what hung on what was cut, and make tips."""
        if self._courses is not None and self._fallen:
            fallen = np.concatenate(self._fallen)
            drop_loose(canvas, fallen)
            cuts = cut_of(self._courses, self._cuts, fallen)
            taper(canvas, self._courses, cuts, self._taper_m)


CUT = BrushKind(
    "cut",
    "Cut",
    "Cut hair where the brush passes; what hangs below falls too.",
    CutBrush,
    radius_m=0.008,
    strength=1.0,
    options=(
        BrushOption(
            "taper",
            "Tapered tips",
            "Length over which the new tips get thinner and fainter.",
            0.0,
            0.03,
            TAPER_M,
            decimals=1,
            scale=1000.0,
            suffix=" mm",
        ),
    ),
)
