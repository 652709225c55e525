"""TileEdit: which tiles of a picture changed, and how, in a form that is its own inverse."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.project.paint import SIZES, TILE, Raster, UInt16
from avatar_core.project.plain import damaged
from avatar_core.project.tile_bytes import pack_tiles, unpack_places, unpack_tiles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avatar_core.geometry import Int32, UInt8
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project.plain import Arrays, Fields, PlainData


@dataclass(frozen=True, slots=True, eq=False)
class TileEdit:
    """Touched tiles and the XOR of their old and new bits, compressed; a missing tile is zeros.

    Args:
        size: side of the picture.
        channels: of the picture.
        tiles: [k] rising.
        packed: the XOR of old and new tiles, see `pack_tiles`.
        checks: [2] uint32 CRC-32 of the touched tiles before and after, since XOR on any other
            state would give numbers that look right.
        is_there: whether there was a picture before, and after; one may be without tiles.
    """

    size: int
    channels: int
    tiles: Int32
    packed: UInt8
    checks: np.ndarray[tuple[int, ...], np.dtype[np.uint32]]
    is_there: tuple[bool, bool]

    @classmethod
    def between(
        cls, before: Raster | None, after: Raster | None, size: int, channels: int
    ) -> TileEdit:
        """The edit that turns one picture of such size and channels into another; None for none.

        Raises:
            ValueError: one has another size or channels, or holds a tile that is all zero.
        """
        old, new = (each or Raster(size, channels) for each in (before, after))
        for raster in (old, new):
            if (raster.size, raster.channels) != (size, channels):
                raise ValueError(f"raster: expected a picture of {size}, got {raster.size}")
        tiles = [index for index in sorted({*old.tiles, *new.tiles}) if _differs(old, new, index)]
        for raster in (old, new):
            if not all(raster.tiles[index].any() for index in tiles if index in raster.tiles):
                raise ValueError("tiles: expected none that is all zero")
        pairs = [(_tile(old, index), _tile(new, index)) for index in tiles]
        return cls(
            size=old.size,
            channels=old.channels,
            tiles=np.array(tiles, np.int32),
            packed=pack_tiles((one ^ other for one, other in pairs), old.channels),
            checks=np.array(
                [_check(one for one, _ in pairs), _check(other for _, other in pairs)], np.uint32
            ),
            is_there=(before is not None, after is not None),
        )

    def done(self, raster: Raster | None) -> Raster | None:
        """The picture after the edit; a new value.

        Raises:
            ValueError: the edit was made for another state of the picture.
        """
        return self._turned(raster, 0)

    def undone(self, raster: Raster | None) -> Raster | None:
        """The picture before the edit, bit for bit; raises like `done`."""
        return self._turned(raster, 1)

    @property
    def changes_nothing(self) -> bool:
        return len(self.tiles) == 0 and self.is_there[0] == self.is_there[1]

    @property
    def nbytes(self) -> int:
        return self.tiles.nbytes + self.packed.nbytes + self.checks.nbytes

    def pack(self, arrays: dict[str, AnyArray]) -> PlainData:
        """The plain data of a record; what is long goes into its arrays."""
        arrays["tiles"], arrays["packed"], arrays["checks"] = self.tiles, self.packed, self.checks
        before, after = self.is_there
        return {"size": self.size, "channels": self.channels, "before": before, "after": after}

    @classmethod
    def unpack(cls, fields: Fields, arrays: Arrays, channels: int) -> TileEdit:
        """What `pack` gave, for a picture of so many channels.

        Raises:
            ProjectFormatError: missing, or no such edit.
        """
        size = fields.whole("size", SIZES[0], SIZES[-1])
        if size not in SIZES or fields.whole("channels", 1, 4) != channels:
            raise damaged("an edit is of an impossible picture")
        places = unpack_places(arrays, "tiles", size)
        packed = arrays.get("packed", np.uint8, "*")
        unpack_tiles(packed, len(places), channels)
        return cls(
            size=size,
            channels=channels,
            tiles=np.array(places, np.int32),
            packed=packed,
            checks=arrays.get("checks", np.uint32, "2"),
            is_there=(fields.flag("before"), fields.flag("after")),
        )

    def _turned(self, raster: Raster | None, start: int) -> Raster | None:
        if (raster is not None) != self.is_there[start]:
            raise ValueError("raster: the edit was made for a picture that was, or was not, there")
        raster = raster or Raster(self.size, self.channels)
        if (raster.size, raster.channels) != (self.size, self.channels):
            raise ValueError(f"raster: the edit was made for size {self.size}, got {raster.size}")
        places = [int(place) for place in self.tiles]
        old = [_tile(raster, place) for place in places]
        if _check(old) != int(self.checks[start]):
            raise ValueError("raster: the edit was made for another state of it")
        changes = unpack_tiles(self.packed, len(places), self.channels)
        tiles = dict(raster.tiles)
        for place, tile, change in zip(places, old, changes, strict=True):
            tiles[place] = tile ^ change
            if not tiles[place].any():
                del tiles[place]
        return Raster(self.size, self.channels, tiles) if self.is_there[1 - start] else None


def _tile(raster: Raster, index: int) -> UInt16:
    tile = raster.tiles.get(index)
    return np.zeros((TILE, TILE, raster.channels), np.uint16) if tile is None else tile


def _differs(old: Raster, new: Raster, index: int) -> bool:
    one, other = old.tiles.get(index), new.tiles.get(index)
    if one is other:
        return False
    return one is None or other is None or not np.array_equal(one, other)


def _check(tiles: Iterable[UInt16]) -> int:
    check = 0
    for tile in tiles:
        check = zlib.crc32(np.ascontiguousarray(tile, "<u2").data, check)
    return check
