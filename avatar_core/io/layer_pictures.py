"""Pictures and masks of the layers of an OpenRaster file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.io import limits
from avatar_core.io.open_raster import own
from avatar_core.io.paint_pictures import fitted_pixels, pixels_from_png
from avatar_core.io.raster_pixels import premultiplied, raster_of_pixels

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

    from avatar_core.io.archive import ArchiveReader
    from avatar_core.project.paint import Raster, UInt16

_PICTURE_BYTES = 512 * limits.MIB


@dataclass(slots=True, eq=False)
class LayerPictures:
    """Reads the pictures that layers name, as rasters of one size.

    Args:
        files: the archive.
        shape: width and height of the whole picture, pixels.
        side: of the rasters, texels.
        name: what to call the file in an error, at the start of a sentence.
        notices: what was said about sizes.
    """

    files: ArchiveReader
    shape: tuple[int, int]
    side: int
    name: str
    notices: list[str] = field(default_factory=list)

    def raster(self, element: ET.Element, place: tuple[int, int]) -> Raster:
        """A layer's picture, with its first row and column; as it was before its mask, if known.

        Raises:
            AssetError: missing, damaged or too large.
        """
        raw = element.get(own("raw"), "")
        pixels = self._read(raw if raw in self.files.names else element.get("src", ""))
        return raster_of_pixels(self._fitted(premultiplied(pixels), place))

    def mask(self, element: ET.Element) -> Raster | None:
        """A layer's mask, where there is one that its picture does not hold already."""
        name = element.get(own("mask"), "")
        is_baked = element.tag == "layer" and element.get(own("raw"), name) not in self.files.names
        if name not in self.files.names or is_baked:
            return None
        return raster_of_pixels(self._fitted(self._read(name)[..., :1], (0, 0)))

    def _read(self, name: str) -> UInt16:
        data = self.files.read(name, _PICTURE_BYTES)
        return pixels_from_png(data, f"{name} in {self.name}")

    def _fitted(self, pixels: UInt16, place: tuple[int, int]) -> UInt16:
        """[side, side, C] of pixels [h, w, C] that lie somewhere in the whole picture."""
        width, height = self.shape
        whole = pixels
        if place != (0, 0) or pixels.shape[:2] != (height, width):
            whole = np.zeros((height, width, pixels.shape[2]), np.uint16)
            top, left = (max(each, 0) for each in place)
            bottom = min(place[0] + pixels.shape[0], height)
            right = min(place[1] + pixels.shape[1], width)
            if top < bottom and left < right:
                inside = pixels[
                    top - place[0] : bottom - place[0], left - place[1] : right - place[1]
                ]
                whole[top:bottom, left:right] = inside
        fitted, notice = fitted_pixels(whole, self.side)
        if notice is not None:
            self.notices.append(notice)
        return fitted
