"""The synthesiser flite, which tells the ends of its phones."""

from __future__ import annotations

import subprocess
import tempfile
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.speech.visemes import PHONE_INDEX, Phone
from synthetic_speech.utterance import Said

if TYPE_CHECKING:
    from synthetic_speech.voices import Voice


class Flite:
    """Speaks through the program of that name (`apt-get install flite`)."""

    def say(self, text: str, voice: Voice, rng: np.random.Generator) -> Said:
        """A text at a random pace."""
        stretch = float(np.exp(rng.uniform(np.log(0.78), np.log(1.3))))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "line.wav"
            settings = ["--setf", f"duration_stretch={stretch:.3f}"]
            if voice.name.startswith("kal"):
                settings += ["--setf", f"int_f0_target_mean={rng.uniform(85, 125):.1f}"]
            command = ["flite", "-voice", voice.name, *settings, "-t", text, "-o", str(path)]
            told = subprocess.run([*command, "-psdur"], check=True, capture_output=True, text=True)
            with wave.open(str(path)) as file:
                rate_hz = file.getframerate()
                pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        samples = (pcm / np.float32(32768)).astype(np.float32)
        return Said(samples, rate_hz, read_phones(told.stdout))


def read_phones(told: str) -> tuple[Phone, ...]:
    """Phones of flite's list of names and end times: `pau:0.164 hh:0.255 ...`.

    Raises:
        KeyError: a name is not one of `PHONES`.
    """
    phones, start_s = [], 0.0
    for entry in told.split():
        name, _, end = entry.rpartition(":")
        if name not in PHONE_INDEX:
            raise KeyError(name)
        phones.append(Phone(name, start_s, float(end)))
        start_s = float(end)
    return tuple(phones)
