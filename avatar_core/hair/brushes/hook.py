"""Snake hook: takes hold of the hair where the pen is set down and drags it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind, Dab
from avatar_core.hair.brushes.guide_brush import GuideBrush, moved_by

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.hair.canvas import HairCanvas
    from avatar_core.hair.guides import Bundle

_FULL_STRENGTH = 0.75


class SnakeHook(GuideBrush):
    """What was under the pen at first follows it, however far; hair gets longer or shorter."""

    _held: Bundle | None = None

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        super().begin(canvas, dab)
        held = self.guides.under(dab.position, dab.radius_m, self.settings.falloff)
        if held is not None:
            self._held = self.guides.bundle(held.ids, _reaching_out(held))

    def dab(self, canvas: HairCanvas, dab: Dab) -> None:
        if self._held is None:
            return
        held = self.guides.bundle(self._held.ids, self._held.weights)
        self.guides.bend(held, self.targets(held, dab), self.spring, keeps_lengths=False)
        self.guides.carry(canvas, is_stretched=True)

    def targets(self, bundle: Bundle, dab: Dab) -> Float32:
        share = min(dab.strength / _FULL_STRENGTH, 1.0)
        return moved_by(bundle, share * bundle.weights, dab.motion)


def _reaching_out(held: Bundle) -> Float32:
    """[g, K] weights: what is beyond the brush goes along whole, the way there is stretched."""
    most = held.weights.argmax(axis=1)
    each = np.arange(len(most))
    strongest = held.weights[each, most][:, None]
    way = held.arcs_m / np.maximum(held.arcs_m[each, most], np.float32(1e-6))[:, None]
    is_beyond = np.arange(held.weights.shape[1]) >= most[:, None]
    stretched = np.maximum(held.weights, strongest * way.clip(0, 1) ** 2)
    weights: Float32 = np.where(is_beyond, strongest, stretched).astype(np.float32)
    weights[:, 0] = 0
    return weights


HOOK = BrushKind(
    "hook",
    "Snake hook",
    "Grab hair where the pen is set down and drag it out; it may get longer.",
    SnakeHook,
    radius_m=0.025,
    strength=0.75,
    drags=True,
)
