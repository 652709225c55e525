"""Delete: Gaussians under the brush are taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind
from avatar_core.hair.limits import free, rows_where

if TYPE_CHECKING:
    from avatar_core.hair.brush import BrushSettings, Dab
    from avatar_core.hair.canvas import HairCanvas


class DeleteBrush:
    """Whatever it touches is gone, roots and tips alike; `Cut` is what a hairdresser does."""

    def __init__(self, settings: BrushSettings) -> None:
        pass

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        """Nothing to prepare."""

    def dab(self, canvas: HairCanvas, dab: Dab) -> None:
        """Take away what lies within the brush."""
        near = np.linalg.norm(canvas.means - dab.position, axis=1) < dab.radius_m
        canvas.delete(rows_where(near & free(canvas)))

    def end(self, canvas: HairCanvas) -> None:
        """Nothing is left to do."""


DELETE = BrushKind(
    "delete",
    "Delete",
    "Take away the hair under the brush; other layers and undo keep it.",
    DeleteBrush,
    radius_m=0.015,
    strength=1.0,
)
