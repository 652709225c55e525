from __future__ import annotations

import pytest

from avatar_core.bench import sort
from avatar_core.render.sorting import FAST_FROM


@pytest.mark.filterwarnings("error")
def test_reports_times_and_ratios() -> None:
    figures = sort.run(count=FAST_FROM)
    assert set(figures) == {
        "sort_100k_ms",
        "sort_ratio",
        "sort_stable_ratio",
        "sort_numpy_path_ms",
    }
    assert all(value > 0 for value in figures.values())
