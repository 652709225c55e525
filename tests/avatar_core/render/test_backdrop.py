"""A picture behind the avatar."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from avatar_core.errors import RenderError
from avatar_core.render.scene import Blending, SceneOptions

pytestmark = pytest.mark.gl


def halves(height: int, width: int) -> np.ndarray:
    """Red over blue."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, :, 0] = 255
    image[height // 2 :, :, 2] = 255
    return image


def scene(image: np.ndarray, **options: Any) -> SceneOptions:
    return SceneOptions(background_image=image, show_grid=False, **options)


@pytest.mark.parametrize("size", [(8, 8), (8, 40), (40, 8)])
def test_covers_the_picture_from_its_middle(draw: Any, make: Any, size: tuple[int, int]) -> None:
    image = draw(make.avatar(), make.camera(), scene(halves(*size)))
    assert (image[:20] == (255, 0, 0)).all()
    assert (image[-20:] == (0, 0, 255)).all()


def test_a_wide_picture_is_cut_at_its_sides(draw: Any, make: Any) -> None:
    wide = np.zeros((8, 32, 3), np.uint8)
    wide[:, 12:20] = (0, 255, 0)  # all that a square shows of it
    image = draw(make.avatar(), make.camera(), scene(wide))
    assert (image[:, 8:-8] == (0, 255, 0)).all()


@pytest.mark.parametrize("blending", list(Blending))
def test_the_avatar_stands_before_it(draw: Any, make: Any, blending: Blending) -> None:
    asset = make.avatar(make.square(0.03), texture=(200, 150, 100))
    image = draw(asset, make.camera(), scene(halves(8, 8), blending=blending))
    np.testing.assert_allclose(image[32, 32], (200, 150, 100), atol=1)
    np.testing.assert_array_equal(image[2, 2], (255, 0, 0))


def test_another_picture_takes_its_place(draw: Any, make: Any) -> None:
    first, second = halves(8, 8), halves(8, 8)[::-1].copy()
    draw(make.avatar(), make.camera(), scene(first))
    image = draw(make.avatar(), make.camera(), scene(second))
    np.testing.assert_array_equal(image[2, 2], (0, 0, 255))


def test_a_transparent_picture_leaves_it_out(draw: Any, make: Any) -> None:
    image = draw(make.avatar(), make.camera(), replace(scene(halves(8, 8)), transparent=True))
    assert not image.any()


def test_one_too_large_is_refused_in_words(draw: Any, make: Any) -> None:
    with pytest.raises(RenderError, match="largest"):
        draw(make.avatar(), make.camera(), scene(np.zeros((1, 100_000, 3), np.uint8)))
    draw(make.avatar(), make.camera())
