"""Courses: the strands on which Gaussians lie, from root to beyond the tip."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.errors import AssetError
from avatar_core.hair.courses import COLUMNS, Courses
from tests.avatar_core.hair.conftest import STEP_M
from tests.avatar_core.hair.shaped import canvas_of

if TYPE_CHECKING:
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair


def test_distances_are_told_along_the_strand(known_hair: KnownHair, known_strands: Strands) -> None:
    courses = Courses(canvas_of(known_hair, known_strands))
    rows = np.arange(len(known_hair.cloud), dtype=np.int32)
    assert courses.arcs_m(rows) == pytest.approx(known_hair.order * STEP_M, abs=1e-5)
    points, frames = courses.points(rows, courses.arcs_m(rows))
    np.testing.assert_allclose(points, known_hair.cloud.means, atol=1e-5)
    np.testing.assert_allclose(
        frames.transpose(0, 2, 1) @ frames, np.tile(np.eye(3), (len(rows), 1, 1)), atol=1e-5
    )


def test_a_strand_runs_beside_its_guide_as_far_away_as_its_gaussian(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    ids = known_strands.guide_ids.copy()
    ids[known_hair.strand == 1, 0] = 0
    courses = Courses(canvas_of(known_hair, replace(known_strands, guide_ids=ids)))
    row = np.flatnonzero((known_hair.strand == 1) & (known_hair.order == 12)).astype(np.int32)
    offset = np.linalg.norm(courses.offsets(row))
    for arc in (0.0, 0.03, 0.07):
        points, _ = courses.points(row, np.array([arc], np.float32))
        guide = courses.guide_points(np.array([0], np.int32), np.array([arc], np.float32))
        assert np.linalg.norm(points - guide) == pytest.approx(offset, rel=1e-3)


def test_follows_hair_that_was_moved(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    rows = np.arange(canvas.count, dtype=np.int32)
    canvas.move(rows, canvas.means + np.array([0.1, 0, 0], np.float32))
    nodes = known_strands.guides + np.array([0.1, 0, 0], np.float32)
    np.testing.assert_allclose(Courses(canvas).nodes, nodes, atol=1e-6)


def test_goes_on_straight_beyond_the_tip(known_hair: KnownHair, known_strands: Strands) -> None:
    courses = Courses(canvas_of(known_hair, known_strands))
    guide = np.array([5, 5, 5], np.int32)
    ends = courses.guide_points(guide, np.array([0.092, 0.112, 0.132], np.float32))
    steps = np.diff(ends, axis=0)
    np.testing.assert_allclose(steps[0], steps[1], atol=1e-6)
    assert np.linalg.norm(steps[0]) == pytest.approx(0.02, rel=1e-3)


def test_strands_beside_each_other_have_neighbouring_columns(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    ids = np.zeros_like(known_strands.guide_ids)
    canvas = canvas_of(known_hair, replace(known_strands, guide_ids=ids))
    courses = Courses(canvas)
    strand = np.flatnonzero(known_hair.strand == 0).astype(np.int32)
    assert len(np.unique(courses.columns(strand, 0.5))) <= 2
    numbers = courses.columns(np.arange(canvas.count, dtype=np.int32), 0.005)
    assert (numbers >= 0).all()
    assert (numbers < COLUMNS**2).all()
    assert len(np.unique(numbers)) > 10


def test_wants_strands(known_hair: KnownHair) -> None:
    with pytest.raises(AssetError, match="strands"):
        Courses(canvas_of(known_hair, None))
