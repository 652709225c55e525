"""Strands that are drawn alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float32, Int


@dataclass(frozen=True)
class StrandSet:
    """N polylines of K points that are drawn alike.

    Args:
        points: [N, K, 3] metres, head frame, neutral.
        colours: [N, K, 3] sRGB.
        half_width: [K] metres.
        carriers: [N, 3] vertices of the head whose motion each strand follows, or None for hair.
        carrier_weights: [N, 3].
    """

    points: Float32
    colours: Float32
    half_width: Float32
    carriers: Int | None = None
    carrier_weights: Float32 | None = None
