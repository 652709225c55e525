"""ShowClock: when pictures reach the screen, and how old they are by then."""

from __future__ import annotations

import time

from app.rate_meter import RateMeter

_RATE_WINDOW_S = 2.0


class ShowClock:
    """Told of each paint and each swap; gives rate, age and the time from one to the other."""

    def __init__(self) -> None:
        self._rate = RateMeter(_RATE_WINDOW_S)
        self._painted_s: float | None = None
        self._fresh_s: float | None = None
        self._is_fresh = False
        self.show_ms = 0.0
        self.last_paint: tuple[float, float] | None = None
        self.age_ms: float | None = None

    @property
    def fps(self) -> float:
        return self._rate.per_second

    def note_frame(self, captured_s: float | None) -> None:
        """The next picture shows a new frame. Shown again from elsewhere, it does not age."""
        self._fresh_s, self._is_fresh = captured_s, True

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
            self.age_ms = None if self._fresh_s is None else 1000 * (now_s - self._fresh_s)
        return True
