"""The simplest driver of speech: the louder, the wider the jaw. What every model has to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.speech.loudness import QUIETEST_DB, Levels
from avatar_core.driving.speech.resampling import Resampler
from avatar_core.driving.speech.timing import FPS, HOPS_PER_FRAME
from avatar_core.driving.speech.visemes import Viseme
from avatar_core.motion import MotionFrame

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

_RANGE_DB = 30.0
"""From the loudest sound of late down to a shut mouth."""

_WIDEST = 0.6
_FORGOTTEN_DB = 3.0 / FPS
_SMOOTHED = 0.5
_HOPS = 3
"""Levels averaged for a moment, the middle one being its own: 30 ms."""

_OPEN_DB, _SHUT_DB = -9.0, -27.0
"""Below the loudest: what counts as an open mouth, and as a shut one; tongue in between."""


class EnergyMotion:
    """Opens the jaw by the loudness of a stream of sound; the same use as `SpeechMotion`."""

    lag_s = _HOPS / 2 / 100

    def __init__(self) -> None:
        self.viseme_scores = np.zeros(len(Viseme), np.float32)
        self._resampler: Resampler | None = None
        self._levels = Levels()
        self._kept = np.full(1, QUIETEST_DB, np.float32)
        self._loudest_db = -30.0
        self._jaw = 0.0
        self._frames = 0

    def feed(self, samples: Float32, rate_hz: int) -> list[MotionFrame]:
        """The motion that more sound completes, 50 moments a second.

        Args:
            samples: [n] mono, -1..1.
            rate_hz: samples per second; the first one counts.
        """
        if self._resampler is None:
            self._resampler = Resampler(rate_hz)
        levels = self._levels.feed(self._resampler.feed(samples))
        self._kept = np.concatenate([self._kept, levels])
        frames = []
        while len(self._kept) >= _HOPS:
            level_db = float(self._kept[:_HOPS].mean())
            self._kept = self._kept[HOPS_PER_FRAME:]
            frames.append(self._frame(level_db))
        return frames

    def _frame(self, level_db: float) -> MotionFrame:
        self._loudest_db = max(level_db, self._loudest_db - _FORGOTTEN_DB, -45.0)
        below_db = level_db - self._loudest_db
        wanted = _WIDEST * min(max(1 + below_db / _RANGE_DB, 0.0), 1.0)
        self._jaw += _SMOOTHED * (wanted - self._jaw)
        self.viseme_scores = _scores(below_db)
        time_s = self._frames / FPS
        self._frames += 1
        return MotionFrame.from_units(time_s, jawOpen=self._jaw)


def _scores(below_db: float) -> Float32:
    """Scores [V] of the classes: silence or closed, tongue, open."""
    scores = np.zeros(len(Viseme), np.float32)
    if below_db < _SHUT_DB:
        scores[Viseme.CLOSED] = 1
        scores[Viseme.SILENCE] = 2 if below_db < -_RANGE_DB else 0
    else:
        scores[Viseme.OPEN if below_db > _OPEN_DB else Viseme.TONGUE] = 1
    return scores
