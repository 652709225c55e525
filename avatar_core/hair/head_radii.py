"""A head as seen from its middle: how far the skin is in each of some hundred directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.heads import neutral_parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry.shapes import Float64
    from avatar_core.heads import ParametricHead

_DIRECTIONS = 320
_CELLS = 96

_FACING = 0.6
"""Directions closer to the front than this (cosine) look at the face, not at ears and neck."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadRadii:
    """A head as seen from a point in it.

    Args:
        centre: [3] that point, metres.
        directions: [D, 3] unit.
        table: [G, G] the nearest direction to each cell of an octahedral map of all directions.
        radii: [D] metres to the skin; 0 where there is none.
        on_scalp: [D] whether there is scalp.
        in_face: [D] whether there is face.
        size_m: from the middle to the scalp, on average.
        width_m: of the scalp.
    """

    centre: Float64
    directions: Float64
    table: NDArray[np.int64]
    radii: Float64
    on_scalp: NDArray[np.bool_]
    in_face: NDArray[np.bool_]
    size_m: float
    width_m: float

    @classmethod
    def of(cls, head: ParametricHead) -> HeadRadii:
        """Of a head at rest, whose scalp is named.

        Raises:
            AssetError: the head has no scalp.
        """
        ids = head.topology.scalp_vertex_ids
        if len(ids) < 3:
            raise AssetError(
                "This head does not say where its scalp is, so no hair can be fitted to it.",
                "Choose an avatar whose head model has a scalp.",
            )
        vertices = head.pose(neutral_parameters(head)).astype(np.float64)
        low, high = vertices[ids].min(axis=0), vertices[ids].max(axis=0)
        centre = 0.5 * (low + high)
        directions = _sphere(_DIRECTIONS)
        table = _direction_table(directions)
        radii = np.zeros(len(directions))
        offsets = vertices - centre
        offsets = offsets[np.linalg.norm(offsets, axis=1) < np.linalg.norm(high - low)]
        np.maximum.at(radii, _looked_up(table, offsets), np.linalg.norm(offsets, axis=1))
        scalp = vertices[ids] - centre
        bins = _looked_up(table, scalp)
        counts = np.bincount(bins, minlength=len(directions))
        on_scalp = counts > 0
        sums = np.bincount(bins, np.linalg.norm(scalp, axis=1), minlength=len(directions))
        radii[on_scalp] = sums[on_scalp] / counts[on_scalp]
        in_face = ~on_scalp & (directions[:, 2] > _FACING) & (radii > 0)
        size_m = float(radii[on_scalp].mean())
        width_m = float(high[0] - low[0])
        return cls(centre, directions, table, radii, on_scalp, in_face, size_m, width_m)

    def seen(self, points: Float64) -> tuple[NDArray[np.int64], Float64]:
        """In which direction each point [n, 3] lies, and how far from the middle, metres."""
        offsets = points - self.centre
        return _looked_up(self.table, offsets), np.linalg.norm(offsets, axis=1)


def _sphere(count: int) -> Float64:
    """[count, 3] directions, evenly spread (a Fibonacci lattice)."""
    index = np.arange(count) + 0.5
    height = 1 - 2 * index / count
    around = np.pi * (1 + 5**0.5) * index
    level = np.sqrt(1 - height * height)
    return np.stack([level * np.cos(around), height, level * np.sin(around)], axis=1)


def _direction_table(directions: Float64) -> NDArray[np.int64]:
    """[G, G] the nearest of directions [D, 3] to the middle of each cell of the map."""
    middles = (np.arange(_CELLS) + 0.5) / _CELLS * 2 - 1
    u, v = np.meshgrid(middles, middles, indexing="ij")
    height = 1 - np.abs(u) - np.abs(v)
    fold = np.maximum(-height, 0)
    cells = np.stack([u - np.copysign(fold, u), v - np.copysign(fold, v), height], axis=-1)
    nearest: NDArray[np.int64] = (cells @ directions.T).argmax(axis=-1)
    return nearest


def _looked_up(table: NDArray[np.int64], offsets: Float64) -> NDArray[np.int64]:
    """[n] the direction in which each offset [n, 3] lies.

    Source:
        Cigolle et al. 2014, A Survey of Efficient Representations for Independent Unit Vectors,
        section 3.3 (octahedral map).
    """
    unit = offsets / np.maximum(np.abs(offsets).sum(axis=1, keepdims=True), 1e-12)
    flat, is_below = unit[:, :2], unit[:, 2] < 0
    folded = np.copysign(1 - np.abs(flat[:, ::-1]), flat)
    flat = np.where(is_below[:, None], folded, flat)
    cells = ((flat + 1) * (0.5 * _CELLS)).astype(np.int64).clip(0, _CELLS - 1)
    found: NDArray[np.int64] = table[cells[:, 0], cells[:, 1]]
    return found
