from __future__ import annotations

import pytest

from app.viewport.frame_ages import ages
from app.viewport.show_clock import FrameTimes


def test_ages_are_told_from_capture_to_window_and_to_screen() -> None:
    told = ages([FrameTimes(time_s, time_s + 0.03, time_s + 0.05) for time_s in (1.0, 2.0, 3.0)])
    assert told["p50_ms"] == pytest.approx(30)
    assert told["draw_ms"] == pytest.approx(20)
    assert told["screen_p95_ms"] == pytest.approx(50)
    assert told["growth_ms"] == pytest.approx(0, abs=1e-6)
    assert told["frames"] == 3


def test_frames_that_become_older_show_as_growth() -> None:
    frames = [FrameTimes(step, step + 0.001 * step, step + 1) for step in range(40)]
    assert ages(frames)["growth_ms"] == pytest.approx(30)


def test_no_frames_have_no_age() -> None:
    assert set(ages([]).values()) == {0}
