"""What a neural face takes, and what it makes of broken values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from avatar_core.errors import RenderError
from avatar_core.frame import NeuralTextures
from avatar_core.render.passes import neural_face

pytestmark = pytest.mark.gl


def picture(draw: Any, make: Any, textures: NeuralTextures, head: Any = None) -> np.ndarray:
    asset = replace(make.avatar(head or make.square(0.06)), face=make.neural_face())
    frame = replace(make.frame(asset), neural=textures)
    return draw(asset, make.camera(), make.plain, frame).astype(float)


def reduced(values: np.ndarray, factor: int) -> np.ndarray:
    """Means of squares of texels."""
    layers, height, width, channels = values.shape
    split = values.reshape(layers, height // factor, factor, width // factor, factor, channels)
    return split.astype(np.float32).mean(axis=(2, 4)).astype(np.float16)


@pytest.mark.parametrize("factor", [2, 4])
def test_reduced_textures_lie_where_the_whole_ones_do(draw: Any, make: Any, factor: int) -> None:
    """A slope survives averaging, but for the rim, where there is nothing to average with."""
    slope = np.linspace(-1, 1, 8)[None, None, :, None] * np.ones((1, 8, 8, 4))
    whole = make.neural_textures(view=slope, dynamic=-slope.swapaxes(1, 2))
    small = NeuralTextures(reduced(whole.view, factor), reduced(whole.dynamic, factor))
    full, coarse = picture(draw, make, whole), picture(draw, make, small)
    away = np.abs(full - coarse)
    assert full[20:44, 20:44].std() > 10
    assert away[27:37, 27:37].max() <= 2
    shifted = NeuralTextures(np.roll(small.view, 1, axis=2), small.dynamic)
    assert np.abs(full - picture(draw, make, shifted))[27:37, 27:37].max() > 10


def test_whole_textures_come_back_after_reduced_ones(draw: Any, make: Any) -> None:
    whole = make.neural_textures(view=0.3)
    before = picture(draw, make, whole)
    picture(draw, make, NeuralTextures(reduced(whole.view, 2), reduced(whole.dynamic, 2)))
    assert np.array_equal(before, picture(draw, make, make.neural_textures(view=0.3)))


def test_a_card_gets_the_same_textures_by_way_of_its_buffers(
    draw: Any, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    textures = make.neural_textures(view=0.3, dynamic=-0.2)
    before = picture(draw, make, textures)
    monkeypatch.setattr(neural_face, "is_software", lambda _context: False)
    assert np.array_equal(before, picture(draw, make, textures))
    moved = make.neural_textures(view=0.3, dynamic=0.4)
    assert not np.array_equal(before, picture(draw, make, moved))


def test_textures_with_other_channels_are_refused(draw: Any, make: Any) -> None:
    more = np.zeros((2, 8, 8, 4), np.float16)
    with pytest.raises(RenderError, match="view texture"):
        picture(draw, make, NeuralTextures(more, more))


def test_places_that_are_no_numbers_end_the_drawing_all_the_same(draw: Any, make: Any) -> None:
    """Llvmpipe ends a loop that never would after 65536 turns; a graphics card would hang here."""
    head = make.square(0.06)
    broken = replace(head.topology, uv=np.full_like(head.topology.uv, np.nan))
    head.topology = broken
    assert picture(draw, make, make.neural_textures(), head).shape == (64, 64, 3)
    assert picture(draw, make, make.neural_textures())[32, 32].any()
