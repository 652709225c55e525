"""Sound and movement boiled down to what a strip of pixels can show."""

from __future__ import annotations

import numpy as np

from avatar_core.geometry import Float32, expect_shapes


def waveform_peaks(samples: Float32, bins: int) -> Float32:
    """[bins] loudest absolute value per stretch of sound, 0..1; any number of channels.

    Args:
        samples: [n, channels] -1..1.
        bins: how many stretches, at least 1.
    """
    expect_shapes(samples=(samples, "n c"))
    return _peaks(np.abs(samples).max(axis=1, initial=0.0), bins)


def movement_peaks(weights: Float32, bins: int) -> Float32:
    """[bins] how strongly the face moves per stretch of a take, 0..1, 1 at its liveliest.

    Args:
        weights: [T, 52] ARKit weights.
        bins: how many stretches, at least 1.
    """
    expect_shapes(weights=(weights, "T 52"))
    speed = np.abs(np.diff(weights, axis=0, prepend=weights[:1])).sum(axis=1)
    peaks = _peaks(speed, bins)
    loudest = float(peaks.max(initial=0.0))
    scaled: Float32 = peaks / loudest if loudest > 0 else peaks
    return scaled


def _peaks(values: Float32, bins: int) -> Float32:
    if len(values) == 0:
        return np.zeros(bins, np.float32)
    starts = np.linspace(0, len(values), bins, endpoint=False).astype(np.int64)
    peaks: Float32 = np.maximum.reduceat(values, starts).clip(0, 1).astype(np.float32)
    return peaks
