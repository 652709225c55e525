"""Growing and shortening: lengths as asked, roots where they were, floors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.geometry import matrix_from_quat
from avatar_core.hair.cut import cut_by_mask
from avatar_core.hair.growth import scale_length
from tests.avatar_core.hair.shaped import (
    assert_out_of_head,
    assert_result_looks_alike,
    assert_untouched,
    canvas_of,
)

if TYPE_CHECKING:
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair


@pytest.mark.parametrize("factor", [0.4, 0.8, 1.3, 2.0])
def test_lengths_are_as_asked(known_hair: KnownHair, known_strands: Strands, factor: float) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    scale_length(canvas, factor, least_m=0.0)
    before = known_hair.lengths_m(known_hair.cloud.means)
    assert known_hair.lengths_m(canvas.means) / before == pytest.approx(factor, rel=0.01)
    assert_result_looks_alike(canvas)


def test_roots_stay_and_grown_tips_go_on_straight(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    scale_length(canvas, 1.5)
    curves = canvas.means.reshape(-1, 24, 3)
    roots = known_hair.cloud.means.reshape(-1, 24, 3)[:, 0]
    np.testing.assert_allclose(curves[:, 0], roots, atol=1e-6)
    ends = np.diff(curves[:, -4:], axis=1)
    ends /= np.linalg.norm(ends, axis=2, keepdims=True)
    assert (ends[:, 0] * ends[:, -1]).sum(axis=1).min() > 0.9999


def test_gaussians_point_along_the_strand_and_grow_with_it(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    scale_length(canvas, 0.5)
    axes = matrix_from_quat(canvas.quats)[:, :, 0]
    tangents = np.gradient(canvas.means.reshape(-1, 24, 3), axis=1).reshape(-1, 3)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    # Nodes of a strand bend by up to twenty degrees, of which between two there is half.
    assert np.abs((axes * tangents).sum(axis=1)).min() > 0.97
    assert canvas.scales[:, 0] == pytest.approx(0.5 * known_hair.cloud.scales[:, 0], rel=1e-5)
    assert np.array_equal(canvas.scales[:, 1:], known_hair.cloud.scales[:, 1:])


def test_is_not_shortened_below_the_floor(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    scale_length(canvas, 0.1, least_m=0.06)
    assert known_hair.lengths_m(canvas.means) == pytest.approx(0.06, rel=0.01)
    scale_length(canvas, 0.1, least_m=0.06)
    assert known_hair.lengths_m(canvas.means) == pytest.approx(0.06, rel=0.01)


def test_what_is_shorter_than_the_floor_stays(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    assert len(scale_length(canvas, 0.5, least_m=0.5)) == 0
    assert_untouched(canvas, np.ones(canvas.count, bool))


def test_the_length_of_cut_hair_is_what_is_left_of_it(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    strand = known_hair.strand == 3
    cut_by_mask(canvas, strand & (known_hair.order == 11))
    scale_length(canvas, 0.01, least_m=0.02)
    left = canvas.means[strand & (known_hair.order < 11)]
    assert np.linalg.norm(np.diff(left, axis=0), axis=1).sum() == pytest.approx(0.02, rel=0.03)


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
    assert len(scale_length(canvas, 1.4)) > 0
    assert_untouched(canvas, known_hair.lock != 2)


@pytest.mark.parametrize("factor", [0.5, 1.7])
def test_stays_out_of_the_head(
    known_hair: KnownHair, known_strands: Strands, factor: float
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    scale_length(canvas, factor)
    assert_out_of_head(canvas, known_hair)


def test_there_and_back_is_where_it_was(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands, has_head=False)
    scale_length(canvas, 1.25)
    scale_length(canvas, 0.8)
    np.testing.assert_allclose(canvas.means, known_hair.cloud.means, atol=0.0015)


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan")])
def test_wants_a_factor_above_zero(
    known_hair: KnownHair, known_strands: Strands, factor: float
) -> None:
    with pytest.raises(ValueError, match="factor"):
        scale_length(canvas_of(known_hair, known_strands), factor)
