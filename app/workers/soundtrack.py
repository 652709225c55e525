"""Soundtrack: the sound of a take or film, laid on its timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from avatar_core.motion.take import TakeAudio


@dataclass(frozen=True, slots=True, eq=False)
class Soundtrack:
    """Sound that can be read from any place of a timeline; silence where there is none.

    Args:
        audio: the samples.
        offset_s: time of the first sample on the timeline.
    """

    audio: TakeAudio
    offset_s: float = 0.0

    @property
    def rate_hz(self) -> int:
        return self.audio.rate_hz

    @property
    def channels(self) -> int:
        return int(self.audio.samples.shape[1])

    def read(
        self, start_s: float, count: int, rate_hz: int, period_s: float | None = None
    ) -> Float32:
        """`count` samples [count, channels] at `rate_hz` from `start_s` on.

        Args:
            start_s: place on the timeline, seconds; may lie outside.
            count: samples wanted.
            rate_hz: their rate; another one than the sound's is interpolated linearly.
            period_s: the timeline begins again after this time; None plays it once.
        """
        first = (start_s - self.offset_s) * self.rate_hz
        steps = np.arange(count, dtype=np.float64)
        if rate_hz == self.rate_hz:
            places = np.round(first) + steps
        else:
            places = first + steps * (self.rate_hz / rate_hz)
        if period_s is not None:
            shift = self.offset_s * self.rate_hz
            places = (places + shift) % (period_s * self.rate_hz) - shift
        if rate_hz == self.rate_hz:
            return self._pick(np.round(places).astype(np.int64))
        before = np.floor(places)
        amount = (places - before)[:, None].astype(np.float32)
        index = before.astype(np.int64)
        mixed: Float32 = self._pick(index) * (1 - amount) + self._pick(index + 1) * amount
        return mixed

    def _pick(self, index: NDArray[np.int64]) -> Float32:
        samples = self.audio.samples
        is_inside = (index >= 0) & (index < len(samples))
        picked = np.zeros((len(index), self.channels), np.float32)
        picked[is_inside] = samples[index[is_inside]]
        return picked
