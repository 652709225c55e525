"""A spoken line with the times of its phones, from the flite speech synthesiser."""

from __future__ import annotations

import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

_LOUDNESS_WINDOW_S = 0.04


@dataclass(frozen=True, slots=True)
class Phone:
    """One sound in the spelling of the CMU dictionary, lower case; "pau" is silence."""

    name: str
    start_s: float
    end_s: float

    def later(self, seconds: float) -> Phone:
        return Phone(self.name, self.start_s + seconds, self.end_s + seconds)


@dataclass(frozen=True, eq=False)
class SpokenLine:
    """A line of speech: samples [n] -1..1 in 16-bit steps, and its phones without gaps."""

    samples: Float32
    rate_hz: int
    phones: tuple[Phone, ...]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz


def spoken(text: str, voice: str) -> SpokenLine:
    """Speak a line with flite, which gives the same sound each time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        command = ["flite", "-voice", voice, "-t", text, "-o", str(path), "-psdur"]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        with wave.open(str(path)) as file:
            rate_hz = file.getframerate()
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return SpokenLine((pcm / np.float32(32768)).astype(np.float32), rate_hz, read_phones(told))


def read_phones(told: str) -> tuple[Phone, ...]:
    """Phones of flite's list of names and end times: `pau:0.164 hh:0.255 ...`."""
    phones, start_s = [], 0.0
    for entry in told.split():
        name, _, end = entry.rpartition(":")
        phones.append(Phone(name, start_s, float(end)))
        start_s = float(end)
    return tuple(phones)


def loudness(line: SpokenLine, times_s: Float64) -> Float64:
    """How loud the line is at some times from its start, 0..1 of its loud parts; 0 outside."""
    window = np.hanning(max(int(_LOUDNESS_WINDOW_S * line.rate_hz), 3))
    power = np.convolve(line.samples.astype(np.float64) ** 2, window / window.sum(), "same")
    course = np.sqrt(power)
    course = np.clip(course / np.percentile(course, 95), 0, 1)
    moments = np.arange(len(course)) / line.rate_hz
    heard: Float64 = np.interp(times_s, moments, course, left=0.0, right=0.0)
    return heard
