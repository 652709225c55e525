"""Pictures larger than a graphics card's framebuffers: drawn tile by tile, without seams."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Camera, UInt8

    UInt16 = NDArray[np.uint16]

MARGIN_PX = 48
"""Drawn around each tile and thrown away: soft edges look at their neighbours."""
_TILE_PX = 1536


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a picture. All tiles of a picture have one size, so that targets are kept."""

    left: int
    top: int
    width: int
    height: int

    @property
    def rows(self) -> slice:
        return slice(self.top, self.top + self.height)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.left + self.width)


def picture_tiles(width: int, height: int, most_px: int = _TILE_PX) -> list[Tile]:
    """Tiles that cover a picture; those at the right and lower edges overlap their neighbours."""
    tile_width, tile_height = min(width, most_px), min(height, most_px)
    return [
        Tile(left, top, tile_width, tile_height)
        for top in _starts(height, tile_height)
        for left in _starts(width, tile_width)
    ]


def tile_camera(camera: Camera, tile: Tile, scale: int = 1) -> Camera:
    """The part of a camera's picture that shows a tile with its margin, `scale` times as large."""
    width, height = tile.width + 2 * MARGIN_PX, tile.height + 2 * MARGIN_PX
    intrinsics = camera.intrinsics.copy()
    intrinsics[0, 2] -= tile.left - MARGIN_PX
    intrinsics[1, 2] -= tile.top - MARGIN_PX
    part = replace(camera, intrinsics=intrinsics, width_px=width, height_px=height)
    return part.resized(scale * width, scale * height)


def reduced_tile(drawn: UInt8, tile: Tile) -> UInt16:
    """What was drawn through `tile_camera` without its margin, at the picture's size.

    Args:
        drawn: [H, W, 3 or 4] uint8.
        tile: of the camera.

    Returns:
        [height, width, 3 or 4] uint16: means of 8 bits are finer than 8 bits.
    """
    size = (tile.width + 2 * MARGIN_PX, tile.height + 2 * MARGIN_PX)
    deep = drawn.astype(np.uint16) * np.uint16(257)
    if (drawn.shape[1], drawn.shape[0]) != size:
        deep = np.asarray(cv2.resize(deep, size, interpolation=cv2.INTER_AREA), np.uint16)
    return deep[MARGIN_PX : MARGIN_PX + tile.height, MARGIN_PX : MARGIN_PX + tile.width]


def tile_of_backdrop(image: UInt8, size: tuple[int, int], tile: Tile) -> UInt8:
    """What of a background picture lies behind a tile with its margin.

    Args:
        image: [h, w, 3], covers the whole picture from its middle.
        size: width and height of the whole picture, pixels.
        tile: of it.

    Returns:
        [tile height + margins, tile width + margins, 3].
    """
    height, width = image.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    left = tile.left - MARGIN_PX - (size[0] - scale * width) / 2
    top = tile.top - MARGIN_PX - (size[1] - scale * height) / 2
    # From pixels of the tile to those of the image; centres lie at half a pixel.
    moved = np.array(
        [
            [1 / scale, 0, (left + 0.5) / scale - 0.5],
            [0, 1 / scale, (top + 0.5) / scale - 0.5],
        ]
    )
    if scale < 1:  # means first, so that fine patterns do not flicker
        smaller = (max(1, round(scale * width)), max(1, round(scale * height)))
        image = np.asarray(cv2.resize(image, smaller, interpolation=cv2.INTER_AREA), np.uint8)
        moved = np.array([[1, 0, left], [0, 1, top]], np.float64)
    return np.asarray(
        cv2.warpAffine(
            image,
            moved,
            (tile.width + 2 * MARGIN_PX, tile.height + 2 * MARGIN_PX),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def _starts(length: int, tile: int) -> list[int]:
    return [min(start, length - tile) for start in range(0, length, tile)]
