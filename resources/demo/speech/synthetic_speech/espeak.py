"""The synthesiser espeak-ng, through its library, which tells when each phone begins."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.speech.visemes import Phone
from synthetic_speech import espeak_program
from synthetic_speech.espeak_times import with_closures, with_releases
from synthetic_speech.ipa import phones_of_sound
from synthetic_speech.utterance import Said

if TYPE_CHECKING:
    from synthetic_speech.voices import Voice

_SETTINGS = ((110, 220), (25, 75), (25, 90))
"""Words a minute, pitch and its range, the last two as espeak counts them: 0..100."""


class Espeak:
    """Speaks through libespeak-ng (`apt-get install espeak-ng libespeak-ng1`).

    Raises:
        OSError: the library is not installed.
    """

    def __init__(self) -> None:
        ctypes.CDLL(espeak_program.LIBRARY)

    def say(self, text: str, voice: Voice, rng: np.random.Generator) -> Said:
        """A text at a random pace, pitch and range.

        Raises:
            KeyError: the voice is not known, or it has sounds that are in no table.
        """
        settings = [str(rng.integers(low, high)) for low, high in _SETTINGS]
        command = [sys.executable, "-ISE", str(espeak_program.__file__), voice.name, *settings]
        told = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
        if told.returncode == espeak_program.UNKNOWN_VOICE:
            raise KeyError(voice.name)
        told.check_returncode()
        header, _, sound = told.stdout.partition(b"\n")
        about = json.loads(header)
        rate_hz = int(about["rate_hz"])
        samples = (np.frombuffer(sound, "<i2") / np.float32(32768)).astype(np.float32)
        phones = phones_of_starts(about["starts"], len(samples), rate_hz)
        return Said(samples, rate_hz, with_releases(with_closures(phones, samples, rate_hz)))


def phones_of_starts(starts: list[tuple[int, str]], count: int, rate_hz: int) -> tuple[Phone, ...]:
    """Phones without gaps from the samples at which sounds in IPA begin.

    Args:
        starts: (sample, sound), in order.
        count: samples in all.
        rate_hz: samples per second.

    Raises:
        KeyError: a sound is in no table.
    """
    phones: list[Phone] = []
    marks = [(0, ""), *starts]
    ends = [start for start, _ in marks[1:]] + [count]
    for (start, sound), end in zip(marks, ends, strict=True):
        if end <= start:
            continue
        names = phones_of_sound(sound)
        edges = np.linspace(start, end, len(names) + 1) / rate_hz
        phones += [
            Phone(n, float(a), float(b))
            for n, a, b in zip(names, edges[:-1], edges[1:], strict=True)
        ]
    return tuple(phones)
