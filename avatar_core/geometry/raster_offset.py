"""The published MeGA rasteriser's picture size, and what it does to the face layer.

Source:
    Wang et al., MeGA, arXiv:2404.19026, the released code.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avatar_core.geometry.camera import Camera

_MULTIPLE_PX = 8
_LIMIT_PX = 2048


def raster_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Height and width at which the face is rasterised: rounded up to a multiple of 8.

    The projection keeps the true size and the result is cropped, so the face layer is magnified
    against the hair layer about the top left corner; official weights have learned with it.
    """
    size = tuple(-(-side // _MULTIPLE_PX) * _MULTIPLE_PX
                 for side in (height_px, width_px))  # fmt: skip
    if max(size) > _LIMIT_PX:
        return _LIMIT_PX, _LIMIT_PX
    return size[0], size[1]


def magnified(camera: Camera) -> Camera:
    """The camera whose picture is what the published rasteriser leaves after its crop."""
    height, width = raster_size(camera.width_px, camera.height_px)
    intrinsics = camera.intrinsics.copy()
    intrinsics[0] *= width / camera.width_px
    intrinsics[1] *= height / camera.height_px
    return replace(camera, intrinsics=intrinsics)
