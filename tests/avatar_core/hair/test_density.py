"""Density: hair added between hair, removed where it is close, thinned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.spatial import cKDTree

from avatar_core.geometry import matrix_from_quat
from avatar_core.hair.density import add_between, remove_close, thin
from avatar_core.hair.limits import living
from tests.avatar_core.hair.shaped import (
    assert_out_of_head,
    assert_result_looks_alike,
    assert_untouched,
    canvas_of,
)

if TYPE_CHECKING:
    from avatar_core.hair.canvas import HairCanvas
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair

RADIUS_M, APART_M = 0.02, 0.0012


def _filled(hair: KnownHair, strands: Strands) -> tuple[HairCanvas, np.ndarray, np.ndarray]:
    canvas = canvas_of(hair, strands)
    centre = hair.cloud.means[(hair.lock == 20) & (hair.order == 12)].mean(axis=0)
    rows = add_between(canvas, centre, RADIUS_M, APART_M, 1.0, np.random.default_rng(1))
    return canvas, centre, rows


def test_adds_within_the_ball_and_no_closer_than_asked(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas, centre, rows = _filled(known_hair, known_strands)
    assert len(rows) > 20
    assert np.linalg.norm(canvas.means[rows] - centre, axis=1).max() < RADIUS_M
    distances, _ = cKDTree(canvas.means).query(canvas.means[rows], 2)
    assert distances[:, 1].min() >= APART_M
    assert_untouched(canvas, np.arange(len(known_hair.cloud)))
    assert_out_of_head(canvas, known_hair)
    assert_result_looks_alike(canvas)


def test_added_ones_look_like_those_around(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas, _, rows = _filled(known_hair, known_strands)
    base = known_hair.cloud
    _, nearest = cKDTree(base.means).query(canvas.means[rows])
    axes = matrix_from_quat(canvas.quats)[:, :, 0]
    cosines = np.abs((axes[rows] * axes[nearest]).sum(axis=1))
    assert np.median(cosines) > 0.95
    assert canvas.scales[rows] == pytest.approx(np.tile(base.scales[0], (len(rows), 1)), rel=1e-4)
    assert canvas.opacities[rows] == pytest.approx(0.8, rel=1e-4)
    # Colours lie between the colours of the locks around.
    around = canvas.colours[: len(base)]
    assert (canvas.colours[rows] >= around.min(axis=0) - 1e-5).all()
    assert (canvas.colours[rows] <= around.max(axis=0) + 1e-5).all()


def test_added_ones_ride_on_the_nearest(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas, _, rows = _filled(known_hair, known_strands)
    parents = canvas.edited.rows[rows]
    assert np.linalg.norm(canvas.means[rows] - canvas.means[parents], axis=1).max() < 0.01


def test_the_same_is_added_again_and_again(known_hair: KnownHair, known_strands: Strands) -> None:
    one, _, _ = _filled(known_hair, known_strands)
    other, _, _ = _filled(known_hair, known_strands)
    assert np.array_equal(one.means, other.means)


def test_finds_no_room_between_what_is_close(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    centre = known_hair.cloud.means[400]
    assert len(add_between(canvas, centre, RADIUS_M, 0.02, 1.0, np.random.default_rng(1))) == 0
    far = np.array([1, 1, 1], np.float32)
    assert len(add_between(canvas, far, RADIUS_M, APART_M, 1.0, np.random.default_rng(1))) == 0


def test_removes_until_the_rest_is_apart(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    centre = known_hair.cloud.means[400]
    gone = remove_close(canvas, centre, RADIUS_M, 0.006, 1.0, np.random.default_rng(1))
    inside = np.linalg.norm(known_hair.cloud.means - centre, axis=1) < RADIUS_M
    left = known_hair.cloud.means[inside & living(canvas)]
    assert 0 < len(gone) < inside.sum()
    assert cKDTree(left).query(left, 2)[0][:, 1].min() >= 0.006
    assert_untouched(canvas, ~inside)
    again = remove_close(canvas, centre, RADIUS_M, 0.006, 1.0, np.random.default_rng(2))
    assert len(again) == 0


def test_removes_only_what_is_selected(known_hair: KnownHair, known_strands: Strands) -> None:
    selected = known_hair.strand % 2 == 0
    canvas = canvas_of(known_hair, known_strands, selected)
    centre = known_hair.cloud.means[400]
    gone = remove_close(canvas, centre, RADIUS_M, 0.01, 1.0, np.random.default_rng(1))
    assert len(gone) > 0
    assert selected[gone].all()


def test_thins_by_the_share_asked(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    thin(canvas, 0.3)
    assert living(canvas).mean() == pytest.approx(0.7, abs=0.03)
    thin(canvas, 0.3)
    assert living(canvas).mean() == pytest.approx(0.49, abs=0.03)
    assert_result_looks_alike(canvas)


def test_thins_alike_each_time_and_by_the_selection(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    one, other = canvas_of(known_hair, known_strands), canvas_of(known_hair, known_strands)
    assert np.array_equal(thin(one, 0.5), thin(other, 0.5))
    selected = known_hair.lock == 3
    canvas = canvas_of(known_hair, known_strands, selected)
    gone = thin(canvas, 1.0)
    assert np.array_equal(gone, np.flatnonzero(selected))
    assert_untouched(canvas, ~selected)


def test_thinning_by_nothing_does_nothing(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    assert len(thin(canvas, 0.0)) == 0
