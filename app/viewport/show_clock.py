"""ShowClock: when pictures reach the screen, and how old they are by then."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.rate_meter import RateMeter

if TYPE_CHECKING:
    from collections.abc import Callable

_RATE_WINDOW_S = 2.0


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """The way of one frame, `time.perf_counter()`.

    Args:
        captured_s: when the moment that it shows was captured.
        taken_s: when the window's thread had it.
        shown_s: when it was on the screen; the same as before as long as it is not.
    """

    captured_s: float
    taken_s: float
    shown_s: float


class ShowClock:
    """Told of each paint and each swap; gives rate, age and the time from one to the other.

    `follow` hears of every captured frame once it is on the screen, `follow_arrivals` as soon as
    the window's thread has it.
    """

    def __init__(self) -> None:
        self._rate = RateMeter(_RATE_WINDOW_S)
        self._painted_s: float | None = None
        self._fresh_s: float | None = None
        self._is_fresh = False
        self._taken_s = 0.0
        self.follow: Callable[[FrameTimes], None] | None = None
        self.follow_arrivals: Callable[[FrameTimes], None] | None = None
        self.show_ms = 0.0
        self.last_paint: tuple[float, float] | None = None
        self.age_ms: float | None = None

    @property
    def fps(self) -> float:
        return self._rate.per_second

    def note_frame(self, captured_s: float | None) -> None:
        """The next picture shows a new frame. Shown again from elsewhere, it does not age."""
        self._fresh_s, self._is_fresh = captured_s, True
        self._taken_s = now_s = time.perf_counter()
        if captured_s is not None and self.follow_arrivals is not None:
            self.follow_arrivals(FrameTimes(captured_s, now_s, now_s))

    def note_paint(self) -> None:
        self._painted_s = time.perf_counter()

    def note_shown(self) -> bool:
        """Pictures were swapped. Returns whether ours was painted since the last time."""
        if self._painted_s is None:
            return False
        now_s = time.perf_counter()
        self._rate.mark()
        self.show_ms = 1000 * (now_s - self._painted_s)
        self.last_paint = (self._painted_s, now_s)
        self._painted_s = None
        if self._is_fresh:
            self._is_fresh = False
            self._note_age(now_s)
        return True

    def _note_age(self, now_s: float) -> None:
        self.age_ms = None if self._fresh_s is None else 1000 * (now_s - self._fresh_s)
        if self._fresh_s is not None and self.follow is not None:
            self.follow(FrameTimes(self._fresh_s, self._taken_s, now_s))
