from __future__ import annotations

import numpy as np
import pytest

from avatar_core.texture.brush import PaintSettings
from avatar_core.texture.brushes.blur import BLUR
from avatar_core.texture.canvas import PaintCanvas
from avatar_core.texture.ground import HeadGround
from avatar_core.texture.tip import Tip
from tests.avatar_core.texture.sheet import sheet_atlas, sheet_canvas
from tests.avatar_core.texture.strokes import MIDDLE, chequered, moved, stroke, texels_around

SETTINGS = PaintSettings(radius=24.0, tip=Tip(0.5))


def on(values_of) -> PaintCanvas:
    """A canvas over a layer that is painted with a function of texels."""
    atlas, _ = sheet_atlas()
    below = sheet_canvas(atlas)
    below.write(atlas.texels, values_of(atlas.texels))
    return PaintCanvas(below.result(), below.layer_id)


def test_squares_run_into_one_another() -> None:
    canvas = on(chequered)
    near = texels_around(MIDDLE, 10)
    before = canvas.read(near).std(axis=0)

    stroke(canvas, BLUR, PaintSettings(radius=24.0, options={"width": 4.0}), MIDDLE)

    assert (canvas.read(near).std(axis=0)[[0, 2]] < 0.5 * before[[0, 2]]).all()
    assert np.allclose(canvas.read(near)[:, 3], 1)


def test_what_is_alike_stays_as_it_is() -> None:
    flat = np.array([0.25, 0.125, 0.0, 0.5], np.float32)
    canvas = on(lambda texels: np.tile(flat, (len(texels), 1)))
    before = canvas.read(texels_around(MIDDLE, 30))

    stroke(canvas, BLUR, SETTINGS, MIDDLE, moved(MIDDLE, 20, 9))

    assert np.abs(canvas.read(texels_around(MIDDLE, 30)) - before).max() <= 1.5 / 65535


def test_a_dot_spreads_and_hardly_loses_paint() -> None:
    dot = texels_around(MIDDLE, 4)
    canvas = on(lambda texels: np.isin(texels, dot)[:, None] * np.ones(4))
    whole = texels_around(MIDDLE, 30)
    before = canvas.read(whole)[:, 3].sum()

    stroke(canvas, BLUR, PaintSettings(radius=28.0, tip=Tip(0.9), options={"width": 2.0}), MIDDLE)

    assert canvas.read(whole)[:, 3].sum() == pytest.approx(before, rel=0.02)
    assert canvas.read(dot)[:, 3].mean() < 0.9
    ring = np.setdiff1d(texels_around(MIDDLE, 6), texels_around(MIDDLE, 5))
    assert canvas.read(ring)[:, 3].mean() > 0.05


def test_colours_run_over_the_seam_of_charts() -> None:
    atlas, vertices = sheet_atlas()
    left, right = (atlas.texels_of_island(island) for island in (0, 1))
    canvas = on(lambda texels: np.isin(texels, left)[:, None] * np.ones(4))
    eye, up = np.array([0, 0, 0.5], np.float32), np.array([0, 1, 0], np.float32)
    ground = HeadGround(atlas, vertices, eye, up)
    settings = PaintSettings(radius=0.02, tip=Tip(0.9), options={"width": 3.0})

    stroke(canvas, BLUR, settings, np.array([0.0, 0.0, 0.0]), ground=ground)

    near = np.abs(atlas.places_of(right, vertices)[:, :2]).max(axis=1) < 0.001
    assert 0.2 < canvas.read(right[near])[:, 3].mean() < 0.6


def test_beside_the_head_nothing_happens() -> None:
    canvas = on(chequered)
    stroke(canvas, BLUR, SETTINGS, np.array([2.0, 2.0]))
    assert not canvas.dirty
