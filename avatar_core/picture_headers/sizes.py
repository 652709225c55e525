"""How large a picture says it is, read from its header before anything of it is unpacked.

OpenCV unpacks whatever a header claims, up to a billion pixels: three gigabytes.
"""

from __future__ import annotations

import struct

from avatar_core.picture_headers.tiff import is_tiff, read_tiff_header

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset((0x01, *range(0xD0, 0xD9)))
_BOX = struct.Struct(">4xII")
"""Of AVIF's `ispe`, after its name: version, width, height."""


def stated_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that a file of any kind that OpenCV unpacks states; None for others.

    Source:
        as `picture_size`; Windows bitmaps (BITMAPINFOHEADER); HEIF (ISO/IEC 23008-12), 6.5.3.
    """
    if is_tiff(data):
        header = read_tiff_header(data)
        return None if header is None else header.size
    if data.startswith(b"BM") and len(data) >= 26:
        if int.from_bytes(data[14:18], "little") == 12:  # the layout of OS/2
            width, height = struct.unpack_from("<HH", data, 18)
        else:
            width, height = struct.unpack_from("<ii", data, 18)
        return width, abs(height)
    if data[4:12] == b"ftypavif":
        return _avif_size(data)
    return picture_size(data)


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


def is_cut_png(data: bytes) -> bool:
    """Whether a PNG's parts claim more bytes than it has, or never end.

    OpenCV takes as much memory as a part claims, up to four gigabytes, before it looks.
    """
    if not data.startswith(_PNG):
        return False
    at, has_rows = len(_PNG), False
    while at + 12 <= len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        at += 12 + length
        has_rows = has_rows or name == b"IDAT"
        if name == b"IEND" and has_rows:  # without rows, OpenCV reads on
            return at > len(data)
    return True


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


def _avif_size(data: bytes) -> tuple[int, int] | None:
    """The largest picture that the file describes."""
    sizes = []
    at = data.find(b"ispe")
    while at >= 0 and at + 4 + _BOX.size <= len(data):
        sizes.append(_BOX.unpack_from(data, at + 4))
        at = data.find(b"ispe", at + 4)
    return max(sizes, key=lambda size: size[0] * size[1], default=None)
