"""Tiles of pictures as few bytes, for files and for the history, exact to the last bit."""

from __future__ import annotations

import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.project.paint import TILE, Raster, UInt16
from avatar_core.project.plain import Arrays, damaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from avatar_core.geometry import UInt8
    from avatar_core.geometry.shapes import AnyArray

_FASTEST, _AS_IT_IS = 1, 0
_level = ContextVar("level", default=_FASTEST)
_AT_ONCE = 64
"""Tiles in one run, which is a zlib stream of its own."""
_PIECE_BYTES = 1 << 18


def pack_tiles(tiles: Iterable[UInt16], channels: int) -> UInt8:
    """Tiles [TILE, TILE, channels] as zlib bytes, in runs that threads share.

    Neighbours differ little and high bytes repeat, so differences along rows are kept, all low
    bytes of a channel before all high ones.
    """
    source = iter(tiles)
    runs = iter(lambda: list(islice(source, _AT_ONCE)), [])
    packed = partial(_packed, channels=channels, level=_level.get())
    with ThreadPoolExecutor(os.cpu_count(), "pack") as pool:
        parts = [np.frombuffer(part, np.uint8) for part in pool.map(packed, runs)]
    return np.concatenate([np.empty(0, np.uint8), *parts])


@contextmanager
def packed_loosely() -> Iterator[None]:
    """Whatever is packed meanwhile takes little time in place of little room.

    For what has to be on the disk before an edit is done, and goes with the next save.
    """
    before = _level.set(_AS_IT_IS)
    try:
        yield
    finally:
        _level.reset(before)


def unpack_tiles(packed: UInt8, count: int, channels: int) -> list[UInt16]:
    """So many tiles [TILE, TILE, channels] of what `pack_tiles` gave; no longer to be written.

    Raises:
        ProjectFormatError: damaged, or other tiles.
    """
    nbytes = 2 * channels * TILE * TILE
    rest = memoryview(packed.tobytes())
    runs = []
    with ThreadPoolExecutor(os.cpu_count(), "unpack") as pool:
        for start in range(0, count, _AT_ONCE):
            run = min(_AT_ONCE, count - start)
            data, rest = _unpacked(rest, run * nbytes)
            runs.append(pool.submit(_restored, data, run, channels))
        if len(rest):
            raise damaged("a picture holds more tiles than it says")
        return [tile for run in runs for tile in run.result()]


def pack_raster(raster: Raster, arrays: dict[str, AnyArray], prefix: str) -> None:
    """A raster into the arrays of a file or a record."""
    arrays[f"{prefix}.tiles"] = np.array(list(raster.tiles), np.int32)
    arrays[f"{prefix}.packed"] = pack_tiles(raster.tiles.values(), raster.channels)


def unpack_raster(arrays: Arrays, prefix: str, size: int, channels: int) -> Raster:
    """The raster of such arrays.

    Raises:
        ProjectFormatError: missing, or no raster of that size.
    """
    places = unpack_places(arrays, f"{prefix}.tiles", size)
    packed = arrays.get(f"{prefix}.packed", np.uint8, "*")
    tiles = unpack_tiles(packed, len(places), channels)
    if not all(tile.any() for tile in tiles):
        raise damaged("a picture holds tiles with nothing in them")
    return Raster(size, channels, dict(zip(places, tiles, strict=True)))


def unpack_places(arrays: Arrays, name: str, size: int) -> list[int]:
    """Rising places of tiles within a picture."""
    places = arrays.get(name, np.int32, "*", 0, (size // TILE) ** 2 - 1)
    if not (places[1:] > places[:-1]).all():
        raise damaged("a picture holds its tiles in no order")
    return [int(place) for place in places]


def _packed(tiles: list[UInt16], channels: int, level: int) -> bytes:
    return zlib.compress(_filtered(np.stack(tiles), channels), level)


def _unpacked(data: memoryview, nbytes: int) -> tuple[bytes, memoryview]:
    """So many bytes of the first run of some data, and the data after it.

    It is read in pieces, since zlib copies whatever it is given beyond the end of a run.
    """
    source = zlib.decompressobj()
    made: list[bytes] = []
    at, left = 0, nbytes
    try:
        while not source.eof and at < len(data):
            piece = data[at : at + _PIECE_BYTES]
            at += len(piece)
            made.append(source.decompress(piece, left + 1))
            left -= len(made[-1])
            if left < 0:
                raise damaged("a picture holds more tiles than it says")
    except zlib.error as reason:
        raise damaged("the tiles of a picture cannot be unpacked") from reason
    if left or not source.eof:
        raise damaged("the tiles of a picture are cut off")
    return b"".join(made), data[at - len(source.unused_data) :]


def _filtered(tiles: UInt16, channels: int) -> bytes:
    """Of tiles [N, TILE, TILE, channels]."""
    planes = tiles.transpose(0, 3, 1, 2)
    changes = np.empty(planes.shape, "<u2")
    changes[..., 0] = planes[..., 0]
    np.subtract(planes[..., 1:], planes[..., :-1], out=changes[..., 1:])
    halves = changes.view(np.uint8).reshape(len(tiles), channels, TILE, TILE, 2)
    return halves.transpose(0, 1, 4, 2, 3).tobytes()


def _restored(data: bytes, count: int, channels: int) -> list[UInt16]:
    halves = np.frombuffer(data, np.uint8).reshape(count, channels, 2, TILE, TILE)
    planes = np.ascontiguousarray(halves.transpose(0, 1, 3, 4, 2)).view("<u2")[..., 0]
    whole = np.cumsum(planes, axis=-1, dtype=np.uint16)
    # A copy of each, so that one tile which is kept does not keep all others.
    return [np.ascontiguousarray(each.transpose(1, 2, 0)) for each in whole]
