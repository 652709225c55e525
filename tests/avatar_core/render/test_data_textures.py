from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.errors import RenderError
from avatar_core.render.data_textures import WIDTH, DataTexture, rows_of

if TYPE_CHECKING:
    import moderngl

pytestmark = pytest.mark.gl


def stored(texture: DataTexture, dtype: str, components: int) -> np.ndarray:
    return np.frombuffer(texture.texture.read(), dtype).reshape(-1, components)


def test_columns_stand_side_by_side_over_several_rows(context: moderngl.Context) -> None:
    count = 2 * WIDTH + 7
    texture = DataTexture(context, count, 4, "f4")
    places = np.random.default_rng(0).normal(size=(count, 3)).astype(np.float32)
    weights = np.arange(count, dtype=np.float32)[:, None]
    texture.write(places, weights)
    values = stored(texture, "f4", 4)
    assert len(values) == 3 * WIDTH
    assert np.array_equal(values[:count], np.hstack([places, weights]))


def test_a_shorter_write_leaves_the_rest(context: moderngl.Context) -> None:
    texture = DataTexture(context, 10, 1, "u4")
    texture.write(np.arange(10, dtype=np.uint32)[:, None])
    texture.write(np.full((3, 1), 99, np.uint32))
    assert stored(texture, "u4", 1)[:10, 0].tolist() == [99, 99, 99, 3, 4, 5, 6, 7, 8, 9]
    texture.write(np.zeros((0, 1), np.uint32))
    assert stored(texture, "u4", 1)[0, 0] == 99


def test_there_is_always_a_row(context: moderngl.Context) -> None:
    assert rows_of(0) == 1
    assert DataTexture(context, 0, 4, "f2").texture.size == (WIDTH, 1)


def test_more_than_the_card_can_hold_is_refused_in_words(context: moderngl.Context) -> None:
    most = context.info["GL_MAX_TEXTURE_SIZE"]
    with pytest.raises(RenderError, match="largest") as caught:
        DataTexture(context, WIDTH * most + 1, 4, "f2")
    assert caught.value.hint


def test_so_is_a_face_texture_too_large(draw: Any, make: Any) -> None:
    most = draw.offscreen._context.info["GL_MAX_TEXTURE_SIZE"]
    wide = np.zeros((1, most + 1, 3), np.uint8)
    with pytest.raises(RenderError, match=f"{most + 1} x 1"):
        draw(make.avatar(make.square(), texture=wide), make.camera())


def test_single_texels_change_and_their_neighbours_stay(context: moderngl.Context) -> None:
    texture = DataTexture(context, 3 * WIDTH, 4, "f4")
    whole = np.random.default_rng(1).normal(size=(3 * WIDTH, 4)).astype(np.float32)
    texture.write(whole)
    places = np.array([5, WIDTH + 2, 2 * WIDTH - 1])
    texture.write_at(places, np.full((3, 3), 7, np.float32))
    texture.write_at(places[:0], np.zeros((0, 3), np.float32))
    expected = whole.copy()
    expected[places, :3] = 7
    assert np.array_equal(stored(texture, "f4", 4), expected)
