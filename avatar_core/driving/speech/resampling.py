"""Sound of any rate brought to another one, piece by piece."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.speech.timing import RATE_HZ
from avatar_core.errors import AssetError
from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

SLOWEST_HZ, FASTEST_HZ = 4_000, 384_000
"""Rates that speech can be read from."""

_CROSSINGS = 12
"""Zero crossings of the sinc on either side of a sample."""

_PASSED = 0.92
"""Part of the narrower of both bands that passes."""


class Resampler:
    """Resamples a stream by a windowed sinc; however it is cut into pieces, the result is the same.

    A sample is given once all input its kernel reaches has come, about 1 ms after its time.

    Args:
        rate_hz: samples per second of the input.
        wanted_hz: of the output.

    Raises:
        AssetError: speech cannot be read from a rate like this.
    """

    def __init__(self, rate_hz: int, wanted_hz: int = RATE_HZ) -> None:
        if not SLOWEST_HZ <= rate_hz <= FASTEST_HZ:
            raise AssetError(
                f"Sound of {rate_hz} samples per second cannot be used.",
                f"Choose a rate from {SLOWEST_HZ} to {FASTEST_HZ}, such as 48000.",
            )
        self.rate_hz = rate_hz
        divisor = math.gcd(rate_hz, wanted_hz)
        self._up, self._down = wanted_hz // divisor, rate_hz // divisor
        self._kernels = _kernels(self._up, self._down)
        self._reach = self._kernels.shape[1] // 2
        self._kept = np.zeros(self._reach - 1, np.float32)
        self._kept_from = 1 - self._reach
        self._next = 0

    def feed(self, samples: Float32) -> Float32:
        """The samples [m] that are ready after `samples` [n] have come."""
        expect_shapes(samples=(samples, "n"))
        self._kept = np.concatenate([self._kept, samples], dtype=np.float32)
        received = self._kept_from + len(self._kept)
        # Output i reads input floor(i down / up) - reach + 1 ... + reach.
        ready = -((self._reach - received) * self._up // self._down)
        indices = np.arange(self._next, max(ready, self._next), dtype=np.int64)
        made = self._at(indices) if len(indices) else np.zeros(0, np.float32)
        self._next += len(indices)
        self._forget()
        return made

    def flush(self) -> Float32:
        """The samples that are left when nothing more comes: silence is put behind the end."""
        return self.feed(np.zeros(self._reach, np.float32))

    def _at(self, indices: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Float32:
        places, phases = np.divmod(indices * self._down, self._up)
        windows = np.lib.stride_tricks.sliding_window_view(self._kept, 2 * self._reach)
        starts = places - self._reach + 1 - self._kept_from
        made: Float32 = np.einsum("nk,nk->n", windows[starts], self._kernels[phases])
        return made

    def _forget(self) -> None:
        first_needed = self._next * self._down // self._up - self._reach + 1
        spare = max(0, min(first_needed - self._kept_from, len(self._kept)))
        self._kept = self._kept[spare:]
        self._kept_from += spare


def _kernels(up: int, down: int) -> Float32:
    """[up, 2 reach] weights of the input around a sample, for each place between two samples."""
    band = _PASSED * min(1.0, up / down)
    reach = math.ceil(_CROSSINGS / band)
    fractions = np.arange(up)[:, None] / up
    distances: Float64 = np.arange(1 - reach, reach + 1)[None] - fractions
    window = np.cos(0.5 * np.pi * np.clip(distances / reach, -1, 1)) ** 2
    kernels = np.sinc(band * distances) * window
    kernels /= kernels.sum(1, keepdims=True)
    rounded: Float32 = kernels.astype(np.float32)
    return rounded
