"""SeamBleed: colour that runs over the rims of uv islands, so that no seam shows bare texels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Int32, expect_shapes
from avatar_core.project.paint import TILE
from avatar_core.texture.tiles import tile_set, tiles_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


class SeamBleed:
    """Which texels outside islands repeat which inside; made once for an atlas.

    Args:
        outside: [b] texels outside, each at most once.
        inside: [b] the nearest texel inside of each.
        size: side of the picture.
    """

    def __init__(self, outside: Int32, inside: Int32, size: int) -> None:
        expect_shapes(outside=(outside, "b"), inside=(inside, "b"))
        self.size = size
        tiles = tiles_of(inside, size)
        order = np.argsort(tiles, kind="stable")
        self._outside, self._inside = outside[order], inside[order]
        self._starts = np.searchsorted(tiles[order], np.arange((size // TILE) ** 2 + 1))
        self._is_asked: NDArray[np.bool_] = np.zeros(size * size, bool)

    def of(self, texels: Int32) -> tuple[Int32, Int32]:
        """Those that repeat one of some texels: outside [n] and inside [n]."""
        starts = self._starts
        rows = [np.arange(starts[tile], starts[tile + 1]) for tile in tile_set(texels, self.size)]
        near = np.concatenate([np.zeros(0, np.int64), *rows])
        self._is_asked[texels] = True
        chosen = near[self._is_asked[self._inside[near]]]
        self._is_asked[texels] = False
        return self._outside[chosen], self._inside[chosen]
