"""The deleting brush."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.brushes.delete import DELETE
from avatar_core.hair.limits import living
from tests.avatar_core.hair.shaped import (
    assert_result_looks_alike,
    assert_untouched,
    canvas_of,
    paint,
)

if TYPE_CHECKING:
    from tests.avatar_core.hair.conftest import KnownHair


def test_takes_what_is_under_the_brush_and_nothing_else(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None)
    place = known_hair.cloud.means[1234]
    inside = np.linalg.norm(known_hair.cloud.means - place, axis=1) < 0.01
    paint(canvas, DELETE, place[None], 0.01)
    assert np.array_equal(~living(canvas), inside)
    assert_untouched(canvas, ~inside)
    assert_result_looks_alike(canvas)


def test_leaves_what_is_not_selected(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None, known_hair.lock == 3)
    paint(canvas, DELETE, known_hair.cloud.means[::100], 0.1)
    assert np.array_equal(~living(canvas), known_hair.lock == 3)
