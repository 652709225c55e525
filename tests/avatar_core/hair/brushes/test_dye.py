"""The dye brush: what is under it takes the colour, as strongly as asked and no more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians import GaussianCloud
from avatar_core.hair.brush import BrushSettings, Dab, Falloff, Stroke
from avatar_core.hair.brushes import brush_kind
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.colour import oklab_from_srgb
from avatar_core.hair.dye import dye
from avatar_core.hair.edited import edited_hair
from avatar_core.project.hair_edits import HairEdits

if TYPE_CHECKING:
    from tests.avatar_core.hair.conftest import KnownHair

BLUE = (0.14, 0.30, 0.66)
HARD = BrushSettings(0.02, 1.0, Falloff.CONSTANT, colour=BLUE)


def _dab(position: np.ndarray, settings: BrushSettings = HARD, *, inverted: bool = False) -> Dab:
    return Dab(
        position.astype(np.float32), np.zeros(3, np.float32), np.float32([0, 0, -1]),
        settings.radius_m, settings.strength, inverted,
    )  # fmt: skip


def _stroke(
    canvas: HairCanvas,
    *positions: np.ndarray,
    settings: BrushSettings = HARD,
    mirrored: bool = False,
    inverted: bool = False,
) -> None:
    stroke = Stroke(brush_kind("dye"), settings, canvas, mirrored)
    for position in positions:
        stroke.dab(_dab(position, settings, inverted=inverted))
    stroke.end()


def test_hair_under_the_brush_is_dyed_and_no_other(known_hair: KnownHair) -> None:
    canvas, whole = (HairCanvas(known_hair.cloud, HairEdits()) for _ in range(2))
    before = canvas.colours.copy()
    tip = known_hair.cloud.means[23]
    _stroke(canvas, tip)
    dye(whole, BLUE)
    under = np.linalg.norm(known_hair.cloud.means - tip, axis=1) < 0.02
    np.testing.assert_array_equal(canvas.touched, np.flatnonzero(under))
    np.testing.assert_allclose(canvas.colours[under], whole.colours[under], atol=1e-5)
    np.testing.assert_array_equal(canvas.colours[~under], before[~under])
    after = edited_hair(known_hair.cloud, canvas.result())
    np.testing.assert_array_equal(after.cloud.sh[~under], known_hair.cloud.sh[~under])
    np.testing.assert_allclose(
        after.constant_shifts, canvas.edited.constant_shifts, atol=1e-5
    )  # fmt: skip


def test_resting_covers_no_more_than_the_strength(known_hair: KnownHair) -> None:
    faint = replace(HARD, strength=0.4)
    once, often = (HairCanvas(known_hair.cloud, HairEdits()) for _ in range(2))
    tip = known_hair.cloud.means[23]
    _stroke(once, tip, settings=faint)
    _stroke(often, *[tip] * 20, settings=faint)
    np.testing.assert_array_equal(often.colours, once.colours)
    _stroke(often, tip, settings=faint)
    assert np.abs(often.colours - once.colours).max() > 0.02


def test_growing_pressure_ends_where_full_pressure_would(known_hair: KnownHair) -> None:
    slowly, at_once = (HairCanvas(known_hair.cloud, HairEdits()) for _ in range(2))
    tip = known_hair.cloud.means[23]
    stroke = Stroke(brush_kind("dye"), HARD, slowly, is_mirrored=False)
    for strength in (0.1, 0.5, 0.3, 0.8):
        stroke.dab(_dab(tip, replace(HARD, strength=strength)))
    stroke.end()
    _stroke(at_once, tip, settings=replace(HARD, strength=0.8))
    np.testing.assert_allclose(slowly.colours, at_once.colours, atol=1e-5)


def test_a_fast_stroke_leaves_no_gaps(known_hair: KnownHair) -> None:
    canvas = HairCanvas(known_hair.cloud, HairEdits())
    root, tip = known_hair.cloud.means[0], known_hair.cloud.means[23]
    _stroke(canvas, root, tip, settings=replace(HARD, radius_m=0.012))
    middle = np.linalg.norm(known_hair.cloud.means - (root + tip) / 2, axis=1) < 0.01
    assert middle.any()
    assert np.isin(np.flatnonzero(middle), canvas.touched).all()


def test_lightness_stays_where_that_is_asked(known_hair: KnownHair) -> None:
    settings = replace(HARD, options={"keep_lightness": 1.0})
    canvas = HairCanvas(known_hair.cloud, HairEdits())
    before = oklab_from_srgb(canvas.colours)
    _stroke(canvas, known_hair.cloud.means[23], settings=settings)
    rows = canvas.touched
    after = oklab_from_srgb(canvas.colours)
    np.testing.assert_allclose(after[rows, 0], before[rows, 0], atol=2e-3)
    assert np.abs(after[rows, 1:] - before[rows, 1:]).max() > 0.05


def test_the_mask_limits_what_is_taken(known_hair: KnownHair) -> None:
    cloud, tip = known_hair.cloud, known_hair.cloud.means[23]
    selection = np.full(len(cloud), 51, np.uint8)
    selection[known_hair.strand == 0] = 0
    edits = HairEdits(base_count=len(cloud), selection=selection)
    canvas, free = HairCanvas(cloud, edits), HairCanvas(cloud, HairEdits())
    before = canvas.colours.copy()
    _stroke(canvas, tip)
    _stroke(free, tip, settings=replace(HARD, strength=0.2))
    assert not np.isin(canvas.touched, np.flatnonzero(known_hair.strand == 0)).any()
    assert len(canvas.touched)
    strength = np.abs(canvas.colours - before).max() / np.abs(free.colours - before).max()
    assert 0.8 < strength < 1.25


def test_ctrl_washes_dye_out(known_hair: KnownHair) -> None:
    canvas = HairCanvas(known_hair.cloud, HairEdits())
    before = canvas.colours.copy()
    dye(canvas, BLUE)
    blue = canvas.colours.copy()
    tip = known_hair.cloud.means[23]
    _stroke(canvas, tip, inverted=True)
    under = np.linalg.norm(known_hair.cloud.means - tip, axis=1) < 0.02
    np.testing.assert_allclose(canvas.colours[under], before[under], atol=1e-5)
    np.testing.assert_array_equal(canvas.colours[~under], blue[~under])


def test_a_mirrored_stroke_dyes_both_sides(known_hair: KnownHair) -> None:
    canvas = HairCanvas(known_hair.cloud, HairEdits())
    tip = known_hair.cloud.means[23]
    flipped = tip * np.float32([-1, 1, 1])
    _stroke(canvas, tip, mirrored=True)
    means = known_hair.cloud.means
    under = np.minimum(
        np.linalg.norm(means - tip, axis=1), np.linalg.norm(means - flipped, axis=1)
    ) < 0.02  # fmt: skip
    np.testing.assert_array_equal(canvas.touched, np.flatnonzero(under))


def test_no_hair_is_no_trouble() -> None:
    canvas = HairCanvas(GaussianCloud.empty(4), HairEdits())
    _stroke(canvas, np.zeros(3), np.ones(3))
    assert len(canvas.touched) == 0
