"""Rasters as whole pictures of pixels, as files hold them, exact to the last bit.

Rasters keep colours premultiplied, files keep them straight; both in 16 bits. Going from a raster
to straight colours and back gives the same raster: rounding straight colours moves them by half a
step at most, and coverage only makes that smaller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import expect_shapes
from avatar_core.project.paint import FULL, TILE, Raster, UInt16

if TYPE_CHECKING:
    from avatar_core.geometry import UInt8

_ROWS = 256
"""Rows that are worked on at once; more would need memory for nothing."""


def raster_of_pixels(pixels: UInt16) -> Raster:
    """A raster of its pixels [S, S, 4] premultiplied or [S, S, 1]; all-zero tiles are left out."""
    size = expect_shapes(pixels=(pixels, "S S *"))["S"]
    channels = pixels.shape[2]
    tiles = {}
    for index in range((size // TILE) ** 2):
        row, column = (each * TILE for each in divmod(index, size // TILE))
        tile = pixels[row : row + TILE, column : column + TILE]
        if tile.any():
            tiles[index] = tile.copy()
    return Raster(size, channels, tiles)


def pixels_of_raster(raster: Raster) -> UInt16:
    """[S, S, channels] the whole raster as it is stored."""
    pixels = np.zeros((raster.size, raster.size, raster.channels), np.uint16)
    for index, tile in raster.tiles.items():
        row, column = (each * TILE for each in divmod(index, raster.across))
        pixels[row : row + TILE, column : column + TILE] = tile
    return pixels


def straight(pixels: UInt16) -> UInt16:
    """Premultiplied pixels [H, W, 4] as straight ones; clear ones become black."""
    result = np.empty_like(pixels)
    for row in range(0, len(pixels), _ROWS):
        part = pixels[row : row + _ROWS].astype(np.uint32)
        cover = part[..., 3:]
        colours = (part[..., :3] * FULL + cover // 2) // np.maximum(cover, 1)
        result[row : row + _ROWS, :, :3] = np.minimum(colours, FULL)
        result[row : row + _ROWS, :, 3:] = cover
    return result


def premultiplied(pixels: UInt16) -> UInt16:
    """Straight pixels [H, W, 4] as premultiplied ones."""
    result = np.empty_like(pixels)
    for row in range(0, len(pixels), _ROWS):
        part = pixels[row : row + _ROWS].astype(np.uint32)
        cover = part[..., 3:]
        result[row : row + _ROWS, :, :3] = (part[..., :3] * cover + FULL // 2) // FULL
        result[row : row + _ROWS, :, 3:] = cover
    return result


def masked(pixels: UInt16, hidden: UInt16) -> UInt16:
    """Premultiplied pixels [H, W, 4] of which a mask [H, W, 1] hides a share."""
    result = np.empty_like(pixels)
    for row in range(0, len(pixels), _ROWS):
        shown = FULL - hidden[row : row + _ROWS].astype(np.uint32)
        part = pixels[row : row + _ROWS] * shown
        result[row : row + _ROWS] = (part + FULL // 2) // FULL
    return result


def as_bytes(pixels: UInt16) -> UInt8:
    """16-bit pixels in 8 bits, rounded."""
    result = np.empty(pixels.shape, np.uint8)
    for row in range(0, len(pixels), _ROWS):
        result[row : row + _ROWS] = (pixels[row : row + _ROWS].astype(np.uint32) + 128) // 257
    return result
