"""Which way up a picture is, as its camera noted in its EXIF data.

OpenCV turns JPEG files only, and not when their pixels are asked for as they are.

Source:
    EXIF 2.32 (CIPA DC-008), section 4.6.4, tag Orientation; the places of EXIF data: JPEG APP1
    (section 4.7.2), PNG third edition (eXIf), WebP container (RFC 9649, section 2.7.1.5).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.picture_headers import is_tiff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar_core.geometry import UInt8

_ORIENTATION = 274
_SHORT = 3
_MOST_ENTRIES = 1000
_EXIF = b"Exif\0\0"
_PNG = b"\x89PNG\r\n\x1a\n"


def exif_orientation(data: bytes) -> int:
    """1..8 as EXIF numbers them; 1, upright, when a file says nothing or nothing sensible."""
    block = _exif_block(data)
    if block is None or not is_tiff(block):
        return 1
    order = "<" if block.startswith(b"II") else ">"
    try:
        (start,) = struct.unpack_from(f"{order}I", block, 4)
        (count,) = struct.unpack_from(f"{order}H", block, start)
        for entry in range(min(count, _MOST_ENTRIES)):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", block, start + 2 + 12 * entry)
            if tag == _ORIENTATION:
                return value if kind == _SHORT and 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def upright(image: UInt8, orientation: int) -> UInt8:
    """An image [H, W, ...] stored in one of the eight ways, turned and flipped as it was seen."""
    turned = image.swapaxes(0, 1) if orientation >= 5 else image
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    return np.ascontiguousarray(turned)


def _exif_block(data: bytes) -> bytes | None:
    if is_tiff(data):
        return data
    if data.startswith(b"\xff\xd8"):
        blocks = (body for marker, body in jpeg_segments(data) if marker == 0xE1)
        return next((body[len(_EXIF) :] for body in blocks if body.startswith(_EXIF)), None)
    if data.startswith(_PNG):
        return next((body for name, body in png_chunks(data) if name == b"eXIf"), None)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        body = next((body for name, body in riff_chunks(data) if name == b"EXIF"), None)
        return body if body is None else body.removeprefix(_EXIF)
    return None


def jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and contents of each segment of a JPEG before its first scan."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        if data[at + 1] == 0xFF:
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2:
            return
        yield data[at + 1], data[at + 4 : at + 2 + length]
        at += 2 + length


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and contents of each chunk of a PNG that is whole."""
    at = len(_PNG)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if at + 12 + length > len(data):
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and contents of each chunk of a WebP that is whole."""
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            return
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
