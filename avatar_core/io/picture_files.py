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
    return decoded_picture(picture_bytes(path, title), flags, f"{title} '{path}'")


def picture_bytes(path: Path, title: str = "The picture") -> bytes:
    """The bytes of a file that may be a picture.

    Raises:
        AssetError: missing, or larger than any picture.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise AssetError(f"{title} '{path}' is larger than a picture can be.")
        return path.read_bytes()
    except OSError as error:
        raise AssetError(f"{title} '{path}' cannot be read.", "Check the path.") from error


def decoded_picture(data: bytes, flags: int, name: str) -> Any:
    """The pixels of a PNG, JPEG or WebP file's bytes as OpenCV gives them.

    Args:
        data: the bytes of the file.
        flags: of `cv2.imdecode`.
        name: what to call it in an error, at the start of a sentence.

    Raises:
        AssetError: another format, damaged, or larger than `images.MOST_PIXELS`.
    """
    size = picture_size(data)
    if size is None:
        raise AssetError(f"{name} cannot be read.", "It has to be a PNG, JPEG or WebP file, uncut.")
    expect_possible_size(size, name)
    return unpacked_picture(data, flags, name)


def expect_possible_size(size: tuple[int, int], name: str) -> None:
    """Refuse a picture whose header states more pixels than are decoded, or none.

    Raises:
        AssetError: it does.
    """
    width, height = size
    if min(size) <= 0 or width * height > MOST_PIXELS:
        raise AssetError(f"{name} has an impossible size ({width} x {height} pixels).")


def unpacked_picture(data: bytes, flags: int, name: str) -> Any:
    """What OpenCV makes of a file whose header was found to be in order.

    Raises:
        AssetError: it is damaged.
    """
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        image = None
    if image is None:
        raise AssetError(f"{name} cannot be read.", "It may be truncated.")
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


def jpeg_channels(data: bytes) -> int | None:
    """How many channels a JPEG file states: 1 grey, 3 colours, 4 inks; None for no such file."""
    at = _jpeg_frame(data)
    return data[at + 9] if at is not None and at + 9 < len(data) else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = _jpeg_frame(data)
    if at is None:
        return None
    height, width = (int.from_bytes(data[k : k + 2], "big") for k in (at + 5, at + 7))
    return width, height


def _jpeg_frame(data: bytes) -> int | None:
    """Where the frame header begins, the first of the segments that is one."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _JPEG_FRAMES:
            return at
        if marker == 0xFF or marker in _JPEG_BARE:
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
