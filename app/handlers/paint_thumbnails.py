"""Small pictures of layers, made tile by tile and only where something changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

from avatar_core.project.paint import FULL, TILE

if TYPE_CHECKING:
    from avatar_core.geometry import UInt8
    from avatar_core.project.paint import Raster, UInt16

SIDE_PX = 256
"""Of a small picture of the whole atlas, at most; what is shown of it is what is painted on."""


class Thumbnails:
    """Keeps a small picture for each raster that is asked for under a name."""

    def __init__(self) -> None:
        self._kept: dict[str, _Small] = {}

    def of(self, name: str, raster: Raster | None) -> QImage | None:
        """The small picture of RGBA, or of a mask with what it hides black; None for no raster."""
        if raster is None:
            self._kept.pop(name, None)
            return None
        small = self._kept.get(name)
        if small is None or (small.size, small.channels) != (raster.size, raster.channels):
            small = self._kept[name] = _Small(raster.size, raster.channels)
        return small.follow(raster)

    def keep_only(self, names: set[str]) -> None:
        """Forget all others."""
        self._kept = {name: small for name, small in self._kept.items() if name in names}


class _Small:
    """One small picture."""

    def __init__(self, size: int, channels: int) -> None:
        self.size, self.channels = size, channels
        self._across = size // TILE
        self._cells = max(min(SIDE_PX // self._across, TILE), 1)
        side = self._across * self._cells
        self._values = np.zeros((side, side, channels), np.uint8)
        self._tiles: dict[int, UInt16] = {}
        self._image: QImage | None = None

    def follow(self, raster: Raster) -> QImage:
        old, new = self._tiles, dict(raster.tiles)
        changed = [each for each in {*old, *new} if old.get(each) is not new.get(each)]
        for index in changed:
            top, left = (self._cells * each for each in divmod(index, self._across))
            area = slice(top, top + self._cells), slice(left, left + self._cells)
            self._values[area] = 0 if index not in new else self._mean(new[index])
        self._tiles = new
        if changed or self._image is None:
            self._image = _image(self._values[self._used()])
        return self._image

    def _used(self) -> tuple[slice, slice]:
        """The smallest square of tiles that holds all there are."""
        if not self._tiles:
            return slice(None), slice(None)
        rows, columns = np.divmod(np.array(list(self._tiles)), self._across)
        side = int(max(np.ptp(rows), np.ptp(columns))) + 1
        starts = (min(int(each.min()), self._across - side) for each in (rows, columns))
        top, left = (slice(self._cells * each, self._cells * (each + side)) for each in starts)
        return top, left

    def _mean(self, tile: UInt16) -> UInt8:
        step = TILE // self._cells
        cells = tile.reshape(self._cells, step, self._cells, step, self.channels)
        mean = cells.mean(axis=(1, 3), dtype=np.float32)
        return np.asarray(np.rint(mean * (255 / FULL)), np.uint8)


def _image(values: UInt8) -> QImage:
    if values.shape[2] == 1:
        shown = np.ascontiguousarray(255 - values[..., 0])
        kind = QImage.Format.Format_Grayscale8
    else:
        shown = np.ascontiguousarray(values)
        kind = QImage.Format.Format_RGBA8888_Premultiplied
    height, width = shown.shape[:2]
    return QImage(shown.data, width, height, shown.strides[0], kind).copy()
