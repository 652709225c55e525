"""What lies around the pixels of a picture file: whether it is whole, and whether it moves.

Source:
    PNG third edition (W3C), sections 5 and 11.3.6; JPEG (ITU T.81), annex B; WebP container
    (RFC 9649); GIF89a (CompuServe 1990), sections 18 to 27.
"""

from __future__ import annotations

from avatar_core.io.exif import jpeg_segments, png_chunks, riff_chunks

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_JPEG_END = b"\xff\xd9"
_WEBP_ANIMATED = 0x02
_GIF_IMAGE, _GIF_EXTENSION, _GIF_END = 0x2C, 0x21, 0x3B
_GIF_TABLE = 0x80


def is_cut_off(data: bytes) -> bool:
    """Whether a PNG, JPEG, WebP or GIF file ends before it should; False for other files.

    OpenCV fills what is missing with grey and says nothing.
    """
    if data.startswith(_PNG):
        return not any(name == b"IEND" for name, _ in png_chunks(data))
    if data.startswith(_JPEG):
        # A preview among the segments has an end of its own, so only what follows them counts.
        length = 2 + sum(4 + len(body) for _, body in jpeg_segments(data))
        return _JPEG_END not in data[length:]
    if data[:4] == b"RIFF":
        return 8 + int.from_bytes(data[4:8], "little") > len(data)
    if data[:4] == b"GIF8":
        return _gif_images(data) is None
    return False


def is_animated(data: bytes) -> bool:
    """Whether a PNG, WebP or GIF file holds more than one frame."""
    if data.startswith(_PNG):
        return any(name == b"acTL" for name, _ in png_chunks(data))
    if data[:4] == b"RIFF":
        headers = (body for name, body in riff_chunks(data) if name == b"VP8X")
        return any(body and body[0] & _WEBP_ANIMATED for body in headers)
    if data[:4] == b"GIF8":
        return (_gif_images(data) or 0) > 1
    return False


def _gif_images(data: bytes) -> int | None:
    """How many images a GIF holds, up to two; None when it is cut off within the first."""
    at = 13 + (_gif_table(data[10]) if len(data) > 10 else 0)
    images = 0
    while images < 2 and at < len(data) and data[at] != _GIF_END:
        if data[at] == _GIF_IMAGE and at + 10 < len(data):
            # Descriptor, its own colours, the least code size.
            at = _after_blocks(data, at + 11 + _gif_table(data[at + 9]))
            images += at <= len(data)
        elif data[at] == _GIF_EXTENSION:
            at = _after_blocks(data, at + 2)
        else:
            break
    return images or None


def _gif_table(packed: int) -> int:
    return 3 * 2 ** ((packed & 7) + 1) if packed & _GIF_TABLE else 0


def _after_blocks(data: bytes, at: int) -> int:
    """Where a chain of blocks ends; beyond the data when it does not."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1
