"""PaintStore: the paint on a face on the graphics card, brought there tile by tile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import UInt8, expect_shapes
from avatar_core.project.paint import TILE
from avatar_core.render.data_textures import expect_texture_size
from avatar_core.render.state import release_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar_core.frame import Paint

COARSEST = 3
"""Level of detail beyond which neighbouring charts of the atlas would run into one another."""

_CLEAR = (0, 0, 0, 0)
_AS_IT_IS = (128, 128, 128, 255)


class PaintStore:
    """GPU copy of the paint on one face. Takes no memory before there is something to see.

    Args:
        context: OpenGL, current for every call.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self._colour = _Picture(context, _CLEAR, (3,))
        self._shares = _Picture(context, _AS_IT_IS, (0, 1))

    @property
    def is_blank(self) -> bool:
        """Whether the face looks as it does without paint."""
        return self._colour.is_blank and self._shares.is_blank

    @property
    def textures(self) -> dict[str, moderngl.Texture]:
        """By the names that `shaders/paint.glsl` has for them."""
        return {"paint_colour": self._colour.texture, "paint_shares": self._shares.texture}

    def write(self, paint: Paint, tiles: set[int] | None = None) -> None:
        """Load paint.

        Args:
            paint: all of it.
            tiles: where it differs from what was loaded last; None for anywhere.

        Raises:
            ShapeError: not square, or no whole tiles.
            RenderError: the graphics card has no textures of that size.
        """
        self._colour.write(paint.colour, tiles)
        self._shares.write(paint.shares, tiles)

    def release(self) -> None:
        release_all(self._colour, self._shares)


class _Picture:
    """A texture and its smaller levels; a single texel while nothing can be seen of it.

    Args:
        context: OpenGL.
        blank: a texel that says nothing.
        telling: the channels by which that is known.
    """

    def __init__(
        self, context: moderngl.Context, blank: tuple[int, int, int, int], telling: tuple[int, ...]
    ) -> None:
        self._context = context
        self._blank = np.array(blank, np.uint8)
        self._telling = telling
        self._size = 0
        self._used: set[int] = set()
        self.texture = context.texture((1, 1), 4, self._blank.tobytes())

    @property
    def is_blank(self) -> bool:
        return not self._used

    def write(self, values: UInt8, tiles: set[int] | None) -> None:
        size = expect_shapes(values=(values, "S S 4"))["S"]
        if size % TILE:
            raise ShapeError(f"paint: expected a side of whole tiles, got {size}")
        all_tiles = set(range((size // TILE) ** 2))
        if tiles is None or size != self._size:
            tiles = all_tiles
        self._size = size
        used = {tile for tile in tiles & all_tiles if self._says(values[_area(tile, size)])}
        self._used = (self._used - tiles) | used
        if self.texture.size != (size, size):
            if not self._used:
                return
            self._make(size)
            tiles = all_tiles
        for rectangle in rectangles(tiles & all_tiles, size):
            self._upload(values[rectangle], rectangle)

    def _says(self, values: UInt8) -> bool:
        return any((values[..., each] != self._blank[each]).any() for each in self._telling)

    def _make(self, size: int) -> None:
        expect_texture_size(self._context, size, size)
        self.texture.release()
        self.texture = self._context.texture((size, size), 4)
        self.texture.build_mipmaps(0, COARSEST)
        self.texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        self.texture.repeat_x = self.texture.repeat_y = False

    def _upload(self, values: UInt8, rectangle: tuple[slice, slice]) -> None:
        """A part of the finest level, and what it makes of the others."""
        import cv2

        rows, columns = rectangle
        part = np.ascontiguousarray(values)
        for level in range(COARSEST + 1):
            height, width = part.shape[:2]
            place = (columns.start >> level, rows.start >> level, width, height)
            self.texture.write(part, viewport=place, level=level)
            halved = cv2.resize(part, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            part = np.asarray(halved, np.uint8)

    def release(self) -> None:
        self.texture.release()


def rectangles(tiles: set[int], size: int) -> Iterator[tuple[slice, slice]]:
    """Tiles as few rectangles of texels: runs along rows, equal runs one below the other as one.

    Args:
        tiles: by row * (size / TILE) + column.
        size: side of the picture.
    """
    across = size // TILE
    open_runs: dict[tuple[int, int], tuple[int, int]] = {}  # columns: rows
    for row in sorted({tile // across for tile in tiles}):
        runs = set(_runs(sorted(tile % across for tile in tiles if tile // across == row)))
        for columns in [
            each for each, (_, end) in open_runs.items() if end < row or each not in runs
        ]:
            yield _texels(open_runs.pop(columns), columns)
        for columns in runs:
            first, _ = open_runs.get(columns, (row, row))
            open_runs[columns] = first, row + 1
    for columns, rows in open_runs.items():
        yield _texels(rows, columns)


def _runs(places: list[int]) -> Iterator[tuple[int, int]]:
    """Neighbours among rising numbers: the first and the one after the last."""
    start = 0
    for index in range(1, len(places) + 1):
        if index == len(places) or places[index] != places[index - 1] + 1:
            yield places[start], places[index - 1] + 1
            start = index


def _texels(rows: tuple[int, int], columns: tuple[int, int]) -> tuple[slice, slice]:
    return (
        slice(TILE * rows[0], TILE * rows[1]),
        slice(TILE * columns[0], TILE * columns[1]),
    )


def _area(tile: int, size: int) -> tuple[slice, slice]:
    row, column = divmod(tile, size // TILE)
    return _texels((row, row + 1), (column, column + 1))
