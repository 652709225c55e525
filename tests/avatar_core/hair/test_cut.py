"""Cutting: by a plane, by a drawn area; tips, and what hangs on what falls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError, ShapeError
from avatar_core.geometry import matrix_from_quat
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.cut import cut_by_mask, cut_by_plane
from avatar_core.hair.limits import living
from avatar_core.project.hair_edits import HairEdits
from tests.avatar_core.hair.shaped import assert_result_looks_alike, assert_untouched, canvas_of

if TYPE_CHECKING:
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair

BEHIND = np.array([0, 0, -0.1], np.float32)
BACKWARDS = np.array([0, 0, -1], np.float32)


def test_what_lies_beyond_the_plane_falls(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    beyond = known_hair.cloud.means[:, 2] < -0.1
    fallen = cut_by_plane(canvas, BEHIND, BACKWARDS)
    assert beyond.sum() > 100
    assert not living(canvas)[beyond].any()
    assert np.array_equal(fallen, np.flatnonzero(~living(canvas)))
    assert_result_looks_alike(canvas)


def test_strands_that_stay_before_the_plane_stay_as_they_are(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    beyond = known_hair.cloud.means[:, 2] < -0.1
    cut_by_plane(canvas, BEHIND, BACKWARDS)
    is_cut = np.isin(known_hair.strand, known_hair.strand[beyond])
    sticks_out = known_hair.cloud.means[:, 2] < -0.1 + 2.5 * 0.003
    assert 0 < is_cut.mean() < 1
    assert_untouched(canvas, ~is_cut & ~sticks_out)


def test_what_comes_back_through_the_plane_falls_too(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    """Hair that rises over a level and hangs below it again: its tips hang on what was cut."""
    canvas = canvas_of(known_hair, known_strands)
    level = np.array([0, 0.08, 0], np.float32)
    cut_by_plane(canvas, level, np.array([0, 2, 0], np.float32))
    above = known_hair.cloud.means[:, 1].reshape(-1, 24) > 0.08
    expected = np.maximum.accumulate(above, axis=1).reshape(-1)
    assert expected.sum() > above.sum()
    assert np.array_equal(~living(canvas), expected)


def test_nothing_left_is_seen_beyond_the_plane(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    """Two standard deviations of every Gaussian along its strand end before the cut."""
    canvas = canvas_of(known_hair, known_strands)
    cut_by_plane(canvas, BEHIND, BACKWARDS)
    axes = matrix_from_quat(canvas.quats)[:, :, 0] * canvas.scales[:, :1]
    farthest = canvas.means[:, 2] - 2 * np.abs(axes[:, 2])
    assert farthest[living(canvas)].min() > -0.1 - 0.001
    before = matrix_from_quat(known_hair.cloud.quats)[:, :, 0] * known_hair.cloud.scales[:, :1]
    blunt = known_hair.cloud.means[:, 2] - 2 * np.abs(before[:, 2])
    assert blunt[living(canvas)].min() < -0.1 - 0.003


def test_tips_that_end_before_the_plane_do_not_stick_out_of_it(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    lowest = known_hair.cloud.means[:, 1].argmin()
    level = known_hair.cloud.means[lowest] - np.array([0, 0.002, 0], np.float32)
    fallen = cut_by_plane(canvas, level, np.array([0, -1, 0], np.float32))
    axis = matrix_from_quat(canvas.quats[[lowest]])[0, :, 0] * canvas.scales[lowest, 0]
    assert len(fallen) == 0
    assert canvas.means[lowest, 1] - 2 * abs(axis[1]) > level[1]
    assert canvas.means[lowest, 1] > known_hair.cloud.means[lowest, 1]


def test_new_tips_are_thinner_and_fainter_the_nearer_the_cut(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    inside = (known_hair.strand == 7) & (known_hair.order == 12)
    cut_by_mask(canvas, inside, taper_m=0.013)
    row = np.flatnonzero(inside)[0]
    widths = canvas.scales[row - 5 : row, 1] / known_hair.cloud.scales[row - 5 : row, 1]
    shown = canvas.opacities[row - 5 : row] / known_hair.cloud.opacities[row - 5 : row]
    # The cut is 20, 16, 12, 8 and 4 mm away; the taper begins at 13.
    assert widths[:2] == pytest.approx(1)
    assert (np.diff(widths[1:]) < 0).all()
    assert (np.diff(shown[1:]) < 0).all()
    assert widths[-1] < 0.7


def test_tips_are_left_alone_without_a_taper(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    cut_by_plane(canvas, BEHIND, BACKWARDS, taper_m=0.0)
    left = living(canvas)
    assert np.array_equal(canvas.opacities[left], known_hair.cloud.opacities[left])


def test_what_hangs_on_a_drawn_area_falls_and_the_roots_stay(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    inside = (known_hair.lock == 4) & (known_hair.order == 9)
    cut_by_mask(canvas, inside)
    expected = (known_hair.lock == 4) & (known_hair.order >= 9)
    assert np.array_equal(~living(canvas), expected)
    assert_untouched(canvas, known_hair.lock != 4)


def test_a_guide_that_goes_on_from_one_that_was_cut_falls_with_it(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    """The lower half of a strand follows a guide of its own, which the cut does not meet."""
    ids, places = known_strands.guide_ids.copy(), known_strands.places.copy()
    lower = (known_hair.strand == 62) & (known_hair.order > 12)
    ids[lower, 0], places[lower, 0] = 149, known_hair.order[lower] - 13
    strands = replace(known_strands, guide_ids=ids, places=places)
    canvas = canvas_of(known_hair, strands)
    cut_by_mask(canvas, np.isin(known_hair.order, [9, 10, 11]) & (known_hair.lock == 12))
    assert not living(canvas)[lower].any()
    assert living(canvas)[known_hair.strand == 149].all()


def test_cutting_twice_in_the_same_place_cuts_once(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    cut_by_plane(canvas, BEHIND, BACKWARDS)
    scales, opacities = canvas.scales.copy(), canvas.opacities.copy()
    assert len(cut_by_plane(canvas, BEHIND, BACKWARDS)) == 0
    assert np.array_equal(canvas.scales, scales)
    assert np.array_equal(canvas.opacities, opacities)


def test_only_what_is_selected_is_cut(known_hair: KnownHair, known_strands: Strands) -> None:
    selected = known_hair.lock < 12
    canvas = canvas_of(known_hair, known_strands, selected)
    fallen = cut_by_plane(canvas, BEHIND, BACKWARDS)
    assert len(fallen) > 0
    assert selected[fallen].all()
    assert_untouched(canvas, ~selected)


def test_goes_with_the_guide_that_it_follows_most(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    ids, shares = known_strands.guide_ids.copy(), known_strands.shares.copy()
    row = np.flatnonzero((known_hair.strand == 1) & (known_hair.order == 20))[0]
    ids[row, :2], shares[row, :2] = [1, 0], [0.7, 0.3]
    places = known_strands.places.copy()
    places[row, :2] = 20
    strands = replace(known_strands, guide_ids=ids, shares=shares, places=places)
    canvas = canvas_of(known_hair, strands)
    cut_by_mask(canvas, (known_hair.strand == 0) & (known_hair.order == 10))
    assert living(canvas)[row]
    cut_by_mask(canvas, (known_hair.strand == 1) & (known_hair.order == 10))
    assert not living(canvas)[row]


def test_nothing_inside_cuts_nothing(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    assert len(cut_by_mask(canvas, np.zeros(canvas.count, bool))) == 0
    assert len(cut_by_plane(canvas, np.array([0, 0, -5], np.float32), BACKWARDS)) == 0
    assert_untouched(canvas, np.ones(canvas.count, bool))


def test_hair_of_which_nothing_is_left_can_be_cut(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    canvas.delete(np.arange(canvas.count, dtype=np.int32))
    assert len(cut_by_plane(canvas, BEHIND, BACKWARDS)) == 0


def test_says_what_is_missing(known_hair: KnownHair, known_strands: Strands) -> None:
    without = HairCanvas(known_hair.cloud, HairEdits())
    with pytest.raises(AssetError, match="strands"):
        cut_by_plane(without, BEHIND, BACKWARDS)
    canvas = canvas_of(known_hair, known_strands)
    with pytest.raises(ShapeError):
        cut_by_mask(canvas, np.zeros(3, bool))
