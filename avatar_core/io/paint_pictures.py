"""Pictures as paint, and paint as pictures: PNG, JPEG, WebP and TIFF, 8 and 16 bits a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.io.atomic import atomic_write
from avatar_core.io.picture_files import (
    decoded_picture,
    expect_possible_size,
    picture_bytes,
    unpacked_picture,
)
from avatar_core.io.raster_pixels import (
    as_bytes,
    pixels_of_raster,
    premultiplied,
    raster_of_pixels,
    straight,
)
from avatar_core.picture_headers import TiffHeader, is_tiff, jpeg_channels, read_tiff_header
from avatar_core.project.paint import FULL, SIZES, Raster, UInt16

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import Float32, UInt8

MOST_DECAL_SIDE = 2048
"""Larger decals are scaled down: no painting shows more of them on a part of the face."""

_JPEG = b"\xff\xd8"
_CMYK = 4
CMYK_NOTICE = (
    "Its CMYK colours were converted without a colour profile and may look different; RGB does not"
    " have this trouble."
)
_TIFF_HINT = "Save it as a PNG and take that."


@dataclass(frozen=True, slots=True, eq=False)
class PaintPicture:
    """A picture that was read as paint.

    Args:
        raster: RGBA of the size asked for.
        notices: a sentence for everything that is not as in the file.
    """

    raster: Raster
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class DecalPicture:
    """A picture that was read in its own shape, to be laid on a part of the face.

    Args:
        pixels: [h, w, 4] premultiplied RGBA 0..1, row 0 at the top.
        notices: a sentence for everything that is not as in the file.
    """

    pixels: Float32
    notices: tuple[str, ...] = ()


class PicturePixels(NamedTuple):
    """[H, W, 4] premultiplied, and what to say about them."""

    values: UInt16
    notices: tuple[str, ...] = ()


def read_paint_picture(path: Path, size: int, title: str = "The picture") -> PaintPicture:
    """A picture file as paint over the whole atlas.

    Textures are square, so a picture of another shape is stretched, with a notice; one of another
    size is scaled, averaged over areas where it shrinks. Palettes, grey, 16 bits, transparency and
    8-bit CMYK are read.

    Args:
        path: a PNG, JPEG, WebP or TIFF file; of several pages the first counts.
        size: side of the raster, one of `paint.SIZES`.
        title: what to call it in an error, at the start of a sentence.

    Raises:
        AssetError: missing, another format, damaged or too large.
    """
    if size not in SIZES:
        raise ValueError(f"size: expected one of {SIZES}, got {size}")
    pixels = picture_pixels(picture_bytes(path, title), f"{title} '{path.name}'")
    fitted, notice = fitted_pixels(pixels.values, size)
    notices = pixels.notices if notice is None else (*pixels.notices, notice)
    return PaintPicture(raster_of_pixels(fitted), notices)


def read_decal_picture(path: Path, title: str = "The picture") -> DecalPicture:
    """A picture file in its own shape, at most `MOST_DECAL_SIDE` pixels long and wide.

    Args:
        path: see `read_paint_picture`.
        title: what to call it in an error, at the start of a sentence.

    Raises:
        AssetError: missing, another format, damaged or too large.
    """
    import cv2

    values, notices = picture_pixels(picture_bytes(path, title), f"{title} '{path.name}'")
    height, width = values.shape[:2]
    share = MOST_DECAL_SIDE / max(height, width)
    if share < 1:
        fitted = max(round(share * width), 1), max(round(share * height), 1)
        scaled = cv2.resize(values, fitted, interpolation=cv2.INTER_AREA)
        values = scaled.astype(np.uint16, copy=False)
    return DecalPicture(values.astype(np.float32) / np.float32(FULL), notices)


def save_raster(path: Path, raster: Raster, deep: bool = True) -> None:
    """One layer's raster as a PNG with straight transparency.

    Args:
        path: where; see `atomic_write`.
        raster: RGBA.
        deep: 16 bits a channel, which lose nothing; otherwise 8.

    Raises:
        AssetError: the file cannot be written.
    """
    pixels = straight(pixels_of_raster(raster))
    save_pixels(path, pixels if deep else as_bytes(pixels))


def save_pixels(path: Path, pixels: UInt8 | UInt16) -> None:
    """A picture [H, W, 3] or [H, W, 4] straight, RGB in this order, as a PNG of its depth.

    Raises:
        AssetError: the file cannot be written.
    """
    data = png_of(pixels)
    with atomic_write(path) as file:
        file.write(data)


def png_of(pixels: UInt8 | UInt16) -> bytes:
    """The bytes of a PNG of pixels [H, W, 1], [H, W, 3] or [H, W, 4] straight, in their depth."""
    import cv2

    swapped = pixels
    if pixels.shape[2] > 1:
        swapped = pixels[..., [2, 1, 0, 3][: pixels.shape[2]]]
    # Level 3 takes a third of the time of the highest, for files hardly larger.
    options = [cv2.IMWRITE_PNG_COMPRESSION, 3]
    return cv2.imencode(".png", np.ascontiguousarray(swapped), options)[1].tobytes()


def pixels_from_png(data: bytes, name: str) -> UInt16:
    """[H, W, 4] straight, 16 bits a channel, of the bytes of a PNG, JPEG or WebP file.

    Args:
        data: the bytes of the file.
        name: what to call it in an error, at the start of a sentence.

    Raises:
        AssetError: another format, damaged or too large.
    """
    import cv2

    return _rgba(decoded_picture(data, cv2.IMREAD_UNCHANGED, name), name)


def fitted_pixels(pixels: UInt16, size: int) -> tuple[UInt16, str | None]:
    """Premultiplied pixels [H, W, C] as [size, size, C], and what to say about that, if anything.

    Averaged over areas where the longer side shrinks, otherwise bilinear.
    """
    import cv2

    height, width = pixels.shape[:2]
    if height == width == size:
        return pixels, None
    method = cv2.INTER_AREA if size < max(height, width) else cv2.INTER_LINEAR
    scaled = cv2.resize(np.ascontiguousarray(pixels), (size, size), interpolation=method)
    fitted = scaled.reshape(size, size, -1).astype(np.uint16, copy=False)
    # Rounding each channel by itself could leave a colour above its coverage.
    fitted[..., :3] = np.minimum(fitted[..., :3], fitted[..., -1:])
    verb = "scaled" if height == width else "stretched, since textures are square,"
    return fitted, (
        f"The picture has {width} x {height} pixels; it was {verb} to the painting's"
        f" {size} x {size}."
    )


def picture_pixels(data: bytes, name: str) -> PicturePixels:
    """The pixels of a PNG, JPEG, WebP or TIFF file's bytes, with their transparency.

    Args:
        data: the bytes of the file.
        name: what to call it in an error, at the start of a sentence.

    Raises:
        AssetError: another format, damaged or too large.
    """
    import cv2

    if is_tiff(data):
        return _tiff_pixels(data, name)
    if data.startswith(_JPEG):
        # In colour, because only then does OpenCV turn pictures of a camera held upright.
        values = _rgba(decoded_picture(data, cv2.IMREAD_COLOR, name), name)
        return PicturePixels(values, (CMYK_NOTICE,) if jpeg_channels(data) == _CMYK else ())
    try:
        values = pixels_from_png(data, name)
    except AssetError as error:
        raise AssetError(error.message, error.hint.replace("JPEG or", "JPEG, TIFF or")) from error
    return PicturePixels(premultiplied(values))


def _tiff_pixels(data: bytes, name: str) -> PicturePixels:
    import cv2

    header = read_tiff_header(data)
    if header is None:
        raise AssetError(f"{name} cannot be read.", "It may be truncated.")
    expect_possible_size(header.size, name)
    _expect_readable(header, name)
    values = _rgba(unpacked_picture(data, cv2.IMREAD_UNCHANGED, name), name)
    notices = [CMYK_NOTICE] if header.is_cmyk else []
    if header.channels == 2:
        notices.append("Its transparency could not be read: grey TIFF files keep theirs apart.")
    # libtiff gives pictures of 8 bits premultiplied, however they are stored.
    if not (header.is_premultiplied or header.bits == 8):
        values = premultiplied(values)
    values[..., :3] = np.minimum(values[..., :3], values[..., 3:])
    return PicturePixels(values, tuple(notices))


def _expect_readable(header: TiffHeader, name: str) -> None:
    if header.is_cmyk and header.bits != 8:
        raise AssetError(f"{name} is CMYK in {header.bits} bits, which is not read.", _TIFF_HINT)
    if not header.is_interleaved:
        raise AssetError(f"{name} keeps its colours in planes, which is not read.", _TIFF_HINT)
    if header.channels > 4:
        raise AssetError(f"{name} has {header.channels} channels, which is not read.", _TIFF_HINT)


def _rgba(image: Any, name: str) -> UInt16:
    """OpenCV's picture as RGBA [H, W, 4] in 16 bits."""
    if image.dtype == np.uint8:
        deep = image.astype(np.uint16) * np.uint16(257)
    elif image.dtype == np.uint16:
        deep = image
    elif image.dtype == np.float32:
        deep = np.rint(np.nan_to_num(image, nan=0.0).clip(0, 1) * FULL).astype(np.uint16)
    else:
        raise AssetError(f"{name} holds numbers of a kind that is not read.", _TIFF_HINT)
    if deep.ndim == 2:
        deep = deep[..., None]
    channels = deep.shape[2]
    pixels = np.full((*deep.shape[:2], 4), FULL, np.uint16)
    pixels[..., :3] = deep if channels == 1 else deep[..., 2::-1]
    if channels == 4:
        pixels[..., 3] = deep[..., 3]
    return pixels
