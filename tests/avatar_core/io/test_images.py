from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from avatar_core.errors import AssetError
from avatar_core.io.images import grey_from_png, grey_to_png, image_from_png, image_to_png


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (9, 7, 3)).astype(np.uint8)


def test_pixels_survive_to_the_bit(image: np.ndarray) -> None:
    np.testing.assert_array_equal(image_from_png(image_to_png(image)), image)


def test_red_stays_red() -> None:
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 200
    assert image_from_png(image_to_png(red))[0, 0].tolist() == [200, 0, 0]


def test_a_huge_claim_is_refused_before_it_is_allocated() -> None:
    header = struct.pack(">IIBBBBB", 2**30, 2**30, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    data += struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(AssetError, match="impossible size"):
        image_from_png(data)


@pytest.mark.parametrize("keep", [0, 5, 20, 60])
def test_cut_files_are_refused(image: np.ndarray, keep: int) -> None:
    with pytest.raises(AssetError, match="The face"):
        image_from_png(image_to_png(image)[:keep], "The face")


def test_masks_survive_to_the_bit(image: np.ndarray) -> None:
    mask = image[..., 0]
    np.testing.assert_array_equal(grey_from_png(grey_to_png(mask)), mask)
    with pytest.raises(AssetError, match="not a PNG"):
        grey_from_png(b"GIF89a")
    with pytest.raises(AssetError, match="impossible size"):
        grey_from_png(grey_to_png(mask), most_pixels=10)


def test_rows_come_as_they_are_stored_whatever_exif_says() -> None:
    exif = Image.Exif()
    exif[274] = 6
    stream = io.BytesIO()
    Image.new("RGB", (4, 9), (1, 2, 3)).save(stream, "PNG", exif=exif)
    assert image_from_png(stream.getvalue()).shape == (9, 4, 3)
