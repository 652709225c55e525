from __future__ import annotations

import numpy as np
import pytest

from avatar_core.texture.brush import PaintSettings
from avatar_core.texture.brushes.pick import PICK, Pick
from avatar_core.texture.canvas import PaintCanvas
from tests.avatar_core.texture.sheet import sheet_atlas, sheet_canvas
from tests.avatar_core.texture.strokes import MIDDLE, stroke, texels_around


class Grey:
    def seen(self, painting, texels, part, below=None):
        return np.tile(np.array([0.25, 0.5, 0.75], np.float32), (len(texels), 1))


def picked(canvas: PaintCanvas, point: np.ndarray):
    brush = stroke(canvas, PICK, PaintSettings(radius=3.0), point).brushes[0]
    assert isinstance(brush, Pick)
    assert not canvas.dirty
    return brush.colour


def test_the_colour_that_is_seen_is_taken() -> None:
    canvas = sheet_canvas(sheet_atlas()[0], compositor=Grey())
    assert picked(canvas, MIDDLE) == pytest.approx((0.25, 0.5, 0.75), abs=1e-6)


def test_of_faint_paint_the_full_colour_is_taken() -> None:
    below = sheet_canvas(sheet_atlas()[0])
    disc = texels_around(MIDDLE, 12)
    below.write(disc, np.tile(np.array([0.1, 0.05, 0.0, 0.2], np.float32), (len(disc), 1)))
    canvas = PaintCanvas(below.result(), below.layer_id)
    assert picked(canvas, MIDDLE) == pytest.approx((0.5, 0.25, 0.0), abs=1e-3)


def test_where_nothing_is_there_is_no_colour() -> None:
    canvas = sheet_canvas(sheet_atlas()[0])
    assert picked(canvas, MIDDLE) is None
    assert picked(sheet_canvas(sheet_atlas()[0], compositor=Grey()), np.array([2.0, 2.0])) is None
