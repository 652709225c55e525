from __future__ import annotations

import numpy as np
import pytest

from avatar_core.texture.brush import PaintSettings
from avatar_core.texture.brushes.smudge import SMUDGE
from avatar_core.texture.canvas import PaintCanvas
from avatar_core.texture.tip import Tip
from tests.avatar_core.texture.sheet import sheet_atlas, sheet_canvas
from tests.avatar_core.texture.strokes import MIDDLE, chequered, moved, stroke, texels_around


def on(values_of) -> PaintCanvas:
    atlas, _ = sheet_atlas()
    below = sheet_canvas(atlas)
    below.write(atlas.texels, values_of(atlas.texels))
    return PaintCanvas(below.result(), below.layer_id)


def dot(texels) -> np.ndarray:
    near = texels_around(MIDDLE, 6)
    return np.isin(texels, near)[:, None] * np.array([0.9, 0.1, 0.1, 1.0])


def amount(length: float, distance: float) -> float:
    """Of paint of a dot, so far along the way of a finger."""
    canvas = on(dot)
    settings = PaintSettings(radius=12.0, tip=Tip(0.8), options={"length": length}, spacing=0.05)
    stroke(canvas, SMUDGE, settings, MIDDLE, moved(MIDDLE, 60, 0))
    return float(canvas.read(texels_around(moved(MIDDLE, distance, 0), 4))[:, 3].mean())


def test_paint_goes_along_with_the_finger_and_further_with_a_longer_one() -> None:
    short, middling, long = (amount(length, 35) for length in (0.5, 0.75, 0.95))

    assert short < 0.05 < middling < 0.8 < long
    assert amount(0.0, 20) == pytest.approx(0, abs=1e-4)


def test_what_was_dragged_away_is_gone_from_where_it_was() -> None:
    assert amount(0.95, 0) < 0.2
    assert amount(0.95, 80) < 0.01


def test_one_stamp_alone_changes_nothing() -> None:
    canvas = on(chequered)
    stroke(canvas, SMUDGE, PaintSettings(radius=12.0), MIDDLE)
    near = texels_around(MIDDLE, 20)
    assert np.array_equal(canvas.read(near), chequered(near))


def test_what_is_alike_stays_as_it_is_and_nothing_gets_brighter_than_it_was() -> None:
    flat = np.array([0.25, 0.125, 0.0, 0.5], np.float32)
    canvas = on(lambda texels: np.tile(flat, (len(texels), 1)))
    before = canvas.read(texels_around(MIDDLE, 40))
    stroke(canvas, SMUDGE, PaintSettings(radius=12.0), MIDDLE, moved(MIDDLE, 30, 0))
    assert np.abs(canvas.read(texels_around(MIDDLE, 40)) - before).max() <= 1.5 / 65535

    canvas = on(dot)
    stroke(canvas, SMUDGE, PaintSettings(radius=12.0), MIDDLE, moved(MIDDLE, 40, 0))
    values = canvas.read(texels_around(MIDDLE, 70))
    assert values[:, 3].max() <= 1
    assert (values[:, 0] <= 0.9 * values[:, 3] + 1e-4).all()


def test_beside_the_head_nothing_happens() -> None:
    canvas = on(chequered)
    stroke(canvas, SMUDGE, PaintSettings(radius=2.0), np.array([2.0, 2.0]), np.array([9.0, 2.0]))
    assert not canvas.dirty
