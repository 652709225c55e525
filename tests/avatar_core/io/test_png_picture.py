from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from avatar_core.errors import AssetError, ShapeError
from avatar_core.io.png_picture import chunks_of, picture_to_png

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("level", [1, 6])
def test_every_bit_comes_back(kind, channels, level):
    image = RNG.integers(0, np.iinfo(kind).max, (13, 17, channels), kind, endpoint=True)

    data = picture_to_png(image, level)

    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    order = cv2.COLOR_BGRA2RGBA if channels == 4 else cv2.COLOR_BGR2RGB
    np.testing.assert_array_equal(cv2.cvtColor(read, order), image)
    assert read.dtype == kind


def test_another_reader_sees_the_same_and_that_it_is_srgb():
    image = RNG.integers(0, 255, (9, 11, 4), np.uint8)

    picture = Image.open(io.BytesIO(picture_to_png(image)))
    picture.load()

    np.testing.assert_array_equal(np.asarray(picture), image)
    assert picture.info["srgb"] == 0
    assert picture.info["gamma"] == pytest.approx(1 / 2.2, abs=1e-4)


def test_the_tags_come_once_and_before_the_pixels():
    kinds = [kind for kind, _ in chunks_of(picture_to_png(np.zeros((2, 2, 3), np.uint16)))]

    assert kinds[0] == b"IHDR"
    assert kinds[-1] == b"IEND"
    for tag in (b"sRGB", b"gAMA", b"cHRM"):
        assert kinds.count(tag) == 1
        assert kinds.index(tag) < kinds.index(b"IDAT")


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 2), (4,)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ShapeError):
        picture_to_png(np.zeros(shape, np.uint8))


def test_a_picture_that_is_cut_off_is_told():
    data = picture_to_png(np.zeros((2, 2, 3), np.uint8))
    ends = np.cumsum([8, *(len(content) + 12 for _, content in chunks_of(data))])
    assert ends[-1] == len(data)
    for end in set(range(9, len(data))) - set(ends.tolist()):
        with pytest.raises(AssetError, match="ends in the middle"):
            chunks_of(data[:end])
