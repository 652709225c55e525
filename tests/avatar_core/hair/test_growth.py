"""Growing and shortening: lengths as asked, roots where they were, floors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.geometry import matrix_from_quat
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.collision import HeadCollider
from avatar_core.hair.courses import Courses
from avatar_core.hair.growth import grow, lengths_m, scale_length
from avatar_core.hair.limits import living
from avatar_core.project.hair_edits import HairEdits
from tests.avatar_core.hair.conftest import STEP_M
from tests.avatar_core.hair.shaped import (
    assert_out_of_head,
    assert_result_looks_alike,
    assert_untouched,
    canvas_of,
)

if TYPE_CHECKING:
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair


def _ends_m(hair: KnownHair, canvas: HairCanvas) -> np.ndarray:
    """[strands] how far along the strand something is seen: to 2.5 deviations beyond the last."""
    rows = np.flatnonzero(living(canvas))
    _, last = np.unique(hair.strand[rows][::-1], return_index=True)
    tips = rows[::-1][last]
    back = np.linalg.norm(canvas.means[tips] - hair.cloud.means[tips], axis=1)
    return hair.order[tips] * STEP_M - back + 2.5 * canvas.scales[tips, 0]


def _end_free(canvas: HairCanvas) -> np.ndarray:
    """[strands] which do not seem to go on in others, as one in a hundred does."""
    return np.abs(lengths_m(canvas, Courses(canvas)) - 0.092) < 0.0005


def test_hair_that_ends_where_others_go_on_is_as_long_as_these(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    """One guide may follow the upper half of a strand and another one the lower half."""
    canvas = canvas_of(known_hair, known_strands)
    assert _lengths_near_whole(canvas).mean() > 0.98
    canvas.delete(np.flatnonzero((known_hair.strand == 62) & (known_hair.order > 10)))
    assert _lengths_near_whole(canvas)[62]


def _lengths_near_whole(canvas: HairCanvas) -> np.ndarray:
    return np.abs(lengths_m(canvas, Courses(canvas)) / 0.092 - 1) < 0.1


@pytest.mark.parametrize("factor", [0.4, 0.8])
def test_shortened_strands_end_where_they_should(
    known_hair: KnownHair, known_strands: Strands, factor: float
) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    free = _end_free(canvas)
    assert free.mean() > 0.98
    scale_length(canvas, factor, least_m=0.0)
    assert _ends_m(known_hair, canvas)[free] == pytest.approx(factor * 0.092, rel=0.01)
    assert_result_looks_alike(canvas)


@pytest.mark.parametrize("factor", [1.05, 1.3, 2.0])
def test_lengths_are_as_asked(known_hair: KnownHair, known_strands: Strands, factor: float) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    free = _end_free(canvas)
    scale_length(canvas, factor)
    lengths = known_hair.lengths_m(canvas.means)[free]
    assert lengths == pytest.approx(factor * 0.092, rel=0.01)
    assert_result_looks_alike(canvas)


def test_roots_stay_and_grown_tips_go_on_straight(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    free = _end_free(canvas)
    scale_length(canvas, 1.5)
    curves = canvas.means.reshape(-1, 24, 3)
    roots = known_hair.cloud.means.reshape(-1, 24, 3)[:, 0]
    np.testing.assert_allclose(curves[:, 0], roots, atol=1e-6)
    ends = np.diff(curves[free, -4:], axis=1)
    ends /= np.linalg.norm(ends, axis=2, keepdims=True)
    assert (ends[:, 0] * ends[:, -1]).sum(axis=1).min() > 0.9999


def test_gaussians_point_along_the_strand_and_grow_with_it(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    free = _end_free(canvas)
    scale_length(canvas, 1.5)
    curves = canvas.means.reshape(-1, 24, 3)
    tangents = np.gradient(curves, axis=1)
    spacing = np.linalg.norm(tangents, axis=2)
    axes = matrix_from_quat(canvas.quats)[:, :, 0].reshape(-1, 24, 3)
    cosines = np.abs((axes * tangents).sum(axis=2) / spacing)
    # Where strands leave the head, they bend by up to twenty degrees from node to node.
    assert cosines.min() > 0.9
    assert np.median(cosines) > 0.999
    sizes = canvas.scales[:, 0].reshape(-1, 24)
    inner = slice(1, -1)
    assert sizes[free, inner] / spacing[free, inner] == pytest.approx(0.003 / 0.004, rel=0.2)
    assert np.array_equal(canvas.scales[:, 1:], known_hair.cloud.scales[:, 1:])


def test_hair_around_the_head_hardly_moves_when_it_grows(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    free = np.repeat(_end_free(canvas), 24)
    scale_length(canvas, 1.5)
    moved = np.linalg.norm(canvas.means - known_hair.cloud.means, axis=1)
    assert moved[known_hair.order < 6].max() < 0.001
    assert moved[(known_hair.order == 23) & free].min() > 0.04


def test_is_not_shortened_below_the_floor(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    scale_length(canvas, 0.1, least_m=0.06)
    assert _ends_m(known_hair, canvas) == pytest.approx(0.06, rel=0.01)
    left = living(canvas)
    scale_length(canvas, 0.1, least_m=0.06)
    assert np.array_equal(living(canvas), left)


def test_what_is_shorter_than_the_floor_stays(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    scale_length(canvas, 0.5, least_m=0.5)
    assert len(canvas.touched) == 0
    assert_untouched(canvas, np.ones(canvas.count, bool))


def test_the_length_of_cut_hair_is_what_is_left_of_it(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    canvas.delete(np.flatnonzero(known_hair.order > 10))
    scale_length(canvas, 1.5)
    left = canvas.means.reshape(-1, 24, 3)[:, :11]
    lengths = np.linalg.norm(np.diff(left, axis=1), axis=2).sum(axis=1)
    assert np.median(lengths) == pytest.approx(1.5 * 0.04, rel=0.01)


def test_strands_are_weighed_as_wholes(known_hair: KnownHair, known_strands: Strands) -> None:
    """A brush at the tips lengthens the strand from its root on, and others not at all."""
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    weights = np.zeros(canvas.count, np.float32)
    weights[(known_hair.lock == 2) & (known_hair.order > 20)] = 0.5
    scale_length(canvas, 1.4, weights=weights)
    ratio = known_hair.lengths_m(canvas.means) / known_hair.lengths_m(known_hair.cloud.means)
    assert ratio[10:15] == pytest.approx(1.2, rel=0.01)
    assert_untouched(canvas, known_hair.lock != 2)


def test_only_what_is_selected_changes(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands, known_hair.lock == 2)
    scale_length(canvas, 1.4)
    assert len(canvas.touched) > 0
    assert_untouched(canvas, known_hair.lock != 2)


@pytest.mark.parametrize("factor", [0.5, 1.05, 1.7])
def test_stays_out_of_the_head(
    known_hair: KnownHair, known_strands: Strands, factor: float
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    scale_length(canvas, factor)
    assert_out_of_head(canvas, known_hair)


def test_shortening_leaves_the_rest_of_the_strand(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    scale_length(canvas, 0.8, taper_m=0.005)
    assert_untouched(canvas, known_hair.order < 15)


def test_grows_over_what_is_in_its_way(known_hair: KnownHair, known_strands: Strands) -> None:
    """A second ball hangs where the tips would go."""
    below = np.array([0, -0.12, -0.1], np.float32)
    head = HeadCollider(known_hair.vertices + below, known_hair.faces)
    canvas = HairCanvas(known_hair.cloud, HairEdits(), strands=known_strands, head=head)
    scale_length(canvas, 1.5)
    before = known_hair.heights_m(known_hair.cloud.means - below)
    after = known_hair.heights_m(canvas.means - below)
    freely = canvas_of(known_hair, known_strands, has_head=False)
    scale_length(freely, 1.5)
    assert (known_hair.heights_m(freely.means - below) < np.minimum(before, 0) - 0.005).any()
    assert (after > np.minimum(before, 0.001) - 0.001).all()


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan")])
def test_wants_a_factor_above_zero(
    known_hair: KnownHair, known_strands: Strands, factor: float
) -> None:
    with pytest.raises(ValueError, match="factor"):
        scale_length(canvas_of(known_hair, known_strands), factor)


def test_stretched_hair_lies_where_its_courses_say(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    """Against the same in words: share by share of its guides, each gone along farther."""
    canvas, plain = (canvas_of(known_hair, known_strands, has_head=False) for _ in range(2))
    courses = Courses(plain)
    lengths = lengths_m(plain, courses)
    expected = canvas.means.astype(np.float64)
    longer = np.zeros(canvas.count)
    for ids, places, share in zip(
        known_strands.guide_ids.T, known_strands.places.T, known_strands.shares.T, strict=True
    ):
        start = courses.arcs_at(ids, places)
        tipwards = (start / lengths[ids]).clip(0, 1) ** 2
        moved = courses.guide_points(ids, start * (1 + 0.4 * tipwards))
        expected += share[:, None] * (moved - courses.guide_points(ids, start))
        longer += share * (1 + 3 * 0.4 * tipwards)
    grow(canvas, courses, lengths, np.full(len(lengths), 1.4, np.float32))
    np.testing.assert_allclose(canvas.means, expected, atol=2e-6)
    np.testing.assert_allclose(canvas.scales[:, 0], plain.scales[:, 0] * longer, rtol=1e-4)
