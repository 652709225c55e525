from __future__ import annotations

import io

import pytest

from avatar_core.cli.progress_bar import ProgressBar, clock_text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_terminal_gets_one_line_that_is_drawn_over():
    stream, clock = Terminal(), Clock()
    bar = ProgressBar("Rendering", stream, clock)
    for done in range(101):
        bar(done, 100)
        clock.now_s += 1.0

    drawn = stream.getvalue().split("\r")[1:]
    assert len(drawn) == 101
    assert "Rendering [##############..............] 50/100  50 %, 0:50 left" in drawn[50]
    assert drawn[-1].endswith("100/100 100 %, 1:40\x1b[K\n")
    assert stream.getvalue().count("\n") == 1


def test_a_terminal_is_not_flooded():
    stream, clock = Terminal(), Clock()
    bar = ProgressBar("Rendering", stream, clock)
    for done in range(1001):
        bar(done, 1000)
        clock.now_s += 0.001

    assert stream.getvalue().count("\r") <= 12


def test_a_log_gets_a_line_for_every_tenth():
    stream = io.StringIO()
    bar = ProgressBar("Rendering", stream, Clock())
    for done in range(588):
        bar(done, 587)

    lines = stream.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[0] == "Rendering: 0/587   0 %"
    assert lines[-1].startswith("Rendering: 587/587 100 %")
    assert "\r" not in stream.getvalue()


def test_nothing_follows_the_end_and_nothing_to_do_is_no_crash():
    stream = io.StringIO()
    bar = ProgressBar("Rendering", stream, Clock())
    bar(0, 0)
    bar(0, 0)

    assert len(stream.getvalue().splitlines()) == 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (3725, "62:05"), (-1, "0:00")]
)
def test_times_read_as_on_a_clock(seconds, text):
    assert clock_text(seconds) == text
