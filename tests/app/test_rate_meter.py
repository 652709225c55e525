from __future__ import annotations

import pytest

from app.rate_meter import RateMeter


class _Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_counts_what_happened_in_the_window() -> None:
    clock = _Clock()
    meter = RateMeter(1.0, clock)
    for _ in range(61):
        meter.mark()
        clock.now_s += 1 / 30
    assert meter.per_second == pytest.approx(30.0)


def test_is_zero_when_nothing_happens_any_more() -> None:
    clock = _Clock()
    meter = RateMeter(1.0, clock)
    meter.mark()
    assert meter.per_second == 0.0
    meter.mark()
    clock.now_s = 1.5
    assert meter.per_second == 0.0
