"""Finished pictures as `.png`: 8 or 16 bits, with or without alpha, tagged as sRGB."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import cv2

from avatar_core.errors import AssetError
from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8] | NDArray[np.uint16]

_AFTER_HEADER = 33
"""Bytes of the signature and of the chunk IHDR, which comes first."""
_PERCEPTUAL = b"\0"
_GAMMA = struct.pack(">I", 45455)
_CHROMATICITIES = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
_BEFORE_PIXELS = {b"cHRM", b"gAMA", b"sRGB", b"iCCP", b"cICP"}
"""Chunks about colour, of which there may be one each."""


def picture_to_png(image: Pixels, level: int = 6) -> bytes:
    """The bytes of a `.png` that says that its colours are sRGB.

    Args:
        image: [H, W, 3], or [H, W, 4] with straight alpha, as PNG asks for; uint8 or uint16, sRGB,
            top row first.
        level: 0..9 trades time for size; the picture is the same.

    Raises:
        ShapeError: other shapes.
        AssetError: it cannot be encoded.

    Source:
        W3C Portable Network Graphics (Third Edition), 11.3.2.
    """
    channels = image.shape[2] if image.ndim == 3 else 0
    expect_shapes(image=(image, "H W 4" if channels == 4 else "H W 3"))
    order = cv2.COLOR_RGBA2BGRA if channels == 4 else cv2.COLOR_RGB2BGR
    settings = [cv2.IMWRITE_PNG_COMPRESSION, level]
    try:
        is_done, data = cv2.imencode(".png", cv2.cvtColor(image, order), settings)
    except cv2.error as reason:
        raise AssetError("The picture cannot be written as PNG.") from reason
    if not is_done:
        raise AssetError("The picture cannot be written as PNG.")
    return _tagged(bytes(data))


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and content of each chunk of a `.png`, in order.

    Raises:
        AssetError: its end is missing.
    """
    chunks, start = [], 8
    while start < len(data):
        length, kind = struct.unpack(">I4s", data[start : start + 8].ljust(8, b"\0"))
        content, start = start + 8, start + length + 12
        if start > len(data):
            raise AssetError("The picture ends in the middle.")
        chunks.append((kind, data[content : content + length]))
    return chunks


def _tagged(data: bytes) -> bytes:
    """With sRGB's chunks, and for readers that do not know them the two that say the same."""
    there = {kind for kind, _ in chunks_of(data[: data.index(b"IDAT") - 4])}
    if there & _BEFORE_PIXELS:
        return data
    tags = _chunk(b"cHRM", _CHROMATICITIES) + _chunk(b"gAMA", _GAMMA) + _chunk(b"sRGB", _PERCEPTUAL)
    return data[:_AFTER_HEADER] + tags + data[_AFTER_HEADER:]


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
