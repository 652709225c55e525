"""Twist: winds a bundle of strands about its own middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind, Dab
from avatar_core.hair.brushes.guide_brush import GuideBrush, turned_about

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.hair.canvas import HairCanvas
    from avatar_core.hair.guides import Bundle

_ANGLE_RAD = 0.12
"""Of each sample, in the middle of the brush at full strength."""


class Twist(GuideBrush):
    """The bundle under the brush is turned about its mean tangent.

    On the person's left it turns one way and on the right the other, so that a mirrored stroke
    looks mirrored.
    """

    _handedness = 1.0

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        super().begin(canvas, dab)
        self._handedness = 1.0 if dab.position[0] >= 0 else -1.0

    def targets(self, bundle: Bundle, dab: Dab) -> Float32:
        weights = bundle.weights[..., None]
        total = max(float(weights.sum()), 1e-9)
        middle = (weights * bundle.nodes).sum(axis=(0, 1)) / total
        axis = (weights * bundle.tangents).sum(axis=(0, 1))
        length = float(np.linalg.norm(axis))
        if length < 1e-6 * total:
            return bundle.nodes
        sign = -self._handedness if dab.is_inverted else self._handedness
        angles = sign * _ANGLE_RAD * dab.strength * bundle.weights
        turned = turned_about(bundle.nodes, middle, axis / length, angles)
        return np.where(weights > 0, turned, bundle.nodes)


TWIST = BrushKind(
    "twist",
    "Twist",
    "Wind the strands under the brush about one another; with Ctrl the other way.",
    Twist,
    radius_m=0.02,
    strength=0.5,
)
