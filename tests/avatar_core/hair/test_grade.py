"""Sliders on the colour of hair: what each does, and that they do not add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.gaussians import GaussianCloud
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.colour import oklab_from_srgb
from avatar_core.hair.grade import Grade, grade, graded
from avatar_core.project.hair_edits import HairEdits
from tests.avatar_core.hair.hues import lightness_chroma_hue

if TYPE_CHECKING:
    from tests.avatar_core.hair.conftest import KnownHair


@pytest.fixture
def colours() -> np.ndarray:
    return np.random.default_rng(0).uniform(0.25, 0.5, (200, 3)).astype(np.float32)


def _lch(colours: np.ndarray) -> np.ndarray:
    return lightness_chroma_hue(colours)


def test_a_neutral_grade_leaves_every_bit(colours: np.ndarray, known_hair: KnownHair) -> None:
    np.testing.assert_array_equal(graded(colours, Grade()), colours)
    canvas = HairCanvas(known_hair.cloud, HairEdits())
    grade(canvas, Grade(), canvas.colours.copy())
    assert len(canvas.touched) == 0
    assert canvas.edited.is_plain


def test_a_stop_of_brightness_is_twice_the_light(colours: np.ndarray) -> None:
    def linear(rgb: np.ndarray) -> np.ndarray:
        return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)

    np.testing.assert_allclose(
        linear(graded(colours, Grade(brightness=1))), 2 * linear(colours), rtol=2e-3
    )


def test_contrast_spreads_lightness_about_its_mean(colours: np.ndarray) -> None:
    before = _lch(colours)[:, 0]
    more = _lch(graded(colours, Grade(contrast=0.5)))[:, 0]
    np.testing.assert_allclose(more - more.mean(), 1.5 * (before - before.mean()), atol=2e-3)
    assert more.mean() == pytest.approx(before.mean(), abs=1e-3)
    none = _lch(graded(colours, Grade(contrast=-1)))[:, 0]
    np.testing.assert_allclose(none, before.mean(), atol=1e-3)


def test_saturation_scales_chroma_and_nothing_else(colours: np.ndarray) -> None:
    before, after = _lch(colours), _lch(graded(colours, Grade(saturation=0.3)))
    np.testing.assert_allclose(after[:, 0], before[:, 0], atol=1e-3)
    np.testing.assert_allclose(after[:, 1], 1.3 * before[:, 1], atol=1e-3)
    grey = graded(colours, Grade(saturation=-1))
    np.testing.assert_allclose(np.ptp(grey, axis=1), 0, atol=1e-3)


def test_hues_turn_together(colours: np.ndarray) -> None:
    before = _lch(graded(colours, Grade(saturation=-0.5)))
    after = _lch(graded(colours, Grade(saturation=-0.5, hue_turn_rad=0.7)))
    vivid = before[:, 1] > 0.01
    turn = np.angle(np.exp(1j * (after[vivid, 2] - before[vivid, 2])))
    np.testing.assert_allclose(turn, 0.7, atol=0.02)


def test_warmer_is_yellower_at_the_same_lightness(colours: np.ndarray) -> None:
    before = oklab_from_srgb(colours)
    warm = oklab_from_srgb(graded(colours, Grade(temperature=0.5)))
    cold = oklab_from_srgb(graded(colours, Grade(temperature=-0.5)))
    assert (warm[:, 2] > before[:, 2]).all()
    assert (cold[:, 2] < before[:, 2]).all()
    np.testing.assert_allclose(warm[:, 0], before[:, 0], atol=2e-3)


def test_the_strongest_grades_stay_displayable() -> None:
    colours = np.random.default_rng(1).uniform(-0.2, 1.3, (300, 3)).astype(np.float32)
    for sign in (-1, 1):
        settings = Grade(2.0 * sign, 1.0, 1.0, 3.0 * sign, 1.0 * sign)
        result = graded(colours, settings)
        assert np.isfinite(result).all()
        assert result.min() >= 0
        assert result.max() <= 1


def test_dragging_to_and_fro_does_not_add_up(known_hair: KnownHair) -> None:
    dragged, direct = (HairCanvas(known_hair.cloud, HairEdits()) for _ in range(2))
    start = dragged.colours.copy()
    for stops in (0.2, 1.0, -0.8, 0.3):
        grade(dragged, Grade(brightness=stops), start)
    grade(direct, Grade(brightness=0.3), start)
    np.testing.assert_array_equal(dragged.colours, direct.colours)
    grade(dragged, Grade(), start)
    np.testing.assert_array_equal(dragged.colours, start)


def test_the_mask_says_where_and_how_much(known_hair: KnownHair) -> None:
    cloud = known_hair.cloud
    selection = np.zeros(len(cloud), np.uint8)
    selection[known_hair.lock == 2] = 255
    selection[known_hair.lock == 3] = 51
    canvas = HairCanvas(cloud, HairEdits(base_count=len(cloud), selection=selection))
    start = canvas.colours.copy()
    grade(canvas, Grade(brightness=0.5), start)
    whole = graded(start, Grade(brightness=0.5))
    outside = (known_hair.lock != 2) & (known_hair.lock != 3)
    np.testing.assert_array_equal(canvas.colours[outside], start[outside])
    for lock, share in ((2, 1.0), (3, 0.2)):
        rows = known_hair.lock == lock
        expected = start[rows] + share * (whole[rows] - start[rows])
        np.testing.assert_allclose(canvas.colours[rows], expected, atol=1e-5)


def test_no_hair_is_no_trouble() -> None:
    canvas = HairCanvas(GaussianCloud.empty(4), HairEdits())
    grade(canvas, Grade(contrast=1), canvas.colours.copy())
    assert len(graded(canvas.colours, Grade(contrast=1))) == 0
