from __future__ import annotations

import numpy as np
import pytest

from avatar_core.bench import groom
from avatar_core.bench.budgets import budget_of
from avatar_core.bench.groom_subject import RADIUS_M, groom_subject


@pytest.mark.filterwarnings("error")
def test_reports_times_and_sizes_each_with_a_budget() -> None:
    figures = groom.run(count=4000)

    budgeted = {
        "groom_sample_ms",
        "groom_pick_ms",
        "groom_lock_ms",
        "groom_undo_ms",
        "groom_stroke_kb",
        "groom_strands_s",
    }
    assert set(figures) == budgeted | {"groom_stroke_gaussians"}
    assert all(value > 0 for value in figures.values())
    assert all(budget_of(key) is not None for key in budgeted)


def test_the_hair_is_the_same_each_time_and_outside_the_head() -> None:
    one, two = groom_subject(1000), groom_subject(1000)

    assert len(one.hair) == 1000
    assert np.array_equal(one.hair.means, two.hair.means)
    assert np.linalg.norm(one.hair.means, axis=1).min() > RADIUS_M
    assert len(one.vertices) == 20_000
