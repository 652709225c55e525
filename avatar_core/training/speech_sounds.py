"""What happens to speech on its way to a microphone: rooms, noise, gain, and what codecs leave.

Clean synthesised speech would teach a model to hear nothing else. All changes keep the times of
what is said, so that the mouth stays right. Batches are [B, n] at 16 kHz.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from avatar_core.driving.speech.timing import RATE_HZ

if TYPE_CHECKING:
    from typing import TypeAlias

    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

    Complex64: TypeAlias = NDArray[np.complex64]
    Generator: TypeAlias = np.random.Generator

_ROOM_S = 0.35
_CURVE_POINTS = 513


@dataclass(frozen=True, slots=True)
class SoundSettings:
    """How often and how much sound is changed; all probabilities 0 leave it alone.

    Args:
        gain_db: range of the loudness.
        room, noise, babble, band, clip: how often each is heard.
        noise_db, babble_db: range of speech over noise, and over other voices.
        tilt_db: largest rise or fall of the spectrum, per octave.
        ripple_db: size of the bumps of microphones.
    """

    gain_db: tuple[float, float] = (-20.0, 3.0)
    room: float = 0.4
    noise: float = 0.7
    babble: float = 0.12
    band: float = 0.25
    clip: float = 0.08
    noise_db: tuple[float, float] = (8.0, 40.0)
    babble_db: tuple[float, float] = (10.0, 25.0)
    tilt_db: float = 3.0
    ripple_db: float = 4.0


def heard_somewhere(sounds: Float32, settings: SoundSettings, rng: Generator) -> Float32:
    """The same speech [B, n] in other rooms, through other microphones, with noise."""
    count, length = sounds.shape
    padded = _padded(length)
    spectra: Complex64 = fft.rfft(sounds, padded)
    # Everything is a sum or a product of spectra: sound is transformed there and back once.
    spectra *= _microphones(count, padded, settings, rng)
    in_room = np.flatnonzero(rng.random(count) < settings.room)
    if len(in_room):
        rooms = np.stack([_room(rng) for _ in in_room])
        spectra[in_room] *= fft.rfft(rooms, padded)
    heard = spectra + _babble(spectra, settings, rng)
    heard += _noise(spectra, settings, rng)
    low, high = settings.gain_db
    gains = 10 ** (rng.uniform(low, high, (count, 1)) / 20)
    heard *= gains.astype(np.float32)
    made: Float32 = fft.irfft(heard, padded)[:, :length]
    clipped = rng.random(count) < settings.clip
    made[clipped] = np.tanh(4 * made[clipped]) / 4
    return made


def _padded(length: int) -> int:
    """A length at which filters do not wrap round, quick to transform."""
    wanted = length + int(_ROOM_S * RATE_HZ)
    return 1024 * -(-wanted // 1024)


def _microphones(count: int, padded: int, settings: SoundSettings, rng: Generator) -> Float32:
    """[B, bins] gain of each frequency: a tilt, soft bumps, now and then a narrow band."""
    coarse = np.linspace(0, RATE_HZ / 2, _CURVE_POINTS)
    bins = np.fft.rfftfreq(padded, 1 / RATE_HZ)
    octaves = np.log2(np.maximum(coarse, 30) / 1_000)
    gains = np.empty((count, len(bins)), np.float32)
    for row in gains:
        decibels = rng.uniform(-settings.tilt_db, settings.tilt_db) * octaves
        for cycles in (0.5, 1.1, 2.3):
            phase = rng.uniform(0, 2 * np.pi)
            size = rng.uniform(0, settings.ripple_db) / 2
            decibels += size * np.sin(2 * np.pi * cycles * octaves / 3 + phase)
        if rng.random() < settings.band:
            lowest, highest = rng.uniform(60, 350), rng.uniform(3_200, 7_500)
            decibels -= 60 / (1 + np.exp((coarse - lowest) / 15))
            decibels -= 60 / (1 + np.exp((highest - coarse) / 80))
        row[:] = np.interp(bins, coarse, 10 ** (np.clip(decibels, -80, 20) / 20))
    return gains


def _room(rng: Generator) -> Float32:
    """An impulse that decays as in a furnished room; its direct sound is at sample 0, of size 1."""
    length = int(_ROOM_S * RATE_HZ)
    decay_s = rng.uniform(0.12, 0.6) / 6.9
    after_s = np.arange(length) / RATE_HZ
    echo = rng.normal(size=length) * np.exp(-after_s / decay_s)
    echo[: int(rng.uniform(0.002, 0.012) * RATE_HZ)] = 0
    direct_over_echo_db = rng.uniform(0, 18)
    echo *= 10 ** (-direct_over_echo_db / 20) / max(float(np.linalg.norm(echo)), 1e-6)
    echo[0] = 1
    return echo.astype(np.float32)


def _babble(spectra: Complex64, settings: SoundSettings, rng: Generator) -> Complex64:
    """Now and then the speech of others in the batch, at a distance."""
    count = len(spectra)
    shift = int(rng.integers(1, count)) if count > 1 else 0
    chosen = (rng.random((count, 1)) < settings.babble) & (shift > 0)
    ratio_db = rng.uniform(*settings.babble_db, (count, 1))
    others = np.roll(spectra, shift, axis=0)
    return others * np.where(chosen, _scale(spectra, others, ratio_db), np.float32(0))


def _noise(spectra: Complex64, settings: SoundSettings, rng: Generator) -> Complex64:
    """Noise of a random colour, from white to the rumble of traffic."""
    count, bins = spectra.shape
    parts = rng.standard_normal((count, 2 * bins), np.float32)
    hertz = np.linspace(0, RATE_HZ / 2, bins, dtype=np.float32)
    slopes = rng.uniform(0, 1.2, (count, 1)).astype(np.float32)
    noise = parts.view(np.complex64) * np.maximum(hertz, 40) ** -slopes
    ratio_db = rng.uniform(*settings.noise_db, (count, 1))
    chosen = rng.random((count, 1)) < settings.noise
    return noise * np.where(chosen, _scale(spectra, noise, ratio_db), np.float32(0))


def _scale(speech: Complex64, noise: Complex64, ratio_db: Float64) -> Float32:
    """Factors [B, 1] that bring noise so many decibels below speech."""
    # Speech is not loud all the time: its loud half counts.
    ratio = 2 * _power(speech) / (_power(noise) + 1e-9)
    scale: Float32 = np.sqrt(ratio * 10 ** (-ratio_db / 10)).astype(np.float32)
    return scale


def _power(spectra: Complex64) -> Float32:
    """[B, 1] sum of squares, of a sound and of its spectrum alike but for a common factor."""
    power: Float32 = np.sum(spectra.real**2 + spectra.imag**2, axis=1, keepdims=True)
    return power
