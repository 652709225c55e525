"""The density brush: adds until hair is as dense as asked, removes with Ctrl."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from avatar_core.hair.brushes.density import DENSITY
from avatar_core.hair.limits import living
from tests.avatar_core.hair.shaped import (
    assert_result_looks_alike,
    assert_untouched,
    canvas_of,
    paint,
)

if TYPE_CHECKING:
    from avatar_core.hair.strands import Strands
    from tests.avatar_core.hair.conftest import KnownHair


def _places(hair: KnownHair, samples: int) -> np.ndarray:
    middle = hair.cloud.means[(hair.lock == 20) & (hair.order == 12)].mean(axis=0)
    return np.tile(middle, (samples, 1))


def test_adds_more_with_every_sample_until_there_is_no_room(
    known_hair: KnownHair, known_strands: Strands
) -> None:
    counts = []
    for samples in (1, 8, 60, 90):
        canvas = canvas_of(known_hair, known_strands)
        paint(canvas, DENSITY, _places(known_hair, samples), 0.008, apart=0.0025)
        counts.append(canvas.count - len(known_hair.cloud))
    assert 0 < counts[0] < counts[1] < counts[2]
    assert counts[3] - counts[2] < counts[2] - counts[1]
    distances, _ = cKDTree(canvas.means).query(canvas.means[len(known_hair.cloud) :], 2)
    assert distances[:, 1].min() >= 0.0025
    assert_untouched(canvas, np.arange(len(known_hair.cloud)))
    assert_result_looks_alike(canvas)


def test_the_same_stroke_adds_the_same(known_hair: KnownHair, known_strands: Strands) -> None:
    one, other = (canvas_of(known_hair, known_strands) for _ in range(2))
    for canvas in (one, other):
        paint(canvas, DENSITY, _places(known_hair, 3), 0.01)
    assert np.array_equal(one.means, other.means)


def test_ctrl_removes(known_hair: KnownHair, known_strands: Strands) -> None:
    canvas = canvas_of(known_hair, known_strands)
    places = _places(known_hair, 60)
    paint(canvas, DENSITY, places, 0.015, is_inverted=True, apart=0.005)
    inside = np.linalg.norm(known_hair.cloud.means - places[0], axis=1) < 0.015
    left = known_hair.cloud.means[inside & living(canvas)]
    assert cKDTree(left).query(left, 2)[0][:, 1].min() >= 0.005
    assert_untouched(canvas, ~inside)
