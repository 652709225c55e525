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

_RISE = 0.06
"""By this share of its distance along the strand hair rises with each sample, at full strength."""

_MOST_M = 0.05
"""Farther along the strand it rises no faster."""


class Puff(GuideBrush):
    """Strands under the brush are bent towards the normal of the scalp, roots fixed."""

    spring = 0.8
    _head: HeadCollider | None = None

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        super().begin(canvas, dab)
        self._head = canvas.head

    def targets(self, bundle: Bundle, dab: Dab) -> Float32:
        sign = -1 if dab.is_inverted else 1
        rises = np.float32(sign * _RISE * dab.strength) * bundle.arcs_m.clip(0, _MOST_M)
        return moved_by(bundle, bundle.weights * rises, self._normals(bundle))

    def _normals(self, bundle: Bundle) -> Float32:
        """[g, K, 3] which way is out; along the roots for hair without a head."""
        roots = np.broadcast_to(bundle.tangents[:, :1], bundle.nodes.shape)
        if self._head is None:
            return roots
        normals = self._head.outwards(bundle.nodes.reshape(-1, 3)).reshape(bundle.nodes.shape)
        is_far = ~normals.any(axis=2, keepdims=True)
        at_roots = self._head.outwards(bundle.nodes[:, 0])[:, None]
        return np.where(is_far, at_roots, normals)


PUFF = BrushKind(
    "puff",
    "Puff",
    "Lift hair off the scalp; with Ctrl press it flat.",
    Puff,
    radius_m=0.03,
    strength=0.5,
)
