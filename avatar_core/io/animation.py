"""Whether a picture file moves, read from what lies around its pixels.

Source:
    PNG third edition (W3C), section 11.3.6; WebP container (RFC 9649), section 2.7; GIF89a
    (CompuServe 1990), sections 18 to 27.
"""

from __future__ import annotations

from avatar_core.io.exif import png_chunks, riff_chunks

_PNG = b"\x89PNG\r\n\x1a\n"
_WEBP_ANIMATED = 0x02
_GIF_IMAGE, _GIF_EXTENSION, _GIF_END = 0x2C, 0x21, 0x3B
_GIF_TABLE = 0x80


def is_animated(data: bytes) -> bool:
    """Whether a PNG, WebP or GIF file holds more than one frame."""
    if data.startswith(_PNG):
        return any(name == b"acTL" for name, _ in png_chunks(data))
    if data[:4] == b"RIFF":
        headers = (body for name, body in riff_chunks(data) if name == b"VP8X")
        return any(body and body[0] & _WEBP_ANIMATED for body in headers)
    if data[:4] == b"GIF8":
        return _gif_images(data) > 1
    return False


def _gif_images(data: bytes) -> int:
    """How many images a GIF holds, up to two."""
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
    return images


def _gif_table(packed: int) -> int:
    return 3 * 2 ** ((packed & 7) + 1) if packed & _GIF_TABLE else 0


def _after_blocks(data: bytes, at: int) -> int:
    """Where a chain of blocks ends; beyond the data when it does not."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1
