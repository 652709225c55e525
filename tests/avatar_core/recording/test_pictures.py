from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.recording.pictures import fitted


def test_a_picture_that_fits_is_not_copied():
    image = np.zeros((48, 64, 3), np.uint8)

    assert fitted(image, 64, 48) is image


def test_one_missing_row_and_column_repeat_the_last():
    image = np.random.default_rng(0).integers(0, 255, (47, 63, 3), np.uint8)

    picture = fitted(image, 64, 48)

    np.testing.assert_array_equal(picture[:47, :63], image)
    np.testing.assert_array_equal(picture[47], picture[46])
    np.testing.assert_array_equal(picture[:, 63], picture[:, 62])


@pytest.mark.parametrize(
    ("shape", "bright"), [((100, 50), (0.25, 0.75)), ((32, 16), (0.25, 0.75)), ((5, 5), (0, 1))]
)
def test_other_shapes_keep_their_proportions_between_bars(shape, bright):
    picture = fitted(np.full((*shape, 3), 255, np.uint8), 64, 64)

    row = picture[32, :, 0] > 128
    assert row.nonzero()[0].min() == bright[0] * 64
    assert row.nonzero()[0].max() == bright[1] * 64 - 1


def test_a_flipped_picture_becomes_contiguous():
    image = np.random.default_rng(0).integers(0, 255, (16, 16, 3), np.uint8)

    picture = fitted(image[::-1], 16, 16)

    assert picture.flags.c_contiguous
    np.testing.assert_array_equal(picture, image[::-1])


@pytest.mark.parametrize("shape", [(10, 10), (10, 10, 5)])
def test_other_arrays_are_refused(shape):
    with pytest.raises(ShapeError):
        fitted(np.zeros(shape, np.uint8), 64, 64)
