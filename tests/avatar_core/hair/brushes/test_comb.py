"""Comb: hair goes with the pen, roots less so."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.hair.brushes.comb import COMB
from avatar_core.hair.collision import HeadCollider
from tests.avatar_core.hair.brushes.bending import LOCK, canvas_of, middle_of, stroke

UP = (0.0, 0.001, 0.0)


@pytest.fixture
def canvas(known_hair, known_strands):
    return canvas_of(known_hair, known_strands, HeadCollider(known_hair.vertices, known_hair.faces))


@pytest.mark.parametrize("motion", [(0.0005, 0.0, 0.001), (-0.0005, 0.0, -0.001)])
def test_hair_goes_where_the_pen_goes(canvas, known_hair, motion):
    stroke(canvas, COMB, middle_of(known_hair, LOCK), motion, 15)
    moves = canvas.means - known_hair.cloud.means
    lock = moves[(known_hair.lock == LOCK) & (known_hair.order == 12)].mean(axis=0)
    along = lock @ (np.array(motion) / np.linalg.norm(motion))
    assert 0.003 < along < 0.015
    assert along > 0.7 * np.linalg.norm(lock)


def test_more_strength_combs_more(known_hair, known_strands):
    distances = []
    for strength in (0.2, 0.5, 1.0):
        canvas = canvas_of(known_hair, known_strands, None)
        stroke(canvas, COMB, middle_of(known_hair, LOCK), UP, strength=strength)
        distances.append(np.linalg.norm(canvas.means - known_hair.cloud.means, axis=1).sum())
    assert distances[0] < distances[1] < distances[2]


def test_tips_go_farther_than_roots(canvas, known_hair):
    stroke(canvas, COMB, middle_of(known_hair, LOCK), UP, 15, radius_m=0.06)
    distances = np.linalg.norm(canvas.means - known_hair.cloud.means, axis=1)
    lock = known_hair.lock == LOCK
    by_order = [distances[lock & (known_hair.order == order)].mean() for order in (0, 3, 6)]
    assert by_order[0] < 1e-6
    assert by_order == sorted(by_order)


def test_roots_can_be_held_more_firmly(known_hair, known_strands):
    distances = []
    for roots in (0.0, 1.0):
        canvas = canvas_of(known_hair, known_strands, None)
        place = middle_of(known_hair, LOCK, order=3)
        stroke(canvas, COMB, place, UP, radius_m=0.015, options={"roots": roots})
        near = (known_hair.lock == LOCK) & (known_hair.order < 6)
        distances.append(
            np.linalg.norm((canvas.means - known_hair.cloud.means)[near], axis=1).mean()
        )
    assert distances[1] < 0.6 * distances[0]


def test_the_opposite_of_combing_pushes_back(known_hair, known_strands):
    canvas = canvas_of(known_hair, known_strands, None)
    stroke(canvas, COMB, middle_of(known_hair, LOCK), UP, is_inverted=True)
    moved = (canvas.means - known_hair.cloud.means)[canvas.touched]
    assert moved[:, 1].mean() < 0


def test_combing_there_and_back_in_one_stroke_leaves_hair_about_where_it_was(
    known_hair, known_strands
):
    canvas = canvas_of(known_hair, known_strands, None)
    middle = middle_of(known_hair, LOCK)
    stroke(canvas, COMB, middle, UP, 8)
    away = np.linalg.norm(canvas.means - known_hair.cloud.means, axis=1).max()
    stroke(canvas, COMB, middle + 8 * np.array(UP), tuple(-np.array(UP)), 8)
    back = np.linalg.norm(canvas.means - known_hair.cloud.means, axis=1).max()
    assert back < 0.7 * away
