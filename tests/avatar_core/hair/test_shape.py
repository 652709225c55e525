"""Shape: hair moved as a whole, mirrored, given volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.gaussians import rotated_sh, seen_colours
from avatar_core.geometry import matrix_from_axis_angle, matrix_from_quat
from avatar_core.hair.edited import edited_hair
from avatar_core.hair.limits import living
from avatar_core.hair.shape import mirror, scale_volume, transform
from tests.avatar_core.hair.shaped import (
    assert_out_of_head,
    assert_result_looks_alike,
    assert_untouched,
    canvas_of,
)

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair

EYE, NOWHERE = np.eye(3, dtype=np.float32), np.zeros(3, np.float32)
PIVOT = np.array([0.02, 0.1, -0.05], np.float32)
TURN = matrix_from_axis_angle(np.array([[0.3, -0.5, 0.2]], np.float32))[0]


def _covariances(cloud: GaussianCloud) -> np.ndarray:
    axes = matrix_from_quat(cloud.quats) * cloud.scales[:, None, :]
    return axes @ axes.transpose(0, 2, 1)


def test_scales_then_turns_then_moves(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None, has_head=False)
    shift = np.array([0.01, 0.02, -0.03], np.float32)
    transform(canvas, PIVOT, TURN, np.array([1.2, 0.9, 1.1], np.float32), shift)
    expected = PIVOT + (known_hair.cloud.means - PIVOT) * [1.2, 0.9, 1.1] @ TURN.T + shift
    np.testing.assert_allclose(canvas.means, expected, atol=1e-6)
    factor = (1.2 * 0.9 * 1.1) ** (1 / 3)
    assert canvas.scales == pytest.approx(factor * known_hair.cloud.scales, rel=1e-5)
    assert_result_looks_alike(canvas)


def test_turned_hair_looks_from_there_as_it_looked_from_here(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None, has_head=False)
    transform(canvas, PIVOT, TURN, 1.0, NOWHERE)
    shown = edited_hair(canvas.base, canvas.result()).cloud
    expected = rotated_sh(known_hair.cloud.sh, TURN)
    np.testing.assert_allclose(shown.sh, expected, atol=1e-4)
    turned = TURN @ _covariances(known_hair.cloud) @ TURN.T
    np.testing.assert_allclose(_covariances(shown), turned, atol=1e-9)


def test_weights_say_how_much_of_it(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None, known_hair.lock < 20, has_head=False)
    weights = np.where(known_hair.lock == 3, 0.5, (known_hair.lock > 10)).astype(np.float32)
    turn = matrix_from_axis_angle(np.array([[0, 1.0, 0]], np.float32))[0]
    half = matrix_from_axis_angle(np.array([[0, 0.5, 0]], np.float32))[0]
    rows = transform(canvas, PIVOT, turn, 1.0, NOWHERE, weights)
    changed = (known_hair.lock == 3) | ((known_hair.lock > 10) & (known_hair.lock < 20))
    assert np.array_equal(rows, np.flatnonzero(changed))
    lock = known_hair.lock == 3
    expected = PIVOT + (known_hair.cloud.means[lock] - PIVOT) @ half.T
    np.testing.assert_allclose(canvas.means[lock], expected, atol=1e-6)
    assert_untouched(canvas, ~changed)


def test_moving_by_nothing_changes_nothing(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None)
    transform(canvas, PIVOT, EYE, 1.0, NOWHERE)
    np.testing.assert_allclose(canvas.means, known_hair.cloud.means, atol=1e-7)
    assert np.array_equal(canvas.quats, known_hair.cloud.quats)


def test_nothing_is_moved_into_the_head(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None)
    transform(canvas, NOWHERE, EYE, 0.9, NOWHERE)
    assert_out_of_head(canvas, known_hair)


@pytest.mark.parametrize("scale", [0.0, -1.0, np.array([1, 0, 1])])
def test_wants_scales_above_zero(known_hair: KnownHair, scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        transform(canvas_of(known_hair, None), PIVOT, EYE, scale, NOWHERE)


@pytest.mark.parametrize("from_left", [True, False])
def test_the_other_side_becomes_the_mirror_image(known_hair: KnownHair, from_left: bool) -> None:
    canvas = canvas_of(known_hair, None)
    mirror(canvas, from_left)
    shown = edited_hair(canvas.base, canvas.result()).cloud
    cloud = shown.subset(living(canvas))
    is_kept = (cloud.means[:, 0] > 0) == from_left
    kept, image = cloud.subset(is_kept), cloud.subset(~is_kept)
    flip = np.diag([-1, 1, 1]).astype(np.float32)
    assert len(kept) == len(image) > 1000
    # Places in three steps of the way may differ by what the collision with the skin tells.
    np.testing.assert_allclose(image.means, kept.means @ flip, atol=0.001)
    np.testing.assert_allclose(_covariances(image), flip @ _covariances(kept) @ flip, atol=1e-9)
    np.testing.assert_allclose(image.opacities, kept.opacities, rtol=1e-5)
    rng = np.random.default_rng(0)
    views = rng.normal(size=(len(kept), 3)).astype(np.float32)
    views /= np.linalg.norm(views, axis=1, keepdims=True)
    np.testing.assert_allclose(
        seen_colours(image.sh, views @ flip), seen_colours(kept.sh, views), atol=1e-4
    )
    assert_result_looks_alike(canvas)
    assert_out_of_head(canvas, known_hair)


def test_the_side_that_is_mirrored_stays(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None)
    mirror(canvas, from_left=True)
    assert_untouched(canvas, np.flatnonzero(known_hair.cloud.means[:, 0] > 0))


def test_a_selected_lock_is_mirrored_alone(known_hair: KnownHair) -> None:
    lock = known_hair.lock == known_hair.lock[known_hair.cloud.means[:, 0].argmax()]
    canvas = canvas_of(known_hair, None, lock)
    added = mirror(canvas, from_left=True)
    assert len(added) == (lock & (known_hair.cloud.means[:, 0] > 0)).sum()
    assert_untouched(canvas, np.flatnonzero(~lock))


def test_mirroring_what_is_not_there_adds_nothing(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None, known_hair.cloud.means[:, 0] < 0)
    assert len(mirror(canvas, from_left=True)) == 0


@pytest.mark.parametrize("factor", [0.5, 1.5])
def test_volume_scales_heights_and_leaves_roots(
    known_hair: KnownHair, known_strands: Strands, factor: float
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    scale_volume(canvas, factor)
    before = known_hair.heights_m(known_hair.cloud.means)
    after = known_hair.heights_m(canvas.means)
    roots = known_hair.order == 0
    np.testing.assert_allclose(canvas.means[roots], known_hair.cloud.means[roots], atol=1e-6)
    high = (before > 0.012) & (before < 0.03) & (known_hair.order > 4)
    assert np.median(after[high] / before[high]) == pytest.approx(factor, rel=0.12)
    assert_out_of_head(canvas, known_hair)
    assert_result_looks_alike(canvas)


def test_volume_goes_by_the_selection(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands, known_hair.lock == 15)
    scale_volume(canvas, 1.5)
    assert len(canvas.touched) > 50
    assert_untouched(canvas, known_hair.lock != 15)


def test_volume_wants_a_head_and_a_factor(known_hair: KnownHair, known_strands: Strands) -> None:
    with pytest.raises(AssetError, match="head"):
        scale_volume(canvas_of(known_hair, known_strands, has_head=False), 1.5)
    with pytest.raises(ValueError, match="factor"):
        scale_volume(canvas_of(known_hair, known_strands), -1.0)
