"""A progress bar for terminals, and a few plain lines for everything else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDTH = 28
_REDRAW_S = 0.1
_LINES = 10
"""How many lines a log gets, since it cannot be drawn over."""


class ProgressBar:
    """Call it with (done, total); it draws itself when that is worth it.

    Args:
        label: what is being done.
        stream: a terminal or a log, usually stderr.
        clock: seconds that only grow.
    """

    def __init__(
        self, label: str, stream: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._label = label
        self._stream = stream
        self._clock = clock
        self._is_terminal = stream.isatty()
        self._started_s: float | None = None
        self._drawn_s = -float("inf")
        self._line = -1
        self._is_complete = False

    def __call__(self, done: int, total: int) -> None:
        now_s = self._clock()
        if self._started_s is None:
            self._started_s = now_s
        if self._is_complete:
            return
        self._is_complete = done >= total
        if self._is_terminal:
            self._redraw(done, total, now_s)
        else:
            self._add_line(done, total, now_s)

    def _redraw(self, done: int, total: int, now_s: float) -> None:
        if now_s - self._drawn_s < _REDRAW_S and not self._is_complete:
            return
        self._drawn_s = now_s
        filled = round(_WIDTH * done / max(total, 1))
        bar = "#" * filled + "." * (_WIDTH - filled)
        end = "\n" if self._is_complete else ""
        self._write(f"\r{self._label} [{bar}] {self._numbers(done, total, now_s)}\x1b[K{end}")

    def _add_line(self, done: int, total: int, now_s: float) -> None:
        line = _LINES * done // max(total, 1)
        if line > self._line:
            self._line = line
            self._write(f"{self._label}: {self._numbers(done, total, now_s)}\n")

    def _numbers(self, done: int, total: int, now_s: float) -> str:
        share = done / max(total, 1)
        text = f"{done}/{total} {100 * share:3.0f} %"
        spent_s = now_s - (self._started_s or 0.0)
        if self._is_complete:
            return f"{text}, {clock_text(spent_s)}"
        return f"{text}, {clock_text(spent_s / share - spent_s)} left" if done else text

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def clock_text(seconds: float) -> str:
    """Minutes and seconds: `2:05`."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
