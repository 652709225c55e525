"""Pictures in tiles: read and written where they are touched, in numbers 0..1, premultiplied.

Texels are flat places, row * size + column, the top row first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.project.paint import FULL, TILE, Raster, UInt16

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

Rectangle: TypeAlias = tuple[int, int, int, int]
"""First row, first column, rows, columns; texels."""

_BITS = TILE.bit_length() - 1
_REST = TILE - 1
_IN_TILE = TILE * TILE
_SCALE = np.float32(1 / FULL)


def to_floats(values: UInt16) -> Float32:
    """Stored numbers as 0..1."""
    return values * _SCALE


def to_stored(values: Float32) -> UInt16:
    """Numbers as they are stored; those out of 0..1 become the nearest within, NaN becomes 0.

    Premultiplied colours, those with 4 channels, never exceed their coverage.
    """
    whole = np.fmin(np.fmax(values, np.float32(0)), np.float32(1))  # these leave out NaN
    if whole.shape[-1] == 4:
        np.minimum(whole, whole[..., 3:], out=whole)
    whole *= np.float32(FULL)
    return np.rint(whole, out=whole).astype(np.uint16)


def tiles_of(texels: Int32, size: int) -> Int32:
    """[n] the tile that each texel is in."""
    row, column = np.divmod(texels, np.int32(size))
    return (row >> _BITS) * np.int32(size >> _BITS) + (column >> _BITS)


def tile_set(texels: Int32, size: int) -> set[int]:
    """The tiles that some texels are in."""
    is_touched = np.zeros((size >> _BITS) ** 2, bool)
    is_touched[tiles_of(texels, size)] = True
    return set(np.flatnonzero(is_touched).tolist())


def tiles_in(rectangle: Rectangle, size: int) -> set[int]:
    """The tiles that a rectangle meets; what lies outside the picture does not count."""
    row, column, rows, columns = _clipped(rectangle, size)
    if rows <= 0 or columns <= 0:
        return set()
    across = size >> _BITS
    return {
        down * across + along
        for down in range(row >> _BITS, (row + rows - 1 >> _BITS) + 1)
        for along in range(column >> _BITS, (column + columns - 1 >> _BITS) + 1)
    }


def raster_of(size: int, channels: int, tiles: Mapping[int, UInt16]) -> Raster:
    """A raster of tiles of which some may be all zero."""
    kept = {index: tile for index, tile in tiles.items() if tile.any()}
    return Raster(size, channels, kept)


def with_tiles(raster: Raster, tiles: Mapping[int, UInt16]) -> Raster:
    """The same with other tiles in places; those that are all zero are dropped."""
    if tiles.keys() <= raster.tiles.keys() and all(tile.any() for tile in tiles.values()):
        return raster.with_texels(tiles)
    kept = {index: tile for index, tile in raster.tiles.items() if index not in tiles}
    kept.update((index, tile) for index, tile in tiles.items() if tile.any())
    return Raster(raster.size, raster.channels, kept)


def raster_from(picture: Float32) -> Raster:
    """A raster of a whole picture [S, S, 4] premultiplied or [S, S, 1], numbers 0..1.

    Raises:
        ShapeError: not square, or its side is no multiple of `TILE`.
    """
    expect_shapes(picture=(picture, "S S *"))
    size, _, channels = picture.shape
    across = size // TILE
    if across * TILE != size:
        raise ShapeError(f"picture: expected a side of whole tiles, got {size}")
    stored = to_stored(picture).reshape(across, TILE, across, TILE, channels)
    tiles = np.ascontiguousarray(stored.transpose(0, 2, 1, 3, 4))
    tiles = tiles.reshape(across * across, TILE, TILE, channels)
    # Copies, so that one tile which is kept does not keep all others.
    used = np.flatnonzero(tiles.any(axis=(1, 2, 3))).tolist()
    return Raster(size, channels, {index: tiles[index].copy() for index in used})


def whole_picture(raster: Raster) -> Float32:
    """The whole raster, [S, S, channels] 0..1."""
    return to_floats(whole_stored(raster))


def whole_stored(raster: Raster) -> UInt16:
    """The whole raster as it is stored, [S, S, channels]."""
    picture = np.zeros((raster.size, raster.size, raster.channels), np.uint16)
    for index, tile in raster.tiles.items():
        down, along = divmod(index, raster.across)
        picture[down * TILE : (down + 1) * TILE, along * TILE : (along + 1) * TILE] = tile
    return picture


def write_region(raster: Raster, rectangle: Rectangle, values: Float32) -> Raster:
    """The raster with other numbers in a rectangle; what lies outside the picture is left out.

    Args:
        raster: stays as it is.
        rectangle: where.
        values: [rows, columns, channels] 0..1.

    Raises:
        ShapeError: the values have another shape than the rectangle.
    """
    _, _, rows, columns = rectangle
    expect_shapes(values=(values, f"{rows} {columns} {raster.channels}"))
    written = {}
    for index in tiles_in(rectangle, raster.size):
        inside, outside = _overlap(index, raster, rectangle)
        known = raster.tiles.get(index)
        tile = _empty_tile(raster.channels) if known is None else known.copy()
        tile[inside] = to_stored(values[outside])
        written[index] = tile
    return with_tiles(raster, written)


def gather(raster: Raster, texels: Int32) -> Float32:
    """[n, channels] 0..1 of some texels."""
    return to_floats(RasterCopy(raster).stored(texels))


def scatter(raster: Raster, texels: Int32, values: Float32) -> Raster:
    """The raster with other numbers [n, channels] in some texels, each at most once."""
    copy = RasterCopy(raster)
    copy.store(texels, to_stored(values))
    return copy.raster()


def resized(raster: Raster, size: int) -> Raster:
    """The raster at another size: averaged over areas when smaller, bilinear when larger."""
    if size == raster.size:
        return raster
    if not raster.tiles:
        return Raster(size, raster.channels)
    return raster_from(resized_picture(whole_picture(raster), size))


def resized_picture(picture: Float32, size: int) -> Float32:
    """A picture [H, W, C] as a square one [size, size, C]; see `resized`."""
    import cv2

    expect_shapes(picture=(picture, "H W C"))
    is_smaller = size < max(picture.shape[:2])
    method = cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR
    scaled = cv2.resize(np.ascontiguousarray(picture), (size, size), interpolation=method)
    return scaled.reshape(size, size, picture.shape[2]).astype(np.float32, copy=False)


class RasterCopy:
    """A working copy of a raster, in which texels are read and written by their places.

    Tiles are taken from the raster when they are first met, so a copy costs what is touched.
    """

    def __init__(self, raster: Raster) -> None:
        self.size = raster.size
        self.channels = raster.channels
        self._raster = raster
        self._slots = np.full(raster.across**2, -1, np.int32)
        self._pool = np.zeros((0, _IN_TILE, raster.channels), np.uint16)
        self._used = 0
        self._written: set[int] = set()

    @property
    def written(self) -> frozenset[int]:
        """Tiles that were written since `raster` was last called."""
        return frozenset(self._written)

    def stored(self, texels: Int32) -> UInt16:
        """[n, channels] as it is stored."""
        places, _ = self._places(texels)
        values: UInt16 = self._pool.reshape(-1, self.channels).take(places, axis=0)
        return values

    def store(self, texels: Int32, values: UInt16) -> None:
        """Write [n, channels] as it is to be stored; each texel at most once."""
        expect_shapes(texels=(texels, "n"), values=(values, f"n {self.channels}"))
        places, touched = self._places(texels)
        self._pool.reshape(-1, self.channels)[places] = values
        self._written.update(touched)

    def raster(self) -> Raster:
        """What it is by now, a value; only tiles that were written meanwhile are copied."""
        if self._written:
            tiles = {index: self._tile(index) for index in self._written}
            self._raster = with_tiles(self._raster, tiles)
            self._written = set()
        return self._raster

    def _tile(self, index: int) -> UInt16:
        tile: UInt16 = self._pool[self._slots[index]].reshape(TILE, TILE, self.channels)
        return tile.copy()

    def _places(self, texels: Int32) -> tuple[NDArray[np.int64], list[int]]:
        """[n] where texels are in the pool, and their tiles, which are in it afterwards."""
        row, column = np.divmod(texels, np.int32(self.size))
        tiles = (row >> _BITS) * np.int32(self._raster.across) + (column >> _BITS)
        is_touched = np.zeros(len(self._slots), bool)
        is_touched[tiles] = True
        touched = np.flatnonzero(is_touched).tolist()
        self._fetch(index for index in touched if self._slots[index] < 0)
        within = ((row & _REST) << _BITS) + (column & _REST)
        return self._slots[tiles].astype(np.int64) * _IN_TILE + within, touched

    def _fetch(self, missing: Iterable[int]) -> None:
        for index in missing:
            if self._used == len(self._pool):
                more = np.zeros((max(16, self._used), _IN_TILE, self.channels), np.uint16)
                self._pool = np.concatenate([self._pool, more])
            tile = self._raster.tiles.get(index)
            if tile is not None:
                self._pool[self._used] = tile.reshape(_IN_TILE, self.channels)
            self._slots[index] = self._used
            self._used += 1


def _empty_tile(channels: int) -> UInt16:
    return np.zeros((TILE, TILE, channels), np.uint16)


def _clipped(rectangle: Rectangle, size: int) -> Rectangle:
    row, column, rows, columns = rectangle
    top, left = max(row, 0), max(column, 0)
    return top, left, min(row + rows, size) - top, min(column + columns, size) - left


_Slices: TypeAlias = tuple[slice, slice]


def _overlap(index: int, raster: Raster, rectangle: Rectangle) -> tuple[_Slices, _Slices]:
    """What a tile and a rectangle share: within the tile, and within the rectangle."""
    row, column, rows, columns = _clipped(rectangle, raster.size)
    down, along = (each * TILE for each in divmod(index, raster.across))
    top, left = max(row, down), max(column, along)
    bottom, right = min(row + rows, down + TILE), min(column + columns, along + TILE)
    inside = (slice(top - down, bottom - down), slice(left - along, right - along))
    first_row, first_column, *_ = rectangle
    outside = (
        slice(top - first_row, bottom - first_row),
        slice(left - first_column, right - first_column),
    )
    return inside, outside
