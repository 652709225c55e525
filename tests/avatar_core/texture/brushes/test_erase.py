from __future__ import annotations

import numpy as np

from avatar_core.texture.brush import PaintSettings
from avatar_core.texture.brushes.erase import ERASE
from avatar_core.texture.canvas import PaintCanvas
from avatar_core.texture.tip import Tip
from tests.avatar_core.texture.sheet import sheet_atlas, sheet_canvas
from tests.avatar_core.texture.strokes import MIDDLE, chequered, moved, stroke, texels_around


def erased(**options) -> PaintCanvas:
    atlas, _ = sheet_atlas()
    below = sheet_canvas(atlas)
    below.write(atlas.texels, chequered(atlas.texels))
    canvas = PaintCanvas(below.result(), below.layer_id)
    settings = PaintSettings(radius=20.0, tip=Tip(1.0), **options)
    stroke(canvas, ERASE, settings, MIDDLE, moved(MIDDLE, 30, 0), MIDDLE)
    return canvas


def test_all_paint_is_taken_away() -> None:
    canvas = erased()
    assert not canvas.read(texels_around(MIDDLE, 18)).any()
    far = texels_around(moved(MIDDLE, 0, 60), 20)
    assert np.array_equal(canvas.read(far), chequered(far))


def test_no_more_is_taken_than_the_opacity_says_and_colours_stay() -> None:
    canvas = erased(opacity=0.25, flow=0.7)
    near = texels_around(moved(MIDDLE, 15, 0), 4)
    assert np.allclose(canvas.read(near), 0.75 * chequered(near), atol=2e-3)
    assert canvas.read(texels_around(MIDDLE, 40))[:, 3].min() >= 0.75 - 1e-4
