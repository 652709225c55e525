"""FlashWatch: when a camera saw that the screen flashed, told from how bright its pictures are."""

from __future__ import annotations

from collections import deque

import numpy as np

_BEFORE_S = 0.6
"""How much of the time before a flash says how bright it is without."""
_LEAST_RISE = 4.0
"""Of 255: a rise that flickering light does not make."""
_NOISES = 5.0
_PATIENCE_S = 1.0


class FlashWatch:
    """Fed with pictures' brightness and flashes, it tells how long each took to be seen."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque(maxlen=600)
        self._flashed_s: float | None = None
        self._threshold = np.inf
        self.delays_ms: list[float] = []
        self.missed = 0

    @property
    def is_waiting(self) -> bool:
        """A flash was not seen yet, and still may be."""
        return self._flashed_s is not None

    def note_flash(self, now_s: float) -> None:
        """The screen has begun to flash."""
        levels = [level for time_s, level in self._seen if now_s - time_s <= _BEFORE_S]
        spread = float(np.std(levels)) if levels else 0.0
        rise = max(_LEAST_RISE, _NOISES * spread)
        self._threshold = (float(np.median(levels)) if levels else 0.0) + rise
        self._flashed_s = now_s

    def note_picture(self, captured_s: float, level: float) -> None:
        """A picture of the camera: when it was captured, and its mean brightness of 255."""
        if self._seen and captured_s <= self._seen[-1][0]:
            return  # the one before, looked at again
        self._seen.append((captured_s, level))
        flashed_s = self._flashed_s
        if flashed_s is None or captured_s <= flashed_s:
            return
        if level >= self._threshold:
            self.delays_ms.append(1000 * (captured_s - flashed_s))
            self._flashed_s = None
        else:
            self.expire(captured_s)

    def expire(self, now_s: float) -> None:
        """A flash that was not seen by now was missed: also where no picture comes any more."""
        if self._flashed_s is not None and now_s - self._flashed_s > _PATIENCE_S:
            self.missed += 1
            self._flashed_s = None
