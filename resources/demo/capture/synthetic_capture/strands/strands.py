"""Strands as they are rendered and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float


@dataclass(frozen=True)
class Strands:
    """Polylines [N, K, 3] from root to tip, thinning evenly; metres, head frame."""

    points: Float
    radius_root: float
    radius_tip: float

    @property
    def radii(self) -> Float:
        """[K] half the thickness at each point, metres."""
        return np.linspace(self.radius_root, self.radius_tip, self.points.shape[1])
