"""Smooth: strands run alike and without kinks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brush import BrushKind, BrushOption, Dab
from avatar_core.hair.brushes.guide_brush import GuideBrush

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.hair.guides import Bundle

_SHARE = 0.3
"""Of the way to smooth that is made with each sample, at full strength."""

_NEIGHBOURS = 16
_REACH = 0.5
"""How far strands look for others, as a share of the brush's radius."""

_ALONG = BrushOption(
    "along", "Along strands", "How much kinks and waves are taken out.", 0.0, 1.0, 0.5
)
_ACROSS = BrushOption(
    "across", "Across strands", "How much neighbouring strands are made alike.", 0.0, 1.0, 0.5
)


class Smooth(GuideBrush):
    """Directions are drawn towards those of the neighbours, lengths kept."""

    spring, trail_m = 0.0, 0.0

    def targets(self, bundle: Bundle, dab: Dab) -> Float32:
        parts = np.diff(bundle.nodes, axis=1)
        lengths = np.linalg.norm(parts, axis=2, keepdims=True)
        directions = parts / np.maximum(lengths, np.float32(1e-9))
        held = np.maximum(bundle.weights[:, 1:], bundle.weights[:, :-1])[..., None]
        along = self.option(_ALONG.id, _ALONG.default) * (_along(directions) - directions)
        middles = 0.5 * (bundle.nodes[:, 1:] + bundle.nodes[:, :-1])
        across = _across(middles, directions, held[..., 0], _REACH * dab.radius_m)
        across = self.option(_ACROSS.id, _ACROSS.default) * (across - directions)
        wanted = directions + _SHARE * dab.strength * held * (along + across)
        wanted /= np.maximum(np.linalg.norm(wanted, axis=2, keepdims=True), np.float32(1e-9))
        changes = np.cumsum(lengths * (wanted - directions), axis=1)
        targets = bundle.nodes.copy()
        targets[:, 1:] += changes
        return targets


def _along(directions: Float32) -> Float32:
    """Means [g, P, 3] with the parts before and after; the first and the last stay."""
    smooth = directions.copy()
    smooth[:, 1:-1] = 0.25 * (directions[:, :-2] + 2 * directions[:, 1:-1] + directions[:, 2:])
    return smooth


def _across(middles: Float32, directions: Float32, held: Float32, reach_m: float) -> Float32:
    """Means [g, P, 3] of directions near by, of strands that run about the same way.

    Args:
        middles: [g, P, 3] of parts, metres.
        directions: [g, P, 3] unit vectors.
        held: [g, P]; parts that are not held are left as they are.
        reach_m: how far neighbours may be.
    """
    from scipy.spatial import cKDTree

    result = directions.copy()
    chosen = np.nonzero(held > 0)
    if len(chosen[0]) < 2 or reach_m <= 0:
        return result
    places, own = middles[chosen], directions[chosen]
    count = min(_NEIGHBOURS, len(places))
    found = cKDTree(places).query(places, k=range(1, count + 1), distance_upper_bound=reach_m)
    distances, nearest = np.asarray(found[0]), np.asarray(found[1])
    is_missing = nearest == len(places)
    others = own[np.where(is_missing, 0, nearest)]
    alike = np.einsum("nki,ni->nk", others, own).clip(0, None)
    weights = np.where(is_missing, 0, alike * (1 - (distances / reach_m).clip(0, 1)))
    means = np.einsum("nk,nki->ni", weights, others)
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    result[chosen] = means
    return result


SMOOTH = BrushKind(
    "smooth",
    "Smooth",
    "Take kinks out of strands and make neighbours run alike.",
    Smooth,
    radius_m=0.03,
    strength=0.5,
    options=(_ALONG, _ACROSS),
)
