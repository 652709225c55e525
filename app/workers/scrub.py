"""What is heard of a sound while somebody looks for a place in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from app.workers.soundtrack import Soundtrack
    from avatar_core.geometry import Float32

SNIPPET_S = 0.09
_RISE_S = 0.005
_FALL_S = 0.03


class Scrub:
    """A short snippet of sound at each place that is sought, and silence after it.

    Snippets come and go softly; one that is sought while another is heard takes over from it.
    Not safe for several threads: its owner holds a lock.
    """

    def __init__(self, soundtrack: Soundtrack) -> None:
        self._soundtrack = soundtrack
        self._count = round(SNIPPET_S * soundtrack.rate_hz)
        self._rise = max(round(_RISE_S * soundtrack.rate_hz), 1)
        self._fall = max(round(_FALL_S * soundtrack.rate_hz), 1)
        self._place_s = 0.0
        self._given = self._count

    def seek(self, place_s: float) -> None:
        """Have the sound at a place heard."""
        self._place_s = place_s
        self._given = min(self._given, self._rise) if self._given < self._count else 0

    def read(self, count: int) -> Float32:
        """The next `count` samples [count, channels]."""
        rate_hz = self._soundtrack.rate_hz
        silence = np.zeros((count, self._soundtrack.channels), np.float32)
        piece = min(count, self._count - self._given)
        if piece > 0:
            places = self._given + np.arange(piece, dtype=np.float32)[:, None]
            loud = np.minimum(places / self._rise, (self._count - places) / self._fall).clip(0, 1)
            begins_s = self._place_s + self._given / rate_hz
            silence[:piece] = loud * self._soundtrack.read(begins_s, piece, rate_hz)
            self._given += piece
        return silence
