"""What a TIFF file says about its first picture, read before anything of it is unpacked.

OpenCV trusts these files too far: it leaves memory unwritten where planes are stored apart, and
tells nobody whether colours are premultiplied.

Source:
    TIFF 6.0 (Adobe, 1992), section 2, "TIFF structure", and sections 8 and 18.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC = 256, 257, 258, 262
_SAMPLES, _PLANES, _EXTRA = 277, 284, 338
_TAGS: Final = frozenset((_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _SAMPLES, _PLANES, _EXTRA))
_LAYOUTS: Final = {1: "B", 3: "H", 4: "I"}
"""Types of whole numbers: byte, short, long."""

_MOST_ENTRIES = 4096
_SEPARATED = 5
_ASSOCIATED = 1
_INTERLEAVED = 1


@dataclass(frozen=True, slots=True)
class TiffHeader:
    """The first picture of a TIFF file.

    Args:
        size: width and height, pixels.
        bits: of each channel.
        channels: colours, and transparency where there is any.
        is_cmyk: its colours are inks.
        is_interleaved: the channels of a pixel lie side by side.
        is_premultiplied: its colours are scaled by its transparency.
    """

    size: tuple[int, int]
    bits: int
    channels: int
    is_cmyk: bool
    is_interleaved: bool
    is_premultiplied: bool


def is_tiff(data: bytes) -> bool:
    """Whether a file calls itself a TIFF, large ones (BigTIFF) left out."""
    return data[:4] in (b"II*\0", b"MM\0*")


def read_tiff_header(data: bytes) -> TiffHeader | None:
    """The header of a file for which `is_tiff`; None when it is damaged."""
    try:
        tags = _first_directory(data)
    except (struct.error, ValueError):
        return None
    if not {_WIDTH, _HEIGHT} <= tags.keys():
        return None
    channels = tags.get(_SAMPLES, 1)
    return TiffHeader(
        size=(tags[_WIDTH], tags[_HEIGHT]),
        bits=tags.get(_BITS, 1),
        channels=channels,
        is_cmyk=tags.get(_PHOTOMETRIC) == _SEPARATED,
        is_interleaved=channels == 1 or tags.get(_PLANES, _INTERLEAVED) == _INTERLEAVED,
        is_premultiplied=tags.get(_EXTRA) == _ASSOCIATED,
    )


def _first_directory(data: bytes) -> Mapping[int, int]:
    """The first number of each tag that is asked for."""
    order = "<" if data.startswith(b"II") else ">"
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, start)
    if count > _MOST_ENTRIES:
        raise ValueError("too many entries")
    tags = {}
    for entry in range(count):
        at = start + 2 + 12 * entry
        tag, kind, values = struct.unpack_from(f"{order}HHI", data, at)
        if tag not in _TAGS:
            continue
        layout = order + _LAYOUTS.get(kind, "I")
        is_inside = values * struct.calcsize(layout) <= 4
        place = at + 8 if is_inside else struct.unpack_from(f"{order}I", data, at + 8)[0]
        (tags[tag],) = struct.unpack_from(layout, data, place)
    return tags
