"""Colours from names and from pictures."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.hair.palette import HAIR_COLOURS, palette_of_image, sampled


def test_every_named_colour_is_one() -> None:
    names = [each.name for each in HAIR_COLOURS]
    assert len(set(names)) == len(names) >= 12
    assert all(0 <= part <= 1 for each in HAIR_COLOURS for part in each.rgb)


def _stripes() -> np.ndarray:
    image = np.zeros((60, 100, 3), np.uint8)
    image[:, :60] = [200, 150, 90]
    image[:, 60:90] = [40, 30, 25]
    image[:, 90:] = [30, 80, 200]
    noise = np.random.default_rng(0).integers(-3, 4, image.shape)
    return (image.astype(np.int64) + noise).clip(0, 255).astype(np.uint8)


def test_the_main_colours_of_a_picture_come_in_order() -> None:
    palette = palette_of_image(_stripes(), 3) * 255
    np.testing.assert_allclose(palette, [[200, 150, 90], [40, 30, 25], [30, 80, 200]], atol=3)


def test_a_picture_of_few_colours_has_a_short_palette() -> None:
    plain = np.full((8, 8, 3), [10, 200, 100], np.uint8)
    palette = palette_of_image(plain, 5)
    np.testing.assert_allclose(palette * 255, [[10, 200, 100]], atol=0.5)
    assert palette_of_image(np.zeros((0, 4, 3), np.uint8), 3).shape == (0, 3)
    assert palette_of_image(plain, 0).shape == (0, 3)


def test_a_large_picture_gives_the_same_as_a_small_one() -> None:
    large = np.repeat(np.repeat(_stripes(), 8, axis=0), 8, axis=1)
    np.testing.assert_allclose(
        palette_of_image(large, 3), palette_of_image(_stripes(), 3), atol=0.01
    )


def test_a_sample_is_the_colour_around_and_not_of_one_bright_hair() -> None:
    image = np.full((20, 30, 3), [90, 60, 40], np.uint8)
    image[10, 15] = 255
    np.testing.assert_allclose(sampled(image, 15, 10) * 255, [90, 60, 40], atol=1e-3)
    np.testing.assert_allclose(sampled(image, 15.9, 10.2, 0) * 255, [255] * 3, atol=1e-3)


def test_a_sample_beside_the_picture_is_of_its_edge() -> None:
    image = np.zeros((20, 30, 3), np.uint8)
    image[:, -4:] = [255, 0, 0]
    np.testing.assert_allclose(sampled(image, 400, -7), [1, 0, 0])
    with pytest.raises(ShapeError, match="image"):
        sampled(np.zeros((0, 0, 3), np.uint8), 0, 0)
    with pytest.raises(ShapeError, match="image"):
        sampled(np.zeros((4, 4), np.uint8), 0, 0)
