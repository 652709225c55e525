"""Log-mel pictures of sound as Whisper's encoder wants them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.speech.timing import RATE_HZ
from avatar_core.geometry import Float32, expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64

MEL_HOP = 160
"""Samples from one row to the next: 10 ms."""

_FFT = 400
_QUIETEST = 1e-10
_RANGE = 8.0
"""What is this many powers of ten below the loudest band counts as silent."""
_BLOCK = 3_000
_LINEAR_HZ, _LINEAR_STEP_HZ = 1_000.0, 200.0 / 3
_LOG_STEP = np.log(6.4) / 27


def whisper_log_mel(sound: Float32, bands: int = 80) -> Float32:
    """[n // 160, bands] of a sound; row k sees the 25 ms around sample 160 k.

    What is silent depends on the loudest moment of the whole sound: pieces of it give other rows.

    Args:
        sound: [n] 16 kHz, -1..1, n > 200.
        bands: 80, or the 128 of the third large model.

    Source:
        Radford et al. 2022, Whisper, arXiv:2212.04356, section 2.2; the bank of bands and the
        scaling as in the released code: Slaney's mel scale with bands of equal area, logarithms
        to base 10, at most 8 below their maximum, then (x + 4) / 4.
    """
    expect_shapes(sound=(sound, "n"))
    around = np.pad(sound, _FFT // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(around, _FFT)[::MEL_HOP]
    count = len(sound) // MEL_HOP
    # The last window, which only half of a sound reaches, is left out by the released code too.
    blocks = [
        _bands_of(windows[start : min(start + _BLOCK, count)], bands)
        for start in range(0, count, _BLOCK)
    ]
    powers = np.concatenate([np.zeros((0, bands), np.float32), *blocks])
    logs = np.log10(np.maximum(powers, _QUIETEST))
    scaled: Float32 = (np.maximum(logs, logs.max(initial=-10) - _RANGE) + 4) / 4
    return scaled.astype(np.float32)


@cache
def whisper_mel_bank(bands: int) -> Float32:
    """[201, bands] weights of the power spectrum: triangles of equal area, evenly spaced in mel.

    Source:
        Slaney 1998, Auditory Toolbox: linear below 1 kHz, logarithmic above.
    """
    edges = _hertz(np.linspace(0.0, float(_mel(RATE_HZ / 2)), bands + 2))
    hertz = np.fft.rfftfreq(_FFT, 1 / RATE_HZ)[:, None]
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (hertz - low) / (middle - low)
    falling = (high - hertz) / (high - middle)
    bank = np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (high - low))
    single = bank.astype(np.float32)
    single.flags.writeable = False
    return single


def _bands_of(windows: Float32, bands: int) -> Float32:
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FFT) / _FFT)).astype(np.float32)
    spectrum = np.fft.rfft(windows * hann)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    made: Float32 = power @ whisper_mel_bank(bands)
    return made


def _mel(hertz: float) -> float:
    return float(_LINEAR_HZ / _LINEAR_STEP_HZ + np.log(hertz / _LINEAR_HZ) / _LOG_STEP)


def _hertz(mel: Float64) -> Float64:
    turn = _LINEAR_HZ / _LINEAR_STEP_HZ
    above = _LINEAR_HZ * np.exp(_LOG_STEP * (np.maximum(mel, turn) - turn))
    hertz: Float64 = np.where(mel < turn, mel * _LINEAR_STEP_HZ, above)
    return hertz
