"""Puff: lifts hair off the head; inverted, presses it flat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind, Dab
from avatar_core.hair.brushes.guide_brush import GuideBrush, moved_by

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.hair.canvas import HairCanvas
    from avatar_core.hair.collision import HeadCollider
    from avatar_core.hair.guides import Bundle

_RISE = 0.02
"""By this share of its distance along the strand hair rises with each sample, at full strength."""

_MOST_M = 0.04
"""Farther along the strand it rises no faster."""


class Puff(GuideBrush):
    """Strands under the brush are bent towards the normal of the scalp, roots fixed."""

    spring = 0.3
    _head: HeadCollider | None = None

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        super().begin(canvas, dab)
        self._head = canvas.head

    def targets(self, bundle: Bundle, dab: Dab) -> Float32:
        sign = -1 if dab.is_inverted else 1
        rises = np.float32(sign * _RISE * dab.strength) * bundle.arcs_m.clip(0, _MOST_M)
        return moved_by(bundle, bundle.weights * rises, self._outwards(bundle))

    def _outwards(self, bundle: Bundle) -> Float32:
        """[3] which way is out where the brush is; along the roots for hair without a head."""
        if self._head is None:
            ways = np.broadcast_to(bundle.tangents[:, :1], bundle.nodes.shape)
        else:
            ways = self._head.outwards(bundle.nodes.reshape(-1, 3)).reshape(bundle.nodes.shape)
        # One way for all, so that hair is lifted in one piece.
        outwards: Float32 = np.einsum("gk,gki->i", bundle.weights, ways)
        outwards /= np.maximum(np.linalg.norm(outwards), np.float32(1e-9))
        return outwards


PUFF = BrushKind(
    "puff",
    "Puff",
    "Lift hair off the scalp; with Ctrl press it flat.",
    Puff,
    radius_m=0.03,
    strength=0.5,
)
