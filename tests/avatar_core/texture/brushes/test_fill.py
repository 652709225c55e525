from __future__ import annotations

import numpy as np
import pytest

from avatar_core.texture.brush import PaintSettings
from avatar_core.texture.brushes.fill import FILL, Extent, extent_texels
from avatar_core.texture.canvas import PaintCanvas
from avatar_core.texture.tiles import tile_set
from tests.avatar_core.texture.sheet import sheet_atlas, sheet_canvas
from tests.avatar_core.texture.strokes import (
    MIDDLE,
    half_open,
    moved,
    sheet_ground,
    stroke,
    texels_around,
)

LIPS = np.array([128.0, (1 - 0.2) * 512])


def settings(extent: Extent, **options) -> PaintSettings:
    tolerance = options.pop("tolerance", 0.1)
    numbers = {"extent": float(extent), "tolerance": tolerance}
    return PaintSettings(radius=1.0, colour=(0.0, 0.5, 0.0), options=numbers, **options)


def covered(canvas: PaintCanvas) -> np.ndarray:
    texels = sheet_atlas()[0].texels
    return np.sort(texels[canvas.read(texels)[:, 3] > 0])


def test_a_part_is_filled_in_all_its_charts() -> None:
    atlas, _ = sheet_atlas()
    canvas = sheet_canvas(atlas)

    stroke(canvas, FILL, settings(Extent.PART, opacity=0.5), LIPS, MIDDLE)

    assert np.array_equal(covered(canvas), atlas.texels_of_part(1))
    assert np.allclose(canvas.read(covered(canvas)), (0, 0.25, 0, 0.5), atol=1e-4)


def test_a_chart_is_filled_with_all_its_parts() -> None:
    atlas, _ = sheet_atlas()
    canvas = sheet_canvas(atlas)

    stroke(canvas, FILL, settings(Extent.ISLAND), LIPS)

    assert np.array_equal(covered(canvas), atlas.texels_of_island(0))


def test_a_colour_is_filled_as_far_as_it_hangs_together() -> None:
    atlas, _ = sheet_atlas()
    below = sheet_canvas(atlas)
    discs = [texels_around(moved(MIDDLE, 0, shift), 20) for shift in (0, 60)]
    for disc, red in zip(discs, (0.5, 0.55), strict=True):
        below.write(disc, np.tile(np.array([red, 0, 0, 1], np.float32), (len(disc), 1)))
    ring = np.setdiff1d(texels_around(MIDDLE, 25), discs[0])
    below.write(ring, np.tile(np.array([0.56, 0, 0, 1], np.float32), (len(ring), 1)))

    for tolerance, expected in ((0.02, discs[0]), (0.08, texels_around(MIDDLE, 25))):
        canvas = PaintCanvas(below.result(), below.layer_id)
        stroke(canvas, FILL, settings(Extent.COLOUR, tolerance=tolerance), MIDDLE)
        filled = covered(canvas)
        green = filled[canvas.read(filled)[:, 1] > 0.4]
        assert np.array_equal(green, np.sort(expected))


def test_beside_the_charts_nothing_is_filled() -> None:
    canvas = sheet_canvas(sheet_atlas()[0])
    for extent in Extent:
        stroke(canvas, FILL, settings(extent), np.array([3.0, 3.0]))
    assert not canvas.dirty
    assert not len(extent_texels(sheet_atlas()[0], 0, Extent.PART))


@pytest.mark.parametrize("extent", list(Extent))
def test_an_empty_layer_is_filled_too(extent: Extent) -> None:
    canvas = sheet_canvas(sheet_atlas()[0])
    stroke(canvas, FILL, settings(extent), MIDDLE)
    assert len(covered(canvas)) > 1000


@pytest.mark.parametrize("is_mirrored", [False, True])
@pytest.mark.parametrize("extent", list(Extent))
def test_a_stencil_keeps_it_off(extent: Extent, is_mirrored: bool) -> None:
    atlas, vertices = sheet_atlas()
    canvas = sheet_canvas(atlas)
    low = np.array([-0.02, -0.01, 0])  # itself behind what is black

    stroke(canvas, FILL, settings(extent, opacity=0.8, is_mirrored=is_mirrored), low,
           ground=sheet_ground(half_open))  # fmt: skip

    places = atlas.places_of(covered(canvas), vertices)
    assert len(places) > 1000
    assert places[:, 1].min() > 0
    assert np.allclose(canvas.read(covered(canvas))[:, 3], 0.4, atol=1e-4)
    assert len(canvas.dirty) < 0.8 * len(tile_set(atlas.texels, atlas.size))
