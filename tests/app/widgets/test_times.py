from __future__ import annotations

import pytest

from app.widgets.times import clock, duration


@pytest.mark.parametrize(
    ("time_s", "text"), [(0, "0:00.00"), (7.25, "0:07.25"), (3661.5, "1:01:01.50"), (-1, "0:00.00")]
)
def test_a_clock_counts_hundredths(time_s: float, text: str) -> None:
    assert clock(time_s) == text


@pytest.mark.parametrize(
    ("time_s", "text"),
    [
        (-3, "0 s"), (0, "0 s"), (59.4, "59 s"), (60, "1 min"), (725, "12 min"),
        (3590, "1 h 00 min"), (7500, "2 h 05 min"), (86_400, "1 day 0 h"), (273_600, "3 days 4 h"),
    ],
)  # fmt: skip
def test_a_duration_is_rough(time_s: float, text: str) -> None:
    assert duration(time_s) == text
