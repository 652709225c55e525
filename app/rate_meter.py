"""RateMeter: how often something happened over the last second."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class RateMeter:
    """Counts events in a sliding window. Marked by one thread, read by any.

    Args:
        window_s: length of the window.
        clock: monotonic seconds.
    """

    def __init__(
        self, window_s: float = 1.0, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._window_s = window_s
        self._clock = clock
        self._times: deque[float] = deque(maxlen=1000)

    def mark(self) -> None:
        self._times.append(self._clock())

    @property
    def per_second(self) -> float:
        """Events per second; 0 when fewer than two fell into the window."""
        now_s = self._clock()
        recent = [moment for moment in tuple(self._times) if now_s - moment <= self._window_s]
        if len(recent) < 2:
            return 0.0
        return (len(recent) - 1) / max(recent[-1] - recent[0], 1e-6)
