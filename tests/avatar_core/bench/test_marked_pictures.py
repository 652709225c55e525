from __future__ import annotations

import pytest

from avatar_core.bench.marked_pictures import MarkedPictures, number_in


@pytest.mark.parametrize(("width", "height"), [(64, 64), (1920, 1080), (130, 98)])
def test_the_number_is_read_back(width, height):
    pictures = MarkedPictures(width, height)

    for number in (0, 1, 2, 255, 256, 1234, 43690, 65535):
        image = pictures.picture(number)
        assert image.shape == (height, width, 3)
        assert number_in(image) == number


def test_successive_pictures_differ_beyond_the_number():
    pictures = MarkedPictures(128, 128)

    assert (pictures.picture(0)[16:] != pictures.picture(5)[16:]).any()
