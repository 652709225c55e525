"""SoundRing: samples on their way from the sound thread to whoever reads them."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

_JUMP_S = 0.05
"""Times further apart than this are a gap in the sound; closer ones are jitter."""
_STEERING = 0.1


class SoundRing:
    """Keeps every sample until it is taken, and tells when the newest one was captured.

    Only someone who takes nothing for longer than `seconds` loses the oldest samples; those are
    counted. A gap in the sound, such as the device leaving samples out, is filled with silence, so
    that what follows keeps its time.

    Args:
        rate_hz: samples per second.
        seconds: how much it holds.
    """

    def __init__(self, rate_hz: int, seconds: float = 60.0) -> None:
        self.rate_hz = rate_hz
        self._capacity = round(seconds * rate_hz)
        self._condition = threading.Condition()
        self._blocks: deque[Float32] = deque()
        self._held = 0
        self._lost = 0
        self._ended_s: float | None = None

    @property
    def lost(self) -> int:
        """Samples that nobody took in time."""
        return self._lost

    def put(self, samples: Float32, ended_s: float) -> None:
        """Add samples; never waits.

        Args:
            samples: [n] float32; kept as they are, so no longer written by the caller.
            ended_s: when the last of them was captured, give or take some jitter.
        """
        with self._condition:
            gap = self._advance(len(samples) / self.rate_hz, ended_s)
            if gap > 0:
                self._append(np.zeros(min(gap, self._capacity), np.float32))
            self._append(samples)
            self._condition.notify()

    def take(self, timeout_s: float) -> tuple[Float32, float] | None:
        """All samples [n] since the last call and the time of the last one.

        Waits up to `timeout_s` for some; None when none came.
        """
        with self._condition:
            self._condition.wait_for(lambda: bool(self._blocks), timeout_s)
            if not self._blocks or self._ended_s is None:
                return None
            blocks, self._held = list(self._blocks), 0
            self._blocks.clear()
            return np.concatenate(blocks), self._ended_s

    def _append(self, samples: Float32) -> None:
        self._blocks.append(samples)
        self._held += len(samples)
        while self._held > self._capacity and len(self._blocks) > 1:
            oldest = self._blocks.popleft()
            self._held -= len(oldest)
            self._lost += len(oldest)

    def _advance(self, duration_s: float, ended_s: float) -> int:
        """Follow the device's clock; gives the number of samples that are missing before."""
        if self._ended_s is None:
            self._ended_s = ended_s
            return 0
        expected_s = self._ended_s + duration_s
        error_s = ended_s - expected_s
        if abs(error_s) <= _JUMP_S:
            self._ended_s = expected_s + _STEERING * error_s
            return 0
        self._ended_s = ended_s
        return round(error_s * self.rate_hz)
