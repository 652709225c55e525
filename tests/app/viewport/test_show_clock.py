from __future__ import annotations

import time

import pytest

from app.viewport.show_clock import FrameTimes, ShowClock


def test_frames_are_followed_into_the_window_and_onto_the_screen() -> None:
    clock = ShowClock()
    came: list[FrameTimes] = []
    shown: list[FrameTimes] = []
    clock.follow_arrivals, clock.follow = came.append, shown.append
    captured_s = time.perf_counter() - 0.03
    clock.note_frame(captured_s)
    assert came[0].taken_s - captured_s == pytest.approx(0.03, abs=0.01)
    assert shown == []
    clock.note_paint()
    assert clock.note_shown()
    assert shown[0].captured_s == captured_s
    assert shown[0].taken_s == came[0].taken_s
    assert shown[0].shown_s >= shown[0].taken_s
    assert clock.age_ms == pytest.approx(1000 * (shown[0].shown_s - captured_s), abs=1)


def test_a_picture_that_is_shown_again_is_no_new_frame() -> None:
    clock = ShowClock()
    shown: list[FrameTimes] = []
    clock.follow = shown.append
    clock.note_frame(time.perf_counter())
    for _ in range(2):
        clock.note_paint()
        clock.note_shown()
    assert len(shown) == 1
    clock.note_frame(None)  # moved by a slider: nothing was captured
    clock.note_paint()
    clock.note_shown()
    assert len(shown) == 1
    assert clock.age_ms is None
