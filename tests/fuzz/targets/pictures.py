"""Pictures, and pictures in layers."""

from __future__ import annotations

import io
import warnings
import zipfile
from functools import cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image

from avatar_core.driving.still_image import is_image, read_picture
from avatar_core.errors import AssetError
from avatar_core.io.animation import is_animated
from avatar_core.io.backdrop import read_backdrop
from avatar_core.io.exif import exif_orientation, upright
from avatar_core.io.images import grey_from_png, image_from_png, image_to_png
from avatar_core.io.open_raster import write_open_raster
from avatar_core.io.open_raster_reader import read_open_raster
from avatar_core.io.paint_pictures import read_decal_picture, read_paint_picture
from avatar_core.io.picture_files import read_picture_file
from avatar_core.io.source_picture import read_source_picture
from avatar_core.picture_headers import is_tiff, read_tiff_header
from tests.fuzz.target import MIB, Shape, Target, read_file
from tests.fuzz.targets.documents import small_project, written

if TYPE_CHECKING:
    from pathlib import Path


def _picture(mode: str) -> Image.Image:
    dice = np.random.default_rng(3)
    channels = {"L": 0, "RGB": 3, "RGBA": 4, "CMYK": 4, "I;16": 0}[mode]
    shape = (12, 10, channels) if channels else (12, 10)
    kind = np.uint16 if mode == "I;16" else np.uint8
    values = dice.integers(0, 256, shape).astype(kind)
    if mode == "CMYK":
        return Image.frombytes(mode, (10, 12), values.tobytes())
    return Image.fromarray(values)


def _saved(mode: str, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _picture(mode).save(stream, kind, **options)
    return stream.getvalue()


@cache
def _exif() -> bytes:
    exif = Image.Exif()
    exif[274] = 6
    return exif.tobytes()


@cache
def pngs() -> list[bytes]:
    """Of several depths, with and without EXIF."""
    modes = ("L", "RGB", "RGBA", "I;16")
    return [*(_saved(mode, "PNG") for mode in modes), _saved("RGB", "PNG", exif=_exif())]


@cache
def photographs() -> list[bytes]:
    """JPEG and WebP."""
    jpegs = [_saved("RGB", "JPEG", exif=_exif()), _saved("L", "JPEG"), _saved("CMYK", "JPEG")]
    jpegs.append(_saved("RGB", "JPEG", progressive=True))
    webps = [_saved("RGBA", "WEBP", lossless=True), _saved("RGB", "WEBP", exif=_exif())]
    return [*jpegs, *webps]


@cache
def tiffs() -> list[bytes]:
    """Packed and plain."""
    return [
        _saved("RGB", "TIFF"), _saved("RGBA", "TIFF", compression="tiff_lzw"),
        _saved("CMYK", "TIFF"), _saved("I;16", "TIFF"),
        _saved("RGB", "TIFF", compression="tiff_adobe_deflate"),
        _saved("RGB", "TIFF", compression="jpeg"),
    ]  # fmt: skip


@cache
def _others() -> list[bytes]:
    return [_saved("RGB", "BMP"), _saved("L", "GIF")]


def _everything() -> list[bytes]:
    return [*pngs(), *photographs(), *tiffs(), *_others()]


def _open_rasters() -> list[bytes]:
    painting = small_project().painting
    merged = np.full((512, 512, 3), 90, np.uint8)
    ours = written(lambda path: write_open_raster(path, painting, merged), "a.ora")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr(
            "stack.xml",
            '<image w="10" h="12"><stack><layer name="A" src="data/a.png" x="-3" y="2" '
            'opacity="0.5" composite-op="svg:multiply"/><stack name="G"><layer src="data/a.png"/>'
            "</stack></stack></image>",
        )
        archive.writestr("data/a.png", pngs()[2])
    return [stream.getvalue(), stream.getvalue(), ours]


def _read_orientation(data: bytes, _: Path) -> Any:
    orientation = exif_orientation(data)
    if not 1 <= orientation <= 8:
        raise ArithmeticError(f"orientation {orientation}")
    return upright(np.zeros((2, 3, 3), np.uint8), orientation), is_animated(data)


def _read_tiff(data: bytes, _: Path) -> Any:
    return read_tiff_header(data) if is_tiff(data) else None


def _read_still(path: Path) -> Any:
    if not is_image(path):
        raise AssetError("It is no picture.")
    return read_picture(path)


def _sane(picture: Any) -> Any:
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ArithmeticError(f"a picture of {picture.shape}")
    return picture


TARGETS = (
    Target("PNG inside", pngs, lambda data, _: _sane(image_from_png(data)), Shape.PNG,
           write=lambda image, _: image_to_png(image), memory_bytes=600 * MIB),
    Target("PNG mask", pngs, lambda data, _: grey_from_png(data), Shape.PNG,
           memory_bytes=300 * MIB),
    Target("picture file PNG", pngs,
           read_file(lambda path: read_picture_file(path, cv2.IMREAD_UNCHANGED), "a.png"),
           Shape.PNG, memory_bytes=1200 * MIB),
    Target("picture file JPEG, WebP", photographs,
           read_file(lambda path: _sane(read_backdrop(path)), "a.jpg"), memory_bytes=1200 * MIB),
    Target("picture for portraits", _everything, read_file(read_source_picture, "a.png"),
           memory_bytes=2000 * MIB),
    Target("picture as paint", _everything,
           read_file(lambda path: read_paint_picture(path, 512), "a.png"),
           memory_bytes=2000 * MIB),
    Target("picture as decal", _everything, read_file(read_decal_picture, "a.png"),
           memory_bytes=2000 * MIB),
    Target("picture to follow", _everything, read_file(_read_still, "a.png"), Shape.PNG,
           memory_bytes=1200 * MIB),
    Target("EXIF, animation", _everything, _read_orientation),
    Target("TIFF header", tiffs, _read_tiff),
    Target("OpenRaster", _open_rasters, read_file(read_open_raster, "a.ora"), Shape.ZIP,
           memory_bytes=1200 * MIB, cpu_s=20.0),
)  # fmt: skip
