"""Log-mel features of a stream of sound: what the speech network hears."""

from __future__ import annotations

from functools import cache

import numpy as np

from avatar_core.driving.speech.timing import HOP, RATE_HZ, WINDOW
from avatar_core.geometry import Float32, expect_shapes

MELS = 40
"""Bands of a feature."""

SILENCE = float(np.log(1e-6))
"""What a band shows where there is no sound at all."""

_FFT = 512
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 7_600.0
_PRE_EMPHASIS = np.float32(0.97)


class LogMel:
    """Natural logarithms of mel band energies, one feature each 10 ms.

    Feature k sees the 25 ms that end with sample 160 (k + 1); before the start there is silence.
    However the sound is cut into pieces, the features are the same.
    """

    def __init__(self) -> None:
        self._kept = np.zeros(WINDOW - HOP, np.float32)
        self._last = np.float32(0)

    def feed(self, samples: Float32) -> Float32:
        """The features [k, MELS] that `samples` [n], 16 kHz, -1..1, complete."""
        expect_shapes(samples=(samples, "n"))
        if len(samples):
            before = np.concatenate([[self._last], samples[:-1]], dtype=np.float32)
            emphasised = samples - _PRE_EMPHASIS * before
            self._kept = np.concatenate([self._kept, emphasised], dtype=np.float32)
            self._last = samples[-1]
        count = max(0, (len(self._kept) - WINDOW) // HOP + 1)
        if not count:
            return np.zeros((0, MELS), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._kept, WINDOW)[: count * HOP : HOP]
        features = log_mel(windows, mel_bank())
        self._kept = self._kept[count * HOP :]
        return features


def log_mel(windows: Float32, bank: Float32) -> Float32:
    """[..., MELS] logarithms of the band energies of windows [..., WINDOW] of emphasised sound."""
    spectrum = np.fft.rfft(windows * _hann(), _FFT)
    power = spectrum.real**2 + spectrum.imag**2
    logarithms: Float32 = np.log(power @ bank + np.float32(np.exp(SILENCE)))
    return logarithms


def emphasised(samples: Float32) -> Float32:
    """Sound [..., n] with its highs raised as features want it."""
    before = np.zeros_like(samples)
    before[..., 1:] = samples[..., :-1]
    return samples - _PRE_EMPHASIS * before


@cache
def mel_bank(warp: float = 1.0) -> Float32:
    """[FFT / 2 + 1, MELS] triangles over the power spectrum, evenly spaced in mel.

    Args:
        warp: what frequencies are multiplied with, as another length of the vocal tract does.

    Source:
        Davis and Mermelstein 1980; mel scale of O'Shaughnessy, 2595 log10(1 + f / 700).
    """
    mel = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), MELS + 2)
    edges = 700.0 * (10.0 ** (mel / 2595.0) - 1.0) * warp
    hertz = np.fft.rfftfreq(_FFT, 1 / RATE_HZ)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (hertz - low) / (middle - low)
    falling = (high - hertz) / (high - middle)
    bank = np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
    bank.flags.writeable = False
    return bank


def _mel(hertz: float) -> float:
    return float(2595.0 * np.log10(1.0 + hertz / 700.0))


@cache
def _hann() -> Float32:
    # Periodic, so that neighbouring windows weigh every sample alike.
    window: Float32 = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(
        np.float32
    )
    return window
