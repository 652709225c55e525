"""Sound at 16 kHz: resampling, how loud and how high a voice is from frame to frame."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import resample_poly

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

RATE_HZ = 16_000
_PITCH_WINDOW_S = 0.04
_LOUDNESS_WINDOW_S = 0.03
_LOWEST_HZ, _HIGHEST_HZ = 55.0, 420.0
_VOICED = 0.5
_QUIET = 0.02


def resampled(samples: Float32, rate_hz: float) -> Float32:
    """The samples of a recording at `rate_hz`, at 16 kHz."""
    ratio = Fraction(RATE_HZ / rate_hz).limit_denominator(500)
    if ratio == 1:
        return samples
    return resample_poly(samples, ratio.numerator, ratio.denominator).astype(np.float32)


def frame_times(count: int, frame_rate_hz: float) -> Float64:
    """[T] times of the frames of a sound of `count` samples, the first at 0."""
    return np.arange(int(np.ceil(count / RATE_HZ * frame_rate_hz))) / frame_rate_hz


def energies(samples: Float32, times_s: Float64, window_s: float = _LOUDNESS_WINDOW_S) -> Float64:
    """[T] root mean square of the sound around each time, 0..1."""
    windows = _windows(samples, times_s, window_s)
    loud: Float64 = np.sqrt((windows**2).mean(1))
    return loud


def loudness(energy: Float64) -> Float64:
    """[T] 0..1: how loud the voice is, of its own loud parts."""
    loud = np.percentile(energy, 95) if len(energy) else 0.0
    return np.clip(energy / loud, 0, 1) if loud > 0 else np.zeros(len(energy))


def pitches(samples: Float32, times_s: Float64) -> Float64:
    """[T] pitch in Hz; 0 where nothing is voiced.

    Source:
        Boersma 1993, "Accurate short-term analysis of the fundamental frequency": the highest peak
        of the autocorrelation, divided by that of the window; without the search for a path.
    """
    windows = _windows(samples, times_s, _PITCH_WINDOW_S)
    size = windows.shape[1]
    shape = np.hanning(size)
    own = _autocorrelations((windows - windows.mean(1, keepdims=True)) * shape)
    ratio = own / np.maximum(own[:, :1], 1e-12) / (_autocorrelations(shape[None]) / (shape @ shape))
    first, last = int(RATE_HZ / _HIGHEST_HZ), min(int(RATE_HZ / _LOWEST_HZ), size // 2)
    lags = np.arange(first, last)
    # Short lags win ties: a period twice as long fits as well.
    strength = ratio[:, lags] - 0.02 * np.log2(lags / first)
    best = strength.argmax(1)
    is_voiced = (strength.max(1, initial=0) > _VOICED) & (np.abs(windows).max(1) > _QUIET)
    return np.where(is_voiced, RATE_HZ / lags[best], 0.0)


def _autocorrelations(windows: Float64) -> Float64:
    spectra = np.fft.rfft(windows, 2 * windows.shape[1])
    found: Float64 = np.fft.irfft(np.abs(spectra) ** 2)[:, : windows.shape[1]]
    return found


def _windows(samples: Float32, times_s: Float64, length_s: float) -> Float64:
    size = int(length_s * RATE_HZ)
    padded = np.pad(samples.astype(np.float64), (size // 2, size))
    starts = np.minimum((times_s * RATE_HZ).astype(int), len(samples))
    return padded[starts[:, None] + np.arange(size)]
