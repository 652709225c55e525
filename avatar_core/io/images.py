"""Images as `.png` bytes, read without trust."""

from __future__ import annotations

import struct
from typing import Any

import cv2
import numpy as np

from avatar_core.errors import AssetError, AvatarError
from avatar_core.geometry import UInt8, expect_shapes
from avatar_core.io import limits
from avatar_core.picture_headers import is_cut_png

MOST_PIXELS = limits.PICTURE_PIXELS
"""The largest image that is decoded."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def image_to_png(image: UInt8, level: int = 6) -> bytes:
    """An image [H, W, 3] uint8 sRGB, top row first, as the bytes of a `.png`.

    `level` 0..9 trades time for size; the picture is the same.
    """
    expect_shapes(image=(image, "H W 3"))
    _, data = cv2.imencode(".png", image[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, level])
    return bytes(data)


def image_from_png(
    data: bytes,
    title: str = "The image",
    error: type[AvatarError] = AssetError,
    most_pixels: int = MOST_PIXELS,
) -> UInt8:
    """The image [H, W, 3] uint8 sRGB of a `.png`, top row first; transparency is dropped.

    Args:
        data: the bytes of the file.
        title: what to call it in an error, at the start of a sentence.
        error: what to raise.
        most_pixels: the largest image that is decoded.

    Raises:
        AvatarError: of the type `error`: no PNG, damaged, or larger than `most_pixels`.
    """
    image = _unpacked(data, cv2.IMREAD_COLOR, title, error, most_pixels)
    rgb: UInt8 = cv2.cvtColor(image, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
    return rgb


def grey_to_png(image: UInt8) -> bytes:
    """A mask or matte [H, W] uint8, top row first, as the bytes of a `.png`."""
    expect_shapes(image=(image, "H W"))
    _, data = cv2.imencode(".png", image)
    return bytes(data)


def grey_from_png(data: bytes, title: str = "The mask", most_pixels: int = MOST_PIXELS) -> UInt8:
    """The mask [H, W] uint8 of a `.png`, top row first; colours become their brightness.

    Raises:
        AssetError: no PNG, damaged, or larger than `most_pixels`.
    """
    image = _unpacked(data, cv2.IMREAD_GRAYSCALE, title, AssetError, most_pixels)
    return np.asarray(image, np.uint8)


def _unpacked(
    data: bytes, flags: int, title: str, error: type[AvatarError], most_pixels: int
) -> Any:
    if not data.startswith(_SIGNATURE) or len(data) < 24:
        raise error(f"{title} is not a PNG image.")
    # The header's claim is checked before anything of that size is allocated.
    width, height = struct.unpack(">II", data[16:24])
    if not 0 < width * height <= most_pixels:
        raise error(f"{title} has an impossible size ({width} x {height} pixels).")
    if is_cut_png(data):
        raise error(f"{title} is damaged.")
    try:
        # Rows are as they are stored, whatever a picture's EXIF says of them.
        stored = flags | cv2.IMREAD_IGNORE_ORIENTATION
        image = cv2.imdecode(np.frombuffer(data, np.uint8), stored)
    except cv2.error as reason:
        raise error(f"{title} is damaged.") from reason
    if image is None or image.shape[:2] != (height, width):
        raise error(f"{title} is damaged.")
    return image
