"""Where portraits stand in their view: tiles of one size, as large as the view allows."""

from __future__ import annotations

import math
from typing import NamedTuple

GAP_PX = 4


class Tile(NamedTuple):
    """Left and top edge, width and height, pixels; the top left pixel of the view is (0, 0)."""

    x: int
    y: int
    width: int
    height: int

    def fitted(self, aspect: float) -> Tile:
        """The largest tile of an aspect, width over height, in the middle of this one."""
        width = min(self.width, self.height * aspect)
        height = width / aspect
        left, top = (self.width - width) / 2, (self.height - height) / 2
        return Tile(
            self.x + round(left),
            self.y + round(top),
            max(1, round(width)),
            max(1, round(height)),
        )


def tiles(aspects: list[float], width: int, height: int, gap_px: int = GAP_PX) -> list[Tile]:
    """Tiles for pictures of some aspects, in rows from the left; an incomplete last one is centred.

    The number of columns is the one that lets the pictures cover most of the view.

    Args:
        aspects: width over height of each.
        width: of the view, pixels.
        height: of the view, pixels.
        gap_px: between two tiles.
    """
    if not aspects:
        return []
    grids = [_grid(len(aspects), columns, width, height, gap_px) for columns in _columns(aspects)]
    return max(grids, key=lambda grid: _covered(aspects, grid))


def natural_aspect(aspects: list[float]) -> float:
    """Width over height of a row of pictures of one height; 1 where there is none."""
    return sum(aspects) or 1.0


def _columns(aspects: list[float]) -> range:
    return range(1, len(aspects) + 1)


def _covered(aspects: list[float], grid: list[Tile]) -> int:
    shown = [tile.fitted(aspect) for tile, aspect in zip(grid, aspects, strict=True)]
    return sum(tile.width * tile.height for tile in shown)


def _grid(count: int, columns: int, width: int, height: int, gap_px: int) -> list[Tile]:
    rows = math.ceil(count / columns)
    across, down = _cuts(columns, width, gap_px), _cuts(rows, height, gap_px)
    absent = rows * columns - count
    centring = round(absent * (across[0][1] + gap_px) / 2)
    grid = []
    for index in range(count):
        row, column = divmod(index, columns)
        x = across[column][0] + (centring if row == rows - 1 else 0)
        grid.append(Tile(x, down[row][0], across[column][1], down[row][1]))
    return grid


def _cuts(count: int, length: int, gap_px: int) -> list[tuple[int, int]]:
    """Begin and length of `count` equal pieces with gaps between them."""
    step = max(1.0, (length - gap_px * (count - 1)) / count) + gap_px
    begins = [round(index * step) for index in range(count)]
    ends = [round((index + 1) * step - gap_px) for index in range(count)]
    return [(begin, max(1, end - begin)) for begin, end in zip(begins, ends, strict=True)]
