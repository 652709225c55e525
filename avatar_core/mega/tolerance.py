"""How far an avatar's look may lag behind what it shows, for the sake of speed."""

from __future__ import annotations

from dataclasses import dataclass
from math import radians


@dataclass(frozen=True, slots=True)
class DecodeTolerance:
    """Differences from what was decoded last that need no new texture.

    Args:
        view_rad: angle between two directions from which the head is seen, radians.
        driving: largest difference of any value of the expression or the joints' angles.
    """

    view_rad: float
    driving: float


EXACT = DecodeTolerance(0.0, 0.0)
"""For pictures that are kept."""

LIVE = DecodeTolerance(radians(0.5), 2e-3)
"""Below what can be seen."""
