"""Puff: hair rises off the head and is pressed flat again."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.hair.brushes.puff import PUFF
from avatar_core.hair.collision import HeadCollider
from tests.avatar_core.hair.brushes.bending import LOCK, canvas_of, middle_of, stroke


@pytest.fixture
def canvas(known_hair, known_strands):
    return canvas_of(known_hair, known_strands, HeadCollider(known_hair.vertices, known_hair.faces))


def test_hair_rises_and_roots_stay(canvas, known_hair):
    stroke(canvas, PUFF, middle_of(known_hair, LOCK), samples=30)
    rises = known_hair.heights_m(canvas.means) - known_hair.heights_m(known_hair.cloud.means)
    lock = known_hair.lock == LOCK
    assert rises[lock & (known_hair.order == 12)].min() > 0.002
    roots = known_hair.order == 0
    np.testing.assert_allclose(canvas.means[roots], known_hair.cloud.means[roots], atol=1e-6)


def test_the_opposite_presses_it_flat(canvas, known_hair):
    middle = middle_of(known_hair, 4)
    stroke(canvas, PUFF, middle, samples=30, is_inverted=True, radius_m=0.04)
    before = known_hair.heights_m(known_hair.cloud.means)
    after = known_hair.heights_m(canvas.means)
    lock = (known_hair.lock == 4) & (known_hair.order == 12)
    assert (before[lock] > 0.015).all()
    assert (after[lock] < before[lock] - 0.003).all()
    assert after.min() > 0.0005


def test_without_a_head_hair_rises_the_way_it_grows(known_hair, known_strands):
    canvas = canvas_of(known_hair, known_strands, None)
    stroke(canvas, PUFF, middle_of(known_hair, LOCK), samples=10)
    moves = canvas.means - known_hair.cloud.means
    lock = known_hair.lock == LOCK
    roots = known_strands.guides[:, 1] - known_strands.guides[:, 0]
    growth = roots / np.linalg.norm(roots, axis=1, keepdims=True)
    along = (moves * growth[known_hair.strand]).sum(axis=1)
    assert along[lock & (known_hair.order == 12)].mean() > 0.0005
