"""Head motion from the melody of speech: pitch and loudness, no more.

A nod for what is stressed, a raised head for a raised voice, a slow sway while somebody speaks.
It follows rules of thumb, nobody's recorded head.

Sources:
    Busso et al. 2007, Rigid head motion in expressive speech animation: pitch and energy tell most
    of what sound tells about the head. Boersma 1993: autocorrelation divided by the window's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.speech.timing import FPS, RATE_HZ

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

PITCH_WINDOW = 640
"""Samples that a pitch is read from: 40 ms."""

LOWEST_HZ, HIGHEST_HZ = 70.0, 400.0
"""Pitches that are looked for."""

_DECIMATION = 2
_VOICED = 0.5
"""Least correlation of a sound with itself, one period later."""

_LONGER_COSTS = 0.05
"""Correlation that a period twice as long has to make up for."""

_NOD_RAD = math.radians(3.0)
_RAISE_RAD_PER_OCTAVE = math.radians(6.0)
_MOST_OCTAVES = 0.6
_SWAY_RAD = np.radians([0.6, 2.4, 1.1])
_SWAY_HZ = np.array([0.23, 0.31, 0.19])
_STRESS_DB, _STRESS_S = 12.0, 1.5
_HEAD_HZ = 1.6
"""Stiffness of the neck: what the head is asked for, it reaches without swinging."""


@dataclass(frozen=True, slots=True)
class Melody:
    """What is heard of the voice at one moment.

    Args:
        pitch_hz: 0 where nothing is voiced.
        level_db: loudness, decibels of full scale.
    """

    pitch_hz: float
    level_db: float


def melody_of(window: Float32) -> Melody:
    """Pitch and loudness of PITCH_WINDOW samples at 16 kHz."""
    level_db = 10 * math.log10(float(np.mean(window * window)) + 1e-9)
    # Two neighbours averaged: half the rate is plenty for a pitch.
    sound = window.reshape(-1, _DECIMATION).mean(1)
    sound = sound - sound.mean()
    rate = RATE_HZ / _DECIMATION
    taper = _taper(len(sound))
    correlation = _autocorrelation(sound * taper)
    shape = _autocorrelation(taper)
    first, last = int(rate / HIGHEST_HZ), int(rate / LOWEST_HZ)
    if correlation[0] <= 1e-8:
        return Melody(0.0, level_db)
    lags = np.arange(first, last)
    similar = (correlation[lags] / correlation[0]) / (shape[lags] / shape[0])
    # Twice a period fits as well: of two that do, the shorter one is meant.
    best = int(lags[np.argmax(similar - _LONGER_COSTS * np.log2(lags / first))])
    voiced = similar[best - first] > _VOICED
    return Melody(rate / best if voiced else 0.0, level_db)


class ProsodicHead:
    """Turns of the head, moment by moment; at rest while nobody speaks."""

    def __init__(self) -> None:
        self._octave: float | None = None
        self._usual_db: float | None = None
        self._activity = 0.0
        self._time_s = 0.0
        self._turn = np.zeros(3)
        self._speed = np.zeros(3)

    def feed(self, melody: Melody, openness: float) -> Float32:
        """Axis-angle [3], radians, of the next moment, 1 / FPS later.

        Args:
            melody: of the moment.
            openness: 0..1, whether somebody speaks.
        """
        self._activity += (openness - self._activity) / (0.8 * FPS)
        self._time_s += self._activity / FPS
        nod = _NOD_RAD * self._stress(melody, openness)
        nod -= _RAISE_RAD_PER_OCTAVE * self._raised(melody) * openness
        sway = _SWAY_RAD * np.sin(2 * np.pi * _SWAY_HZ * self._time_s) * self._activity
        self._spring(sway + np.array([nod, 0.0, 0.0]))
        return self._turn.astype(np.float32)

    def _stress(self, melody: Melody, openness: float) -> float:
        """0..1: how much louder a moment is than speech was of late."""
        usual = melody.level_db if self._usual_db is None else self._usual_db
        louder = melody.level_db - usual
        if openness > 0:
            self._usual_db = usual + openness * louder / (_STRESS_S * FPS)
        return openness * min(max(louder / _STRESS_DB, 0.0), 1.0)

    def _raised(self, melody: Melody) -> float:
        """Octaves above the voice's usual pitch."""
        if melody.pitch_hz <= 0:
            return 0.0
        octave = math.log2(melody.pitch_hz)
        usual = octave if self._octave is None else self._octave
        self._octave = usual + (octave - usual) / (2 * FPS)
        return min(max(octave - usual, -_MOST_OCTAVES), _MOST_OCTAVES)

    def _spring(self, wanted: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
        """One step of a critically damped spring, implicit, so that it never overshoots."""
        stiffness = 2 * math.pi * _HEAD_HZ
        step = 1 / FPS
        force = stiffness**2 * (wanted - self._turn) - 2 * stiffness * self._speed
        self._speed = self._speed + force * step / (1 + stiffness * step) ** 2
        self._turn = self._turn + self._speed * step


def _autocorrelation(sound: np.ndarray[tuple[int], np.dtype[np.floating]]) -> Float32:
    spectrum = np.fft.rfft(sound, 2 * len(sound))
    correlation = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[: len(sound)]
    return correlation.astype(np.float32)


def _taper(count: int) -> Float32:
    return np.hanning(count + 2)[1:-1].astype(np.float32)
