"""Pictures of people as they come from cameras, phones and the web, made ready for portraits."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.io import limits
from avatar_core.io.animation import is_animated
from avatar_core.io.exif import exif_orientation, upright
from avatar_core.io.images import MOST_PIXELS
from avatar_core.io.paint_pictures import CMYK_NOTICE, picture_pixels
from avatar_core.io.picture_files import (
    picture_bytes,
    unpacked_picture,
)
from avatar_core.picture_headers import is_tiff, jpeg_channels, picture_size, read_tiff_header
from avatar_core.project.portrait import MOST_PICTURE_PX

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import UInt8

MOST_JPEG_PIXELS = limits.JPEG_PIXELS
"""JPEG files are unpacked at a fraction of their size, so more of them can be read."""

_JPEG = b"\xff\xd8"
_INKS = 4
_GREY = 128
"""What shows through where a picture is transparent."""

_KIND_HINT = "Save it as PNG or JPEG and take that."


@dataclass(frozen=True, slots=True, eq=False)
class SourcePicture:
    """A picture that was read.

    Args:
        pixels: [H, W, 3] uint8 sRGB, at most `MOST_PICTURE_PX` long, upright as its file says.
        matte: [H, W] uint8, its opacity, or None when it is opaque everywhere.
        notices: a sentence for everything that is not as in the file.
    """

    pixels: UInt8
    matte: UInt8 | None = None
    notices: tuple[str, ...] = ()


def read_source_picture(path: Path, title: str = "The picture") -> SourcePicture:
    """A picture file in 8-bit RGB, turned as its camera says, reduced where it is huge.

    Palettes, grey, 16 bits, transparency and 8-bit CMYK are read; of an animation the first frame
    counts. The size is looked at before anything is unpacked.

    Args:
        path: a PNG, JPEG, WebP, GIF, BMP or TIFF file.
        title: what to call it in an error, at the start of a sentence.

    Raises:
        AssetError: missing, another format, cut off, damaged or too large.
    """
    data = picture_bytes(path, title)
    name = f"{title} {path.name}"
    size = _size(data, name)
    _expect_readable_size(data, size, name)
    if is_tiff(data):
        unpacked, turn = _tiff(data, name), 1  # OpenCV has turned it
    else:
        unpacked, turn = _unpacked(data, size, name), exif_orientation(data)
    pixels, matte = upright(_reduced(unpacked.pixels), turn), unpacked.matte
    matte = None if matte is None else upright(_reduced(matte), turn)
    return SourcePicture(pixels, matte, _notices(data, size, unpacked))


def _size(data: bytes, name: str) -> tuple[int, int]:
    if not data:
        raise AssetError(f"{name} is empty.", "Copy or download it again.")
    if is_tiff(data):
        header = read_tiff_header(data)
        size = None if header is None else header.size
    elif data[:4] == b"GIF8" and len(data) >= 13:
        size = struct.unpack_from("<HH", data, 6)
    elif data[:2] == b"BM" and len(data) >= 26:
        width, height = struct.unpack_from("<ii", data, 18)
        size = width, abs(height)
    else:
        size = picture_size(data)
    if size is None:
        raise _unknown(data, name)
    return size


def _unknown(data: bytes, name: str) -> AssetError:
    if data[4:8] == b"ftyp":
        kind = "AVIF" if data[8:11] == b"avi" else "HEIC"
        return AssetError(f"{name} is a {kind} file, which the studio does not read.", _KIND_HINT)
    if data[:4] in (b"\x89PNG", b"RIFF", b"GIF8", b"II*\0", b"MM\0*") or data[:2] == _JPEG:
        return AssetError(f"{name} is cut off or damaged.", "Copy or download it again.")
    return AssetError(f"{name} is no picture that the studio reads.", _KIND_HINT)


def _expect_readable_size(data: bytes, size: tuple[int, int], name: str) -> None:
    width, height = size
    if min(size) <= 0:
        raise AssetError(f"{name} is damaged: it has {width} x {height} pixels.", _KIND_HINT)
    if width * height > (MOST_JPEG_PIXELS if data.startswith(_JPEG) else MOST_PIXELS):
        raise AssetError(
            f"{name} has {width} x {height} pixels, more than the studio reads.",
            f"Save it smaller: {MOST_PICTURE_PX} pixels on its longer side are enough.",
        )


def _unpacked(data: bytes, size: tuple[int, int], name: str) -> SourcePicture:
    import cv2

    if data.startswith(_JPEG):
        pixels = unpacked_picture(data, _jpeg_flags(size), name)
        return SourcePicture(pixels[..., ::-1])
    image = unpacked_picture(data, cv2.IMREAD_UNCHANGED, name)
    if image.shape[:2] != size[::-1]:
        raise AssetError(f"{name} is damaged: its sizes disagree.", "Copy or download it again.")
    image = _bytes(image)
    if image.ndim == 2 or image.shape[2] == 1:
        return SourcePicture(np.repeat(image.reshape(*image.shape[:2], 1), 3, axis=2))
    colours = image[..., 2::-1]
    if image.shape[2] < 4 or image[..., 3].min() == 255:
        return SourcePicture(colours)
    return _over_grey(colours, image[..., 3])


def _jpeg_flags(size: tuple[int, int]) -> int:
    """In colour, as stored, at the smallest fraction that is still large enough."""
    import cv2

    fractions = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4,
                 2: cv2.IMREAD_REDUCED_COLOR_2}  # fmt: skip
    fitting = (flag for part, flag in fractions.items() if max(size) >= part * MOST_PICTURE_PX)
    return next(fitting, cv2.IMREAD_COLOR) | cv2.IMREAD_IGNORE_ORIENTATION


def _tiff(data: bytes, name: str) -> SourcePicture:
    values, notices = picture_pixels(data, name)
    premultiplied = _bytes(values)
    opacity = premultiplied[..., 3]
    through = (_GREY * (255 - opacity[..., None].astype(np.uint16)) + 127) // 255
    pixels = np.minimum(premultiplied[..., :3] + through, 255).astype(np.uint8)
    return SourcePicture(pixels, None if opacity.min() == 255 else opacity, notices)


def _over_grey(colours: UInt8, opacity: UInt8) -> SourcePicture:
    weight = opacity[..., None].astype(np.uint16)
    mixed = (colours * weight + _GREY * (255 - weight) + 127) // 255
    return SourcePicture(mixed.astype(np.uint8), np.ascontiguousarray(opacity))


def _bytes(image: Any) -> UInt8:
    """8 bits a channel of 8 or 16."""
    if image.dtype == np.uint16:
        image = (image.astype(np.uint32) + 128) // 257
    return np.asarray(image, np.uint8)


def _reduced(image: UInt8) -> UInt8:
    import cv2

    height, width = image.shape[:2]
    share = MOST_PICTURE_PX / max(height, width)
    if share >= 1:
        return image
    size = max(round(share * width), 1), max(round(share * height), 1)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _notices(data: bytes, size: tuple[int, int], picture: SourcePicture) -> tuple[str, ...]:
    notices = list(picture.notices)
    if is_animated(data):
        notices.append("It is animated; its first frame was taken.")
    if data.startswith(_JPEG) and jpeg_channels(data) == _INKS:
        notices.append(CMYK_NOTICE)
    if picture.matte is not None:
        notices.append("What is transparent in it was taken for background.")
    if max(size) > MOST_PICTURE_PX:
        width, height = size
        notices.append(
            f"It has {width} x {height} pixels and was reduced to {MOST_PICTURE_PX} on its longer"
            " side."
        )
    return tuple(notices)
