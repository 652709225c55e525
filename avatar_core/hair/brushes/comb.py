"""Comb: strands follow the pen, as if teeth went through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind, BrushOption, Dab
from avatar_core.hair.brushes.guide_brush import GuideBrush, moved_by

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.hair.guides import Bundle

_FULL_STRENGTH = 0.75
"""From here on hair in the middle of the brush keeps up with the pen."""

_ROOTS = BrushOption(
    "roots", "Hold roots", "How much hair near the scalp holds still.", 0.0, 1.0, 0.6
)
_ROOT_M = 0.04
"""How far from the scalp hair is held."""


class Comb(GuideBrush):
    """What is under the brush goes with it; segments keep their lengths."""

    def targets(self, bundle: Bundle, dab: Dab) -> Float32:
        share = min(dab.strength / _FULL_STRENGTH, 1.0) * (-1 if dab.is_inverted else 1)
        weights = share * bundle.weights * self._looseness(bundle)
        return moved_by(bundle, weights, dab.motion)

    def _looseness(self, bundle: Bundle) -> Float32:
        """[g, K] 0..1, less near the scalp."""
        near = (1 - bundle.arcs_m / _ROOT_M).clip(0, 1)
        return np.asarray(1 - self.option(_ROOTS.id, _ROOTS.default) * near**2, np.float32)


COMB = BrushKind(
    "comb",
    "Comb",
    "Drag hair along; it keeps its length and stays out of the head.",
    Comb,
    radius_m=0.03,
    strength=0.5,
    options=(_ROOTS,),
    drags=True,
)
