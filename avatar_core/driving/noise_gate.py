"""NoiseGate: silence below a loudness, so that a room's hum does not move lips."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

_WINDOW_S = 0.01
_HOLD_S = 0.2
"""How long it stays open after the last loud moment: the ends of words are quiet."""
_NARROWER_DB = 6.0
"""An open gate closes at this much less, so that it does not flutter."""


class NoiseGate:
    """Opens at once when it gets loud enough, and closes a moment after it has become quiet.

    Args:
        threshold_db: loudness (root mean square of 10 ms, full scale 0 dB) that opens it.
        rate_hz: samples per second.
    """

    def __init__(self, threshold_db: float, rate_hz: int) -> None:
        self._threshold_db = threshold_db
        self._window = max(round(_WINDOW_S * rate_hz), 1)
        self._hold = math.ceil(_HOLD_S / _WINDOW_S)
        self._left = 0
        self._gain = 0.0

    @property
    def is_open(self) -> bool:
        return self._left > 0

    def apply(self, samples: Float32) -> Float32:
        """[n] samples -1..1 in, as many out; a part of a window is judged by itself."""
        passed = samples.copy()
        for start in range(0, len(samples), self._window):
            window = passed[start : start + self._window]
            self._listen(window)
            gain = 1.0 if self.is_open else 0.0
            window *= np.linspace(self._gain, gain, len(window), dtype=np.float32)
            self._gain = gain
        return passed

    def _listen(self, window: Float32) -> None:
        opens_db = self._threshold_db - (_NARROWER_DB if self.is_open else 0.0)
        self._left = self._hold if loudness_db(window) >= opens_db else max(self._left - 1, 0)


def loudness_db(samples: Float32) -> float:
    """Root mean square of samples [n] -1..1 in decibels of full scale; -120 for silence."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return max(10 * math.log10(power), -120.0) if power > 0 else -120.0
