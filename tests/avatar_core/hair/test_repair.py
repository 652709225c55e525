"""Repair: copies laid elsewhere on the head, floaters, bald spots, deletion."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.gaussians import seen_colours
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.limits import living
from avatar_core.hair.repair import (
    clone,
    delete_selected,
    fill_bald_spots,
    floaters,
    turn_from_to,
)
from avatar_core.hair.repair_kernels import columns_over
from avatar_core.project.hair_edits import HairEdits
from tests.avatar_core.hair.conftest import RADIUS_M
from tests.avatar_core.hair.shaped import (
    assert_out_of_head,
    assert_result_looks_alike,
    assert_untouched,
    canvas_of,
    head_of,
    lawn_on,
)

if TYPE_CHECKING:
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair


def _on_ball(x: float, y: float, z: float) -> np.ndarray:
    point = np.array([x, y, z], np.float32)
    return RADIUS_M * point / np.linalg.norm(point)


def test_skin_comes_to_lie_on_skin(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None)
    source, target = _on_ball(0.2, 0.9, 0.3), _on_ball(-0.8, 0.2, 0.1)
    turn = turn_from_to(canvas, source, target)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-5)
    assert np.linalg.det(turn) == pytest.approx(1, abs=1e-5)
    assert turn @ (source / RADIUS_M) == pytest.approx(target / RADIUS_M, abs=0.05)


def test_hair_points_where_hair_points_there(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    source = known_hair.cloud.means[(known_hair.lock == 18) & (known_hair.order == 8)].mean(axis=0)
    target = known_hair.cloud.means[(known_hair.lock == 24) & (known_hair.order == 8)].mean(axis=0)
    turn = turn_from_to(canvas, source, target)
    near = [
        known_strands.tangents[np.linalg.norm(known_hair.cloud.means - each, axis=1) < 0.015]
        for each in (source, target)
    ]
    here, there = turn @ near[0].mean(axis=0), near[1].mean(axis=0)
    normal = target / np.linalg.norm(target)
    here, there = here - (here @ normal) * normal, there - (there @ normal) * normal
    assert here @ there / np.linalg.norm(here) / np.linalg.norm(there) > 0.98


def test_copies_are_as_high_above_the_skin_and_as_far_apart(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    rows = np.flatnonzero((known_hair.lock == 20) & (known_hair.order < 6)).astype(np.int32)
    source = known_hair.cloud.means[rows].mean(axis=0)
    target = _on_ball(0.3, -0.5, 0.8)  # bald skin
    turn = turn_from_to(canvas, source, target)
    added = clone(canvas, rows, source, target, turn)
    assert len(added) == len(rows)
    before, after = known_hair.heights_m(canvas.means[rows]), known_hair.heights_m(
        canvas.means[added]
    )  # fmt: skip
    assert after == pytest.approx(before, abs=0.004)
    apart = np.linalg.norm(np.diff(canvas.means[rows], axis=0), axis=1)
    assert np.linalg.norm(np.diff(canvas.means[added], axis=0), axis=1) == pytest.approx(
        apart, abs=0.001
    )
    assert_untouched(canvas, np.arange(len(known_hair.cloud)))
    assert_out_of_head(canvas, known_hair)
    assert_result_looks_alike(canvas)


def test_copies_look_from_there_as_the_source_does_from_here(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    canvas = canvas_of(known_hair, known_strands)
    rows = np.arange(100, 120, dtype=np.int32)
    source, target = known_hair.cloud.means[110], _on_ball(0.3, -0.5, 0.8)
    turn = turn_from_to(canvas, source, target)
    added = clone(canvas, rows, source, target, turn)
    view = np.tile(np.array([0.6, 0, -0.8], np.float32), (20, 1))
    sh = canvas.edited.cloud.sh
    np.testing.assert_allclose(
        seen_colours(sh[added], view @ turn.T), seen_colours(sh[rows], view), atol=1e-5
    )


def test_copies_ride_on_hair_near_them(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    rows = np.arange(100, 110, dtype=np.int32)
    source = known_hair.cloud.means[105]
    target = known_hair.cloud.means[2000]
    added = clone(canvas, rows, source, target, np.eye(3, dtype=np.float32))
    parents = canvas.edited.rows[added]
    distances = np.linalg.norm(known_hair.cloud.means[parents] - canvas.means[added], axis=1)
    all_distances = np.linalg.norm(
        known_hair.cloud.means[None] - canvas.means[added][:, None], axis=2
    )
    assert distances == pytest.approx(all_distances.min(axis=1), abs=1e-6)


def test_finds_what_floats(known_hair: KnownHair) -> None:
    means = known_hair.cloud.means.copy()
    means[[5, 900]] = [[0.5, 0.5, 0.5], [-0.4, 0.3, 0.2]]
    canvas = HairCanvas(replace(known_hair.cloud, means=means), HairEdits())
    assert np.array_equal(np.flatnonzero(floaters(canvas)), [5, 900])


def test_finds_nothing_among_too_few(known_hair: KnownHair) -> None:
    canvas = HairCanvas(known_hair.cloud.subset(slice(3)), HairEdits())
    assert not floaters(canvas).any()


def test_fills_a_bald_spot_as_thickly_as_around_it(known_hair: KnownHair) -> None:
    means, in_spot = lawn_on()
    lawn = known_hair.cloud.subset(slice(3000))
    canvas = HairCanvas(replace(lawn, means=means), HairEdits(), head=head_of(known_hair))
    canvas.delete(np.flatnonzero(in_spot).astype(np.int32))
    added = fill_bald_spots(canvas, np.array([0, RADIUS_M, 0], np.float32), 0.02)
    in_it = np.linalg.norm(canvas.means[added] - [0, RADIUS_M, 0], axis=1) < 0.012
    assert in_it.sum() == pytest.approx(in_spot.sum(), rel=0.5)
    assert known_hair.heights_m(canvas.means[added]) == pytest.approx(0.003, abs=0.001)
    assert_result_looks_alike(canvas)


def test_leaves_even_hair_and_bald_heads_alone(known_hair: KnownHair) -> None:
    means, _ = lawn_on()
    lawn = known_hair.cloud.subset(slice(3000))
    canvas = HairCanvas(replace(lawn, means=means), HairEdits(), head=head_of(known_hair))
    top = np.array([0, RADIUS_M, 0], np.float32)
    assert len(fill_bald_spots(canvas, top, 0.02)) == 0
    canvas.delete(np.arange(3000, dtype=np.int32))
    assert len(fill_bald_spots(canvas, top, 0.02)) == 0


def test_deletes_the_selection(known_hair: KnownHair, known_strands: Strands) -> None:
    selected = known_hair.lock == 9
    canvas = canvas_of(known_hair, known_strands, selected)
    assert np.array_equal(delete_selected(canvas), np.flatnonzero(selected))
    assert np.array_equal(~living(canvas), selected)
    assert_untouched(canvas, ~selected)
    assert len(delete_selected(canvas)) == 0


def test_columns_hold_what_lies_over_a_spot_within_reach() -> None:
    rng = np.random.default_rng(3)
    points = rng.uniform(-0.08, 0.08, (3000, 3)).astype(np.float32)
    spots = rng.uniform(-0.03, 0.03, (7, 3)).astype(np.float32)
    normals = rng.normal(size=(7, 3))
    normals = (normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32)
    radius_m, height_m = np.float32(0.02), np.float32(0.05)
    starts, found = columns_over(points, spots, normals, radius_m, height_m)
    for column, spot, normal in zip(np.split(found, starts[1:-1]), spots, normals, strict=True):
        way = points.astype(np.float64) - spot
        height = way @ normal
        aside = np.linalg.norm(way - height[:, None] * normal, axis=1)
        assert np.array_equal(column, np.flatnonzero((aside < 0.02) & (np.abs(height) < 0.05)))
        assert len(column) > 20
    starts, found = columns_over(points[:0], spots, normals, radius_m, height_m)
    assert not starts.any()
    assert len(found) == 0
