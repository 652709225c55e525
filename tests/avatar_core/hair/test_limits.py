"""What tools may touch, and where hair may not go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians.cloud import LOCKED
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.limits import (
    clear_of_head,
    free,
    heights_of,
    living,
    rows_in_ball,
    rows_where,
)
from avatar_core.project.hair_edits import HairEdits
from tests.avatar_core.hair.conftest import RADIUS_M
from tests.avatar_core.hair.shaped import canvas_of

if TYPE_CHECKING:
    from tests.avatar_core.hair.conftest import KnownHair


def test_what_was_deleted_is_not_living(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None)
    canvas.delete(np.array([3, 7], np.int32))
    canvas.fade(np.array([9], np.int32), np.array([0.9], np.float32))
    assert np.array_equal(rows_where(~living(canvas)), [3, 7])
    # So it is for whoever goes on with the document.
    later = HairCanvas(known_hair.cloud, canvas.result())
    assert np.array_equal(rows_where(~living(later)), [3, 7])


def test_what_is_locked_or_hardly_selected_is_not_free(known_hair: KnownHair) -> None:
    count = len(known_hair.cloud)
    selection, flags = np.full(count, 255, np.uint8), np.zeros(count, np.uint8)
    selection[:10], flags[20] = 100, LOCKED
    edits = replace(HairEdits(base_count=count), selection=selection, flags=flags)
    canvas = HairCanvas(known_hair.cloud, edits)
    assert np.array_equal(rows_where(~free(canvas)), [*range(10), 20])


def test_a_ball_holds_what_is_nearer_to_its_middle_than_its_radius(known_hair: KnownHair) -> None:
    means = known_hair.cloud.means
    expected = np.flatnonzero(np.linalg.norm(means - means[40], axis=1) < 0.02)
    assert np.array_equal(rows_in_ball(means, means[40], 0.02), expected)
    assert len(expected) > 20
    assert len(rows_in_ball(means, means[40], 0.0)) == 0
    assert len(rows_in_ball(means[:0], means[40], 0.02)) == 0


def test_lifts_hair_out_of_the_head_as_high_as_it_was_or_a_millimetre(
    known_hair: KnownHair,
) -> None:
    canvas = canvas_of(known_hair, None)
    directions = known_hair.cloud.means[:3] / np.linalg.norm(
        known_hair.cloud.means[:3], axis=1, keepdims=True
    )
    inside = (0.98 * RADIUS_M * directions).astype(np.float32)
    came_from = np.array([0.05, 0.0004, -1.0], np.float32)
    heights = known_hair.heights_m(clear_of_head(canvas, inside, came_from))
    np.testing.assert_allclose(heights, [0.001, 0.0004, -0.02 * RADIUS_M], atol=0.0004)


def test_without_a_head_hair_may_go_anywhere(known_hair: KnownHair) -> None:
    canvas = canvas_of(known_hair, None, has_head=False)
    middle = np.zeros((1, 3), np.float32)
    assert np.array_equal(clear_of_head(canvas, middle, 1.0), middle)
    assert np.isinf(heights_of(canvas, np.array([0, 1], np.int32))).all()
