from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.texture.brush import PaintSettings
from avatar_core.texture.brushes.clone import CLONE
from avatar_core.texture.canvas import PaintCanvas
from avatar_core.texture.ground import HeadGround, UvGround
from avatar_core.texture.tip import Tip
from tests.avatar_core.texture.sheet import sheet_atlas, sheet_canvas
from tests.avatar_core.texture.strokes import MIDDLE, SIZE, chequered, moved, stroke, texels_around

TARGET = moved(MIDDLE, 0, 80)


def patterned(texels) -> np.ndarray:
    """Squares around the middle, nothing elsewhere."""
    return chequered(texels) * np.isin(texels, texels_around(MIDDLE, 30))[:, None]


def on(values_of=patterned, **options) -> PaintCanvas:
    atlas, _ = sheet_atlas()
    below = sheet_canvas(atlas)
    below.write(atlas.texels, values_of(atlas.texels).astype(np.float32))
    return PaintCanvas(below.result(), below.layer_id, **options)


def settings(**options) -> PaintSettings:
    ground = UvGround(sheet_atlas()[0])
    source = ground.place(MIDDLE)
    return PaintSettings(**{"radius": 10.0, "tip": Tip(1.0), "source": source, **options})


def test_in_the_picture_texels_are_copied_exactly() -> None:
    canvas = on()

    stroke(canvas, CLONE, settings(), moved(TARGET, 0.3, 0.2), moved(TARGET, 12, 0))

    copied = texels_around(moved(TARGET, 6, 0), 8)
    assert np.array_equal(canvas.read(copied), patterned(copied - 80 * SIZE).astype(np.float32))


def test_the_place_that_is_copied_stays_as_it_was_before_the_stroke() -> None:
    """Copies do not copy what this stroke has copied already."""
    canvas = on()

    stroke(canvas, CLONE, settings(), moved(MIDDLE, 8, 0), moved(MIDDLE, 40, 0))

    copied = texels_around(moved(MIDDLE, 30, 0), 6)
    assert np.array_equal(canvas.read(copied), patterned(copied - 8).astype(np.float32))


def test_on_the_head_the_look_is_copied_into_a_chart_that_lies_otherwise() -> None:
    atlas, vertices = sheet_atlas()
    eye, up = np.array([0, 0, 0.5], np.float32), np.array([0, 1, 0], np.float32)
    ground = HeadGround(atlas, vertices, eye, up)

    def stripes(texels) -> np.ndarray:
        """Across x, 10 mm wide, on the left alone."""
        places = atlas.places_of(texels, vertices)
        red = (np.floor(places[:, 1] / 0.01) % 2 == 0) & (places[:, 0] < 0)
        return red[:, None] * np.array([1.0, 0.0, 0.0, 1.0])

    canvas = on(stripes)
    source = ground.place(np.array([-0.04, 0.0, 0.0]))
    wide = settings(radius=0.02, source=source)

    stroke(canvas, CLONE, wide, np.array([0.04, 0.0, 0.0]), ground=ground)

    right = atlas.texels_of_island(1)
    places = atlas.places_of(right, vertices)
    inside = np.hypot(places[:, 0] - 0.04, places[:, 1]) < 0.018
    edge = np.abs((places[:, 1] / 0.01 + 0.5) % 1 - 0.5) * 0.01
    clear = inside & (edge > 0.001)
    expected = np.floor(places[clear, 1] / 0.01) % 2 == 0
    assert np.array_equal(canvas.read(right[clear])[:, 3] > 0.5, expected)
    assert clear.sum() > 500


def test_all_layers_are_copied_where_that_is_wanted() -> None:
    class Green:
        def seen(self, painting, texels, part, below=None):
            return np.tile(np.array([0.0, 0.5, 0.0], np.float32), (len(texels), 1))

    canvas = on(compositor=Green())

    stroke(canvas, CLONE, settings(options={"from": 1.0}), TARGET)

    assert np.allclose(canvas.read(texels_around(TARGET, 8)), (0, 0.5, 0, 1), atol=1e-4)


def test_a_clone_covers_no_more_than_its_opacity() -> None:
    canvas = on()

    stroke(canvas, CLONE, settings(opacity=0.5, flow=0.6), TARGET, moved(TARGET, 20, 0), TARGET)

    assert canvas.read(texels_around(moved(TARGET, 10, 0), 30))[:, 3].max() <= 0.5 + 1e-4


def test_without_a_place_to_copy_from_one_is_asked_for() -> None:
    canvas = on()
    with pytest.raises(AssetError, match="no place to copy from"):
        stroke(canvas, CLONE, settings(source=None), TARGET)
    assert not canvas.dirty


def test_beside_the_head_nothing_happens() -> None:
    canvas = on()
    stroke(canvas, CLONE, settings(radius=2.0), np.array([2.0, 2.0]), np.array([9.0, 2.0]))
    assert not canvas.dirty
