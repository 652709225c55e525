from __future__ import annotations

import numpy as np
import pytest

from avatar_core.texture.brush import PaintSettings, PaintStroke
from avatar_core.texture.brushes.gradient import GRADIENT
from avatar_core.texture.ground import HeadGround
from tests.avatar_core.texture.sheet import sheet_atlas, sheet_canvas
from tests.avatar_core.texture.strokes import (
    MIDDLE,
    SIZE,
    half_open,
    moved,
    sheet_ground,
    stroke,
)

END = moved(MIDDLE, 60, 0)


def settings(**options) -> PaintSettings:
    given = {"radius": 1.0, "colour": (0.8, 0.4, 0.0), "second_colour": (0.0, 0.0, 1.0)}
    return PaintSettings(**{**given, **options})


def chart() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Skin texels of the left chart, their columns and rows."""
    atlas, _ = sheet_atlas()
    texels = np.intersect1d(atlas.texels_of_part(0), atlas.texels_of_island(0)).astype(np.int32)
    rows, columns = np.divmod(texels, SIZE)
    return texels, columns, rows


def test_a_colour_fades_out_along_the_line() -> None:
    canvas = sheet_canvas(sheet_atlas()[0])

    stroke(canvas, GRADIENT, settings(opacity=0.5), MIDDLE, moved(MIDDLE, 5, 5), END)

    texels, columns, _ = chart()
    alpha = 0.5 * (1 - np.clip((columns - 128) / 60, 0, 1))
    expected = alpha[:, None] * np.array([0.8, 0.4, 0.0, 1.0])
    assert np.allclose(canvas.read(texels), expected, atol=1e-4)


def test_a_colour_becomes_another_around_a_place() -> None:
    canvas = sheet_canvas(sheet_atlas()[0])

    stroke(canvas, GRADIENT, settings(options={"shape": 1.0, "towards": 1.0}), MIDDLE, END)

    texels, columns, rows = chart()
    share = np.clip(np.hypot(columns - 128, rows - 256) / 60, 0, 1)[:, None]
    expected = (1 - share) * np.array([0.8, 0.4, 0, 1]) + share * np.array([0, 0, 1, 1])
    assert np.allclose(canvas.read(texels), expected, atol=1e-4)


def test_it_stays_on_the_part_or_the_chart() -> None:
    atlas, _ = sheet_atlas()
    for extent, expected in ((0, atlas.texels_of_part(0)), (1, atlas.texels_of_island(0))):
        canvas = sheet_canvas(atlas)
        options = {"towards": 1.0, "extent": float(extent)}
        stroke(canvas, GRADIENT, settings(options=options), MIDDLE, END)
        painted = np.sort(atlas.texels[canvas.read(atlas.texels)[:, 3] > 0])
        assert np.array_equal(painted, expected)


@pytest.mark.parametrize("towards", [0.0, 1.0])
def test_with_symmetry_both_sides_are_alike_and_the_nearer_one_counts(towards: float) -> None:
    atlas, vertices = sheet_atlas()
    canvas = sheet_canvas(atlas)
    options = {"shape": 1.0, "towards": towards}

    stroke(canvas, GRADIENT, settings(radius=0.002, is_mirrored=True, options=options),
           np.array([-0.03, 0, 0]), np.array([-0.03, 0.05, 0]), ground=sheet_ground())  # fmt: skip

    texels = atlas.texels_of_part(0)
    places = atlas.places_of(texels, vertices)
    away = np.hypot(np.abs(places[:, 0]) - 0.03, places[:, 1])
    share = np.clip(away / 0.05, 0, 1)[:, None]
    expected = (1 - share) * np.array([0.8, 0.4, 0, 1]) + towards * share * np.array([0, 0, 1, 1])
    assert np.allclose(canvas.read(texels), expected, atol=2e-3)


def test_a_line_without_length_or_beside_the_head_paints_nothing() -> None:
    canvas = sheet_canvas(sheet_atlas()[0])
    stroke(canvas, GRADIENT, settings(), MIDDLE)
    stroke(canvas, GRADIENT, settings(), MIDDLE, MIDDLE)
    stroke(canvas, GRADIENT, settings(), np.array([2.0, 2.0]), END)
    assert not canvas.dirty


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_it_is_seen_while_the_line_is_drawn(is_mirrored: bool) -> None:
    """At every moment it looks as if the pen were lifted there."""
    atlas, ground = sheet_atlas()[0], sheet_ground()
    chosen = settings(radius=0.002, is_mirrored=is_mirrored, options={"extent": 1.0})
    canvas = sheet_canvas(atlas)
    start, ends = np.array([-0.03, 0, 0]), [(-0.03, 0.05, 0), (-0.05, 0.0, 0), (-0.03, 0.01, 0)]
    drawn = PaintStroke(GRADIENT, chosen, canvas)
    drawn.move(ground, start)
    assert not canvas.dirty
    for end in ends:
        drawn.move(ground, np.array(end))
        lifted = sheet_canvas(atlas)
        stroke(lifted, GRADIENT, chosen, start, np.array(end), ground=ground)
        everywhere = np.arange(SIZE * SIZE, dtype=np.int32)
        assert np.array_equal(canvas.read(everywhere), lifted.read(everywhere))
        assert canvas.read(everywhere).any()
    drawn.move(ground, start)
    assert not canvas.dirty
    assert canvas.take_news()  # so that what was shown is taken back


def test_the_end_is_where_the_head_is_by_then() -> None:
    """The line begins on the skin, which moves; where the pen is does not."""
    atlas, vertices = sheet_atlas()
    before = sheet_ground()
    after = HeadGround(atlas, vertices + np.float32([0.01, 0, 0]), before._eye, before._up)
    canvas, wanted = sheet_canvas(atlas), sheet_canvas(atlas)
    chosen = settings(radius=0.002)
    drawn = PaintStroke(GRADIENT, chosen, canvas)
    drawn.move(before, np.array([-0.03, 0, 0]))
    drawn.move(after, np.array([-0.02, 0.05, 0]))
    stroke(wanted, GRADIENT, chosen, np.array([-0.03, 0, 0]), np.array([-0.03, 0.05, 0]),
           ground=before)  # fmt: skip
    assert np.allclose(canvas.read(atlas.texels), wanted.read(atlas.texels), atol=2e-4)


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_stencil_keeps_it_off(is_mirrored: bool) -> None:
    atlas, vertices = sheet_atlas()
    open_canvas, canvas = sheet_canvas(atlas), sheet_canvas(atlas)
    chosen = settings(radius=0.002, is_mirrored=is_mirrored, options={"towards": 1.0})
    line = np.array([-0.03, -0.01, 0]), np.array([-0.03, 0.05, 0])
    stroke(open_canvas, GRADIENT, chosen, *line, ground=sheet_ground())
    stroke(canvas, GRADIENT, chosen, *line, ground=sheet_ground(half_open))
    texels = atlas.texels_of_part(0)
    is_above = atlas.places_of(texels, vertices)[:, 1] > 0
    share = np.where(is_above, 0.5, 0.0)[:, None]
    assert np.allclose(canvas.read(texels), share * open_canvas.read(texels), atol=1e-4)
