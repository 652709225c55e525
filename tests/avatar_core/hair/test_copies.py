"""Copies of hair as it looks while it is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.gaussians import seen_colours
from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.hair.copies import cloud_of, nearest_rows, turn_between, turned
from tests.avatar_core.hair.shaped import canvas_of

if TYPE_CHECKING:
    from tests.avatar_core.hair.conftest import KnownHair

ROWS = np.array([4, 40, 400], np.int32)


def test_copies_have_the_colour_given_to_them_last(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None)
    red = np.tile(np.array([0.8, 0.1, 0.1], np.float32), (3, 1))
    canvas.recolour(ROWS, red)
    cloud = cloud_of(canvas, ROWS)
    assert 0.5 + 0.28209479 * cloud.sh[:, 0] == pytest.approx(red, abs=1e-5)
    assert not np.shares_memory(cloud.sh, canvas.edited.cloud.sh)


def test_turned_copies_look_from_there_as_before_from_here(known_hair: KnownHair) -> None:
    cloud = known_hair.cloud.subset(ROWS)
    turn = matrix_from_axis_angle(np.array([[0.4, 1.0, -0.3]], np.float32))[0]
    view = np.tile(np.array([0, 0.6, -0.8], np.float32), (3, 1))
    shown = seen_colours(turned(cloud, cloud.means, turn).sh, view @ turn.T)
    np.testing.assert_allclose(shown, seen_colours(cloud.sh, view), atol=1e-5)


def test_the_nearest_are_rows_of_the_hairstyle(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None)
    added = canvas.add(cloud_of(canvas, ROWS), ROWS)
    assert np.array_equal(nearest_rows(canvas, canvas.means[added]), ROWS)
    # Once they are elsewhere, others are nearer.
    canvas.move(ROWS, canvas.means[ROWS] + np.float32(0.5))
    assert not np.isin(nearest_rows(canvas, canvas.means[added]), ROWS).any()


def test_turns_one_way_into_another_even_the_opposite() -> None:
    ways = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    others = np.array([[0, 1, 0], [0, 1, 0], [0, 0, -1]], np.float32)
    turns = turn_between(ways, others)
    np.testing.assert_allclose(np.einsum("nij,nj->ni", turns, ways), others, atol=1e-6)
    np.testing.assert_allclose(np.linalg.det(turns), 1, atol=1e-6)
