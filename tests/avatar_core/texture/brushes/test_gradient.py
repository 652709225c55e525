from __future__ import annotations

import numpy as np
import pytest

from avatar_core.texture.brush import PaintSettings
from avatar_core.texture.brushes.gradient import GRADIENT
from avatar_core.texture.ground import HeadGround
from avatar_core.texture.stamp import Reach
from avatar_core.texture.symmetry import MirrorMap
from tests.avatar_core.texture.sheet import sheet, sheet_atlas, sheet_canvas
from tests.avatar_core.texture.strokes import MIDDLE, SIZE, moved, stroke

END = moved(MIDDLE, 60, 0)
EYE, UP = np.array([0, 0, 0.5], np.float32), np.array([0, 1, 0], np.float32)


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
    topology, vertices = sheet()
    atlas, _ = sheet_atlas()
    ground = HeadGround(atlas, vertices, EYE, UP, Reach(), MirrorMap.of(topology, vertices))
    canvas = sheet_canvas(atlas)
    options = {"shape": 1.0, "towards": towards}

    stroke(canvas, GRADIENT, settings(radius=0.002, is_mirrored=True, options=options),
           np.array([-0.03, 0, 0]), np.array([-0.03, 0.05, 0]), ground=ground)  # fmt: skip

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
