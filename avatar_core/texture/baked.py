"""BakedShares: how much paint is left to show where some of it became part of the texture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.project.paint import TILE
from avatar_core.texture.changes import WHOLE

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.project.paint import BakedPaint
    from avatar_core.texture.changes import Area


class BakedShares:
    """What was baked, seen from the painting's texels.

    Args:
        baked: the paint.
        texture_size: side of the texture; its texel j lies at u = j / (texture_size - 1), and row
            0 is the bottom.
        size: side of the painting; its texel j lies at u = (j + 0.5) / size, row 0 the top.
    """

    def __init__(self, baked: BakedPaint, texture_size: int, size: int) -> None:
        self._size, self._texture_size = size, texture_size
        # First what of the paint is left, then how much is baked at all.
        shares = np.zeros((texture_size * texture_size, 2), np.float32)
        shares[:, 0] = 1
        texels = baked.texels[baked.texels < len(shares)]
        shares[texels, 0] = baked.kept[: len(texels)]
        shares[texels, 1] = 1
        self._shares = shares.reshape(texture_size, texture_size, 2)
        self._known: dict[int, Float32] = {}
        self.tiles = self._tiles_near(*np.divmod(texels, np.int32(texture_size)))

    def left(self, tile: int, covered: Float32, is_stale: bool, area: Area = WHOLE) -> Float32:
        """[n] how much of the face live paint covers.

        Args:
            tile: which.
            covered: [n] how much all paint covers.
            is_stale: whether it changed since it was baked: then it covers what is baked wholly.
            area: of the tile, n texels.
        """
        if tile not in self.tiles:
            return covered
        left, is_baked = self._of(tile).reshape(2, TILE, TILE)[:, *area].reshape(2, -1)
        return np.where(is_baked > 0, np.float32(1), covered) if is_stale else covered * left

    def _of(self, tile: int) -> Float32:
        """[2, TILE * TILE] what is left and how much is baked, between texels."""
        known = self._known.get(tile)
        if known is None:
            row, column = (each * TILE for each in divmod(tile, self._size // TILE))
            at = np.arange(TILE, dtype=np.float32) + np.float32(0.5)
            down = _between(self._shares, 1 - (row + at) / np.float32(self._size))
            known = _between(down.transpose(1, 0, 2), (column + at) / np.float32(self._size))
            known = np.ascontiguousarray(known.transpose(2, 1, 0)).reshape(2, -1)
            self._known[tile] = known
        return known

    def _tiles_near(self, row: np.ndarray, column: np.ndarray) -> set[int]:
        """Tiles with a texel of the painting that takes part of one of these."""
        last, tiles_across = self._texture_size - 1, self._size // TILE
        across = np.stack([(column + step) / last for step in (-1, 1)]).clip(0, 1)
        down = np.stack([1 - (row + step) / last for step in (1, -1)]).clip(0, 1)
        first_column, last_column = (across * tiles_across).astype(int).clip(0, tiles_across - 1)
        first_row, last_row = (down * tiles_across).astype(int).clip(0, tiles_across - 1)
        spans = np.unique(np.stack([first_row, last_row, first_column, last_column]), axis=1)
        return {
            int(one) * tiles_across + int(other)
            for top, bottom, left, right in spans.T
            for one in range(top, bottom + 1)
            for other in range(left, right + 1)
        }


def _between(rows: Float32, places: Float32) -> Float32:
    """[n, ...] what lies at places 0..1 between the first and the last of some rows."""
    places = places * np.float32(len(rows) - 1)
    first = places.astype(np.int32).clip(0, len(rows) - 2)
    share = (places - first)[:, None, None].astype(np.float32)
    between: Float32 = rows[first] + share * (rows[first + 1] - rows[first])
    return between
