"""Pinch: draws strands together; inverted, spreads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind, Dab
from avatar_core.hair.brushes.guide_brush import GuideBrush, moved_by

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.hair.guides import Bundle

_SHARE = 0.15
"""Of the way to the middle that is made with each sample, at full strength."""


class Pinch(GuideBrush):
    """Strands are drawn towards the line of sight through the middle of the brush."""

    def targets(self, bundle: Bundle, dab: Dab) -> Float32:
        away = bundle.nodes - dab.position
        across = away - (away @ dab.view)[..., None] * dab.view
        # Hair is not drawn along itself, which would only crumple it.
        tangents = bundle.tangents
        across = across - np.einsum("gki,gki->gk", across, tangents)[..., None] * tangents
        sign = 1 if dab.is_inverted else -1
        return moved_by(bundle, bundle.weights, sign * _SHARE * dab.strength * across)


PINCH = BrushKind(
    "pinch",
    "Pinch",
    "Draw strands together under the brush; with Ctrl spread them.",
    Pinch,
    radius_m=0.025,
    strength=0.5,
)
