from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.render.picture_target import PictureTarget

if TYPE_CHECKING:
    import moderngl

pytestmark = pytest.mark.gl


def test_it_is_kept_while_its_size_stays(context: moderngl.Context) -> None:
    picture = PictureTarget(context)
    first = picture.of_size((8, 4))
    assert picture.of_size((8, 4)) is first
    second = picture.of_size((4, 4))
    assert second.size == picture.texture.size == (4, 4)
    second.clear(1.0, 0.0, 0.0, 1.0)
    pixels = np.frombuffer(picture.texture.read(), np.uint8).reshape(4, 4, 4)
    assert (pixels == (255, 0, 0, 255)).all()
    assert context.error == "GL_NO_ERROR"


def test_it_can_be_freed_before_it_was_needed_and_twice(context: moderngl.Context) -> None:
    unused, used = PictureTarget(context), PictureTarget(context)
    used.of_size((4, 4))
    for picture in (unused, used, used):
        picture.release()
    assert context.error == "GL_NO_ERROR"
