"""Pinch: strands come together on the line of sight, or go apart."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.hair.brushes.pinch import PINCH
from tests.avatar_core.hair.brushes.bending import canvas_of, middle_of, stroke

LOCK_APART = 23


@pytest.mark.parametrize(("is_inverted", "low", "high"), [(False, 0.0, 0.7), (True, 1.3, 5.0)])
def test_strands_come_together_or_go_apart(known_hair, known_strands, is_inverted, low, high):
    canvas = canvas_of(known_hair, known_strands, None)
    middle = middle_of(known_hair, LOCK_APART)
    stroke(canvas, PINCH, middle, samples=30, radius_m=0.03, is_inverted=is_inverted)
    before = _width(known_hair, known_hair.cloud.means, middle)
    assert low < _width(known_hair, canvas.means, middle) / before < high


def test_depth_along_the_line_of_sight_stays(known_hair, known_strands):
    canvas = canvas_of(known_hair, known_strands, None)
    middle = middle_of(known_hair, LOCK_APART)
    stroke(canvas, PINCH, middle, samples=10)
    sight = middle / np.linalg.norm(middle)
    moves = canvas.means - known_hair.cloud.means
    chosen = (known_hair.lock == LOCK_APART) & (known_hair.order == 12)
    along = np.abs(moves[chosen] @ sight)
    assert along.mean() < 0.4 * np.linalg.norm(moves[chosen], axis=1).mean()


def _width(hair, means, middle) -> float:
    """How far strands of the lock pass from the line of sight, on average."""
    sight = middle / np.linalg.norm(middle)
    away = means[(hair.lock == LOCK_APART) & (np.abs(hair.order - 12) < 3)] - middle
    across = away - (away @ sight)[:, None] * sight
    return float(np.linalg.norm(across.reshape(5, -1, 3), axis=2).min(axis=1).mean())
