"""SoundTape: what a microphone heard while something was recorded."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.motion import TakeAudio

if TYPE_CHECKING:
    from avatar_core.geometry import Float32


@dataclass(frozen=True, slots=True, eq=False)
class TapePiece:
    """A stretch of sound.

    Args:
        samples: [n] float32.
        rate_hz: samples per second.
        began_s: `time.perf_counter()` when the first one was captured.
    """

    samples: Float32
    rate_hz: int
    began_s: float

    @property
    def ended_s(self) -> float:
        return self.began_s + len(self.samples) / self.rate_hz


class SoundTape:
    """Keeps all pieces while it runs. Written by the driver's thread, read by any.

    Pieces may have gaps between them and different rates: a microphone that comes back may be
    another one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pieces: list[TapePiece] = []
        self._is_running = False

    def run(self) -> None:
        """Begin with an empty tape."""
        with self._lock:
            self._pieces = []
            self._is_running = True

    def stop(self) -> None:
        """Take nothing more, and forget what was taken."""
        with self._lock:
            self._pieces = []
            self._is_running = False

    def put(self, piece: TapePiece) -> None:
        """Add what was heard last; nothing happens while the tape stands still."""
        with self._lock:
            if self._is_running and len(piece.samples):
                self._pieces.append(piece)

    def pieces(self, first: int = 0) -> list[TapePiece]:
        """The pieces from a number on."""
        with self._lock:
            return self._pieces[first:]

    def sound(self, began_s: float, ended_s: float) -> TakeAudio | None:
        """All that was heard between two moments, silence in the gaps; None for nothing at all."""
        pieces = [
            each for each in self.pieces() if each.ended_s > began_s and each.began_s < ended_s
        ]
        if not pieces or ended_s <= began_s:
            return None
        rate_hz = pieces[0].rate_hz
        samples = np.zeros(round((ended_s - began_s) * rate_hz), np.float32)
        end = 0
        for piece in pieces:
            heard = at_rate(piece.samples, piece.rate_hz, rate_hz)
            first = round((piece.began_s - began_s) * rate_hz)
            # Neighbours follow on one another, whatever rounding and jitter say.
            first = end if abs(first - end) <= rate_hz // 20 and end > 0 else first
            lay(samples, heard, first)
            end = first + len(heard)
        return TakeAudio(samples[:, None], rate_hz)


def lay(samples: Float32, piece: Float32, first: int) -> None:
    """Write a piece [n] over samples [m] from an index on; what falls outside is left out."""
    start, stop = max(first, 0), min(first + len(piece), len(samples))
    if start < stop:
        samples[start:stop] = piece[start - first : stop - first]


def at_rate(samples: Float32, rate_hz: int, wanted_hz: int) -> Float32:
    """Samples [n] at another rate, linearly interpolated."""
    if rate_hz == wanted_hz:
        return samples
    count = round(len(samples) * wanted_hz / rate_hz)
    places = np.arange(count) * (rate_hz / wanted_hz)
    resampled: Float32 = np.interp(places, np.arange(len(samples)), samples).astype(np.float32)
    return resampled
