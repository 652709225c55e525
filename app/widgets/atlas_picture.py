"""AtlasPicture: the face's atlas with all of its paint, kept as an image that is drawn fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

from avatar_core.geometry import expect_shapes
from avatar_core.project.paint import TILE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avatar_core.geometry import UInt8

_COARSE = 4
"""The small image has so many texels in one, along each side."""


class AtlasPicture:
    """Paint over a bare face, tile by tile.

    Args:
        base: [S, S, 3] display RGB of the bare face, whole tiles, top row first.
    """

    def __init__(self, base: UInt8) -> None:
        self.size = expect_shapes(base=(base, "S S 3"))["S"]
        self.base = base
        self._fine = np.full((self.size, self.size, 4), 255, np.uint8)
        small = self.size // _COARSE
        self._coarse = np.full((small, small, 4), 255, np.uint8)
        self.fine = _image_of(self._fine)
        """[S, S], written in place."""
        self.coarse = _image_of(self._coarse)
        """A quarter as wide and high."""
        self._tiles = range((self.size // TILE) ** 2)
        self.update(np.zeros((self.size, self.size, 4), np.uint8))

    def update(self, colour: UInt8, tiles: Iterable[int] | None = None) -> None:
        """Take paint.

        Args:
            colour: [S, S, 4] premultiplied, as in `PaintMaps`.
            tiles: where it differs from what was taken last; None for anywhere.
        """
        across = self.size // TILE
        for tile in self._tiles if tiles is None else tiles:
            top, left = (TILE * each for each in divmod(tile, across))
            area = slice(top, top + TILE), slice(left, left + TILE)
            paint, bare = colour[area], self.base[area]
            if paint[..., 3].any():
                left_over = (255 - paint[..., 3:]).astype(np.uint16)
                seen = paint[..., :3] + ((left_over * bare + 127) // 255)
                shown = np.minimum(seen, 255).astype(np.uint8)
            else:
                shown = bare
            self._fine[(*area, slice(0, 3))] = shown[..., ::-1]
            cells = shown.reshape(TILE // _COARSE, _COARSE, TILE // _COARSE, _COARSE, 3)
            mean = cells.mean(axis=(1, 3), dtype=np.float32)
            small = tuple(slice(each.start // _COARSE, each.stop // _COARSE) for each in area)
            self._coarse[(*small, slice(0, 3))] = np.rint(mean)[..., ::-1]

    def rgb(self) -> UInt8:
        """[S, S, 3] as it is seen now, a copy."""
        return np.ascontiguousarray(self._fine[..., 2::-1])


def lines_image(lines: UInt8) -> QImage:
    """White lines over what they are drawn on, of [S, S] how much they cover it."""
    pixels = np.repeat(lines[..., None], 4, axis=2)
    return _image_of(pixels, QImage.Format.Format_ARGB32_Premultiplied).copy()


def _image_of(pixels: UInt8, kind: QImage.Format = QImage.Format.Format_RGB32) -> QImage:
    """An image that shares the memory of [H, W, 4] pixels, blue first; keep these alive."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 4 * width, kind)
