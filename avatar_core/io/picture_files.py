"""Picture files, read without trust: a size is checked before anything is unpacked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from avatar_core.errors import AssetError
from avatar_core.io.images import MOST_PIXELS

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES = 512 << 20
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset((0x01, *range(0xD0, 0xD9)))


def read_picture_file(path: Path, flags: int, title: str = "The picture") -> Any:
    """The pixels of a PNG, JPEG or WebP file as OpenCV gives them.

    Args:
        path: the file.
        flags: of `cv2.imdecode`.
        title: what to call it in an error, at the start of a sentence.

    Raises:
        AssetError: missing, another format, damaged, or larger than `images.MOST_PIXELS`.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise AssetError(f"{title} '{path}' is larger than a picture can be.")
        data = path.read_bytes()
    except OSError as error:
        raise AssetError(f"{title} '{path}' cannot be read.", "Check the path.") from error
    size = picture_size(data)
    if size is None:
        raise AssetError(
            f"{title} '{path}' cannot be read.", "It has to be a PNG, JPEG or WebP file, uncut."
        )
    width, height = size
    if not 0 < width * height <= MOST_PIXELS:
        raise AssetError(f"{title} '{path}' has an impossible size ({width} x {height} pixels).")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        image = None
    if image is None:
        raise AssetError(f"{title} '{path}' cannot be read.", "It may be truncated.")
    return image


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that a PNG, JPEG or WebP file states, before any turn; None for others.

    Source:
        PNG (W3C), section 11.2.2; JPEG (ITU T.81), B.2.2; WebP container (RFC 9649), section 2.
    """
    if data.startswith(_PNG) and len(data) >= 24:
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:
        return _webp_size(data)
    if data.startswith(_JPEG):
        return _jpeg_size(data)
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    if data[12:16] == b"VP8 ":
        width, height = (int.from_bytes(data[at : at + 2], "little") for at in (26, 28))
        return width & 0x3FFF, height & 0x3FFF
    if data[12:16] == b"VP8L":
        packed = int.from_bytes(data[21:25], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if data[12:16] == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        return width + 1, height + 1
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Of the frame header, the first of the segments that has one."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _JPEG_FRAMES:
            height, width = (int.from_bytes(data[k : k + 2], "big") for k in (at + 5, at + 7))
            return width, height
        if marker == 0xFF or marker in _JPEG_BARE:
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
