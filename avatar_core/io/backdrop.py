"""Pictures to be seen behind the avatar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import UInt8

_LONGEST_PX = 4096
"""Of a picture on the graphics card; no viewport shows more of it."""


def read_backdrop(path: Path) -> UInt8:
    """A picture file as [H, W, 3] uint8 sRGB, no longer than a graphics card can hold.

    Raises:
        AssetError: missing, another format, damaged or too large.
    """
    import cv2

    from avatar_core.io.picture_files import read_picture_file

    picture = read_picture_file(path, cv2.IMREAD_COLOR, "The background")
    height, width = picture.shape[:2]
    shrink = _LONGEST_PX / max(height, width)
    if shrink < 1:
        size = max(round(shrink * width), 1), max(round(shrink * height), 1)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(picture[..., ::-1])
