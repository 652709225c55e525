from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.render.upload_ring import UploadRing

if TYPE_CHECKING:
    import moderngl

pytestmark = pytest.mark.gl


def numbers(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float16)


def stored(texture: moderngl.TextureArray, shape: tuple[int, ...]) -> np.ndarray:
    return np.frombuffer(texture.read(), np.float16).reshape(shape)


def test_textures_hold_what_was_written_last(context: moderngl.Context) -> None:
    shape = (3, 8, 16, 4)
    textures = [context.texture_array((16, 8, 3), 4, dtype="f2") for _ in range(2)]
    ring = UploadRing(context)
    for turn in range(5):
        first, second = numbers(turn, *shape), numbers(100 + turn, *shape)
        ring.write(textures[0], first)
        ring.write(textures[1], second)
        np.testing.assert_array_equal(stored(textures[0], shape), first)
        np.testing.assert_array_equal(stored(textures[1], shape), second)
    ring.release()
    assert context.error == "GL_NO_ERROR"


def test_other_sizes_and_arrays_in_other_orders_go_through_it_too(
    context: moderngl.Context,
) -> None:
    ring = UploadRing(context)
    for side in (4, 16, 8):
        texture = context.texture_array((side, side, 1), 4, dtype="f2")
        values = numbers(side, 1, side, side, 4).swapaxes(1, 2)
        ring.write(texture, values)
        np.testing.assert_array_equal(stored(texture, values.shape), values)
    ring.release()
    ring.write(texture, values)
    np.testing.assert_array_equal(stored(texture, values.shape), values)
