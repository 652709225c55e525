"""Snake hook: what was held at first follows, and gets longer."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.hair.brushes.hook import HOOK
from tests.avatar_core.hair.brushes.bending import LOCK, canvas_of, middle_of, stroke

OUT_M = 0.03


@pytest.fixture
def canvas(known_hair, known_strands):
    return canvas_of(known_hair, known_strands, None)


def _pulled(canvas, known_hair, samples: int = 15) -> np.ndarray:
    middle = middle_of(known_hair, LOCK, order=18)
    outwards = middle / np.linalg.norm(middle)
    motion = tuple(OUT_M / samples * outwards)
    stroke(canvas, HOOK, middle, motion, samples, strength=1.0, radius_m=0.012)
    return outwards


def test_hair_in_the_middle_keeps_up_with_the_pen(canvas, known_hair):
    outwards = _pulled(canvas, known_hair)
    along = (canvas.means - known_hair.cloud.means) @ outwards
    assert along.max() == pytest.approx(OUT_M, abs=0.004)


def test_what_is_beyond_the_pen_comes_along_whole(canvas, known_hair):
    _pulled(canvas, known_hair)
    best = np.linalg.norm(canvas.means - known_hair.cloud.means, axis=1).argmax()
    strand = known_hair.strand == known_hair.strand[best]
    moves = (canvas.means - known_hair.cloud.means)[strand]
    np.testing.assert_allclose(moves[20:], np.broadcast_to(moves[20], (4, 3)), atol=2e-3)
    assert np.linalg.norm(moves[0]) < 1e-6


def test_strands_and_their_gaussians_get_longer(canvas, known_hair):
    _pulled(canvas, known_hair)
    ratios = known_hair.lengths_m(canvas.means) / known_hair.lengths_m(known_hair.cloud.means)
    best = ratios.argmax()
    assert ratios[best] > 1.15
    factors = (canvas.scales / known_hair.cloud.scales)[known_hair.strand == best]
    # Gaussians cover the strand as they did before.
    assert factors[:, 0].mean() == pytest.approx(ratios[best], rel=0.15)
    np.testing.assert_allclose(factors[:, 1:], 1, atol=0.1)


def test_how_far_does_not_depend_on_the_number_of_samples(known_hair, known_strands):
    ends = []
    for samples in (5, 50):
        canvas = canvas_of(known_hair, known_strands, None)
        _pulled(canvas, known_hair, samples)
        ends.append(canvas.means.copy())
    np.testing.assert_allclose(ends[0], ends[1], atol=5e-4)


def test_hair_that_the_pen_meets_later_is_not_taken_along(canvas, known_hair):
    middle = middle_of(known_hair, LOCK)
    motion = tuple((middle_of(known_hair, 23) - middle) / 20)
    stroke(canvas, HOOK, middle, motion, 20, radius_m=0.008)
    assert not (known_hair.lock[canvas.touched] == 23).any()
