from __future__ import annotations

import numpy as np
import pytest

from avatar_core.commands import EditPaint
from avatar_core.project import Painting, Project
from avatar_core.texture.brush import Jitter, PaintSettings, PaintStroke
from avatar_core.texture.brushes.paint import PAINT
from avatar_core.texture.canvas import PaintCanvas, PaintTarget
from avatar_core.texture.ground import HeadGround
from avatar_core.texture.stamp import Reach
from avatar_core.texture.symmetry import MirrorMap
from avatar_core.texture.tip import Tip
from tests.avatar_core.texture.sheet import left_uv, right_uv, sheet, sheet_atlas, sheet_canvas
from tests.avatar_core.texture.strokes import MIDDLE, SIZE, chequered, moved, stroke, texels_around

HARD = Tip(1.0)
EYE, UP = np.array([0, 0, 0.5], np.float32), np.array([0, 1, 0], np.float32)
STEP = 0.5 / 65535
"""Half a stored number."""


def settings(**options) -> PaintSettings:
    return PaintSettings(**{"radius": 20.0, "tip": HARD, "colour": (0.8, 0.4, 0.2), **options})


def test_a_hard_stamp_lays_its_colour_over_a_disc() -> None:
    canvas = sheet_canvas(sheet_atlas()[0])

    stroke(canvas, PAINT, settings(opacity=0.5), MIDDLE)

    inside, around = texels_around(MIDDLE, 19), texels_around(MIDDLE, 21)
    assert np.allclose(canvas.read(inside), (0.4, 0.2, 0.1, 0.5), atol=STEP * 2)
    outside = np.setdiff1d(np.arange(SIZE**2, dtype=np.int32), around)
    assert not canvas.read(outside).any()


def test_paint_over_paint_is_source_over() -> None:
    atlas, _ = sheet_atlas()
    below = sheet_canvas(atlas)
    below.write(atlas.texels, np.full((len(atlas.texels), 4), (0.1, 0.2, 0.0, 0.4), np.float32))
    canvas = PaintCanvas(below.result(), below.layer_id)

    stroke(canvas, PAINT, settings(opacity=0.25), MIDDLE)

    values = canvas.read(texels_around(MIDDLE, 18))
    expected = 0.75 * np.array([0.1, 0.2, 0, 0.4]) + 0.25 * np.array([0.8, 0.4, 0.2, 1])
    assert np.allclose(values, expected, atol=STEP * 4)


def test_a_stroke_never_covers_more_than_its_opacity_however_often_it_passes() -> None:
    canvas = sheet_canvas(sheet_atlas()[0])
    ends = [moved(MIDDLE, side * 30, 0) for side in (-1, 1)]

    stroke(canvas, PAINT, settings(opacity=0.6, flow=0.5, tip=Tip(0.0)), *(ends * 8))

    alpha = canvas.read(texels_around(MIDDLE, 60))[:, 3]
    assert alpha.max() <= 0.6 + STEP
    assert canvas.read(texels_around(MIDDLE, 4))[:, 3] == pytest.approx(0.6, abs=1e-3)


def test_flow_adds_up_stamp_by_stamp() -> None:
    alphas = []
    for count in (1, 2, 3):
        canvas = sheet_canvas(sheet_atlas()[0])
        # Stamps a tenth of a diameter apart, all over the middle.
        points = [MIDDLE, moved(MIDDLE, (count - 1) * 4.001, 0)]
        stroke(canvas, PAINT, settings(flow=0.3, spacing=0.1), *points)
        alphas.append(float(canvas.read(texels_around(MIDDLE, 1))[:, 3].mean()))

    assert alphas == pytest.approx([0.3, 1 - 0.7**2, 1 - 0.7**3], abs=1e-3)


def test_two_strokes_cover_more_than_one() -> None:
    canvas = sheet_canvas(sheet_atlas()[0])
    stroke(canvas, PAINT, settings(opacity=0.5), MIDDLE)
    again = PaintCanvas(canvas.result(), canvas.layer_id)

    stroke(again, PAINT, settings(opacity=0.5), MIDDLE)

    assert np.allclose(again.read(texels_around(MIDDLE, 18))[:, 3], 0.75, atol=STEP * 2)


def test_colours_that_vary_keep_to_the_opacity_and_differ() -> None:
    canvas = sheet_canvas(sheet_atlas()[0])
    varied = settings(jitter=Jitter(colour=0.6), opacity=0.7, flow=0.5, colour=(0.5, 0.5, 0.5),
                      spacing=0.5)  # fmt: skip

    stroke(canvas, PAINT, varied, MIDDLE, moved(MIDDLE, 0, 120), MIDDLE)

    values = canvas.read(texels_around(moved(MIDDLE, 0, 60), 50))
    values = values[values[:, 3] > 0.1]
    assert values[:, 3].max() <= 0.7 + STEP
    colours = values[:, :3] / values[:, 3:]
    assert 0.19 < colours.min() < 0.4
    assert 0.6 < colours.max() < 0.81


def test_no_gap_shows_where_charts_meet() -> None:
    atlas, vertices = sheet_atlas()
    canvas = sheet_canvas(atlas)
    ground = HeadGround(atlas, vertices, EYE, UP)

    stroke(canvas, PAINT, settings(radius=0.01), np.array([-0.03, 0.01, 0]),
           np.array([0.03, 0.01, 0]), ground=ground)  # fmt: skip

    # The band from x = -0.03 to 0.03, drawn as a renderer does: bilinear at its own uv.
    picture = canvas.read(np.arange(SIZE**2, dtype=np.int32)).reshape(SIZE, SIZE, 4)
    for x in np.linspace(-0.029, 0.029, 401):
        place = np.array([[x, 0.01]])
        uv = (left_uv(place) if x < 0 else right_uv(place))[0]
        column, row = uv[0] * SIZE - 0.5, (1 - uv[1]) * SIZE - 0.5
        left, top = int(np.floor(column)), int(np.floor(row))
        corners = picture[top : top + 2, left : left + 2, 3]
        assert corners.min() > 0.999


def test_symmetry_paints_both_sides_and_the_middle_once() -> None:
    topology, vertices = sheet()
    atlas, _ = sheet_atlas()
    canvas = sheet_canvas(atlas)
    ground = HeadGround(atlas, vertices, EYE, UP, Reach(), MirrorMap.of(topology, vertices))

    stroke(canvas, PAINT, settings(radius=0.012, flow=0.5, spacing=0.2, is_mirrored=True),
           np.array([-0.04, 0.0, 0]), np.array([-0.03, 0.0, 0]), ground=ground)  # fmt: skip
    alone = sheet_canvas(atlas)
    stroke(alone, PAINT, settings(radius=0.012, flow=0.5), np.array([0.0, 0.0, 0]), ground=ground)
    twice = sheet_canvas(atlas)
    stroke(twice, PAINT, settings(radius=0.012, flow=0.5, is_mirrored=True),
           np.array([0.0, 0.0, 0]), ground=ground)  # fmt: skip

    left, right = (atlas.texels_of_island(island) for island in (0, 1))
    areas = [canvas.read(texels)[:, 3].sum() for texels in (left, right)]
    assert areas[0] == pytest.approx(4 * 0.5 * areas[1] * 2, rel=0.05)
    # A brush on the middle line paints no darker with its twin than alone.
    assert np.allclose(twice.read(left)[:, 3], alone.read(left)[:, 3], atol=0.02)


def test_texels_that_may_not_be_changed_are_not() -> None:
    atlas, _ = sheet_atlas()
    skin = np.zeros(SIZE**2, bool)
    skin[atlas.texels_of_part(0)] = True
    canvas = sheet_canvas(atlas, restrict=skin)
    boundary = np.array([128.0, (1 - 0.3) * SIZE])  # y = -0.04, where lips begin

    stroke(canvas, PAINT, settings(radius=30.0), boundary)

    painted = np.flatnonzero(canvas.read(atlas.texels)[:, 3] > 0)
    parts = atlas.face_part[atlas.faces_of(atlas.texels[painted])]
    assert len(painted) > 800
    assert set(parts.tolist()) == {0}


def test_on_a_mask_black_hides() -> None:
    atlas, _ = sheet_atlas()
    below = sheet_canvas(atlas)
    below.write(atlas.texels, chequered(atlas.texels))
    canvas = PaintCanvas(below.result(), below.layer_id, target=PaintTarget.MASK)

    stroke(canvas, PAINT, settings(colour=(0, 0, 0), opacity=0.5), MIDDLE)

    mask = canvas.result().layers[canvas.layer_id].hidden
    assert mask is not None
    values = np.unique(np.concatenate([tile.ravel() for tile in mask.tiles.values()]))
    assert values.max() == pytest.approx(0.5 * 65535, abs=2)


def test_a_stroke_is_one_step_that_can_be_undone_and_redone_bit_for_bit() -> None:
    atlas, vertices = sheet_atlas()
    project = Project()
    project.painting = Painting(SIZE)
    canvas = sheet_canvas(atlas)
    ground = HeadGround(atlas, vertices, EYE, UP)
    stroke(canvas, PAINT, settings(radius=0.01, tip=Tip(0.2), flow=0.4),
           np.array([-0.03, 0.01, 0]), np.array([0.03, 0.03, 0]), ground=ground)  # fmt: skip
    wanted = canvas.result()

    command = EditPaint.between(project, wanted, PAINT.label)
    for _ in range(2):
        command.do(project)
        assert same(project.painting, wanted)
        command.undo(project)
        assert project.painting.is_empty


def same(one: Painting, other: Painting) -> bool:
    if list(one.layers) != list(other.layers):
        return False
    return all(
        list(a.raster.tiles) == list(b.raster.tiles)
        and all(np.array_equal(a.raster.tiles[t], b.raster.tiles[t]) for t in a.raster.tiles)
        for a, b in zip(one.layers.values(), other.layers.values(), strict=True)
    )


def test_a_stroke_that_meets_nothing_changes_nothing() -> None:
    canvas = sheet_canvas(sheet_atlas()[0])

    made = stroke(canvas, PAINT, settings(), np.array([3.0, 3.0]), np.array([-50.0, 900.0]))

    assert isinstance(made, PaintStroke)
    assert not canvas.dirty
