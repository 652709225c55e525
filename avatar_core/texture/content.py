"""Digest of what a painting looks like, to know whether what was baked is still what is painted."""

from __future__ import annotations

import hashlib
import weakref
from typing import TYPE_CHECKING

from avatar_core.project import digest
from avatar_core.project.paint import Painting, TexturePart
from avatar_core.texture.changes import looks

if TYPE_CHECKING:
    from avatar_core.project.paint import UInt16

_known: dict[int, tuple[weakref.ref[UInt16], bytes]] = {}
"""Digests of tiles that live, by identity; tiles are not written once a raster has them."""


def content_digest(painting: Painting, part: TexturePart = TexturePart.COLOUR) -> str:
    """SHA-256 of all that decides how one texture part looks: names and hidden layers do not.

    Tiles are looked at once, so asking again after a stroke costs little.
    """
    sink = hashlib.sha256(str(painting.size).encode())
    for layer_id, look in looks(painting, part).items():
        layer = painting.layers[layer_id]
        sink.update(digest(look).encode())
        for raster in (layer.raster, layer.hidden):
            tiles = {} if raster is None else raster.tiles
            sink.update(len(tiles).to_bytes(4, "little"))
            for index, tile in tiles.items():
                sink.update(index.to_bytes(4, "little") + _tile_digest(tile))
    return sink.hexdigest()


def _tile_digest(tile: UInt16) -> bytes:
    key = id(tile)
    known = _known.get(key)
    if known is None or known[0]() is not tile:
        content = hashlib.blake2b(tile.astype("<u2").tobytes(), digest_size=16).digest()
        known = (weakref.ref(tile, lambda _: _known.pop(key, None)), content)
        _known[key] = known
    return known[1]
