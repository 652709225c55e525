"""What a synthesiser gives, and what the data set keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from avatar_core.driving.speech.coarticulation import FRAME_RATE_HZ, spoken_weights
from avatar_core.driving.speech.visemes import PHONE_INDEX, Phone, frame_visemes
from synthetic_speech.sound import RATE_HZ, energies, frame_times, loudness, pitches, resampled

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from synthetic_speech.voices import Voice

_LOUDEST = 0.7


@dataclass(frozen=True, eq=False)
class Said:
    """Speech as its synthesiser gave it: samples [n] -1..1, and its phones without gaps."""

    samples: Float32
    rate_hz: int
    phones: tuple[Phone, ...]


class Speaker(Protocol):
    """A synthesiser."""

    def say(self, text: str, voice: Voice, rng: np.random.Generator) -> Said:
        """A text in a voice, at a pace (and pitch) of its own choice."""
        ...


def utterance_arrays(said: Said, size: float = 1.0) -> dict[str, np.ndarray]:
    """The arrays of an utterance, as in the README.

    Args:
        said: what was said.
        size: of the speaker's throat: the sound is played `size` times as long.
    """
    samples = resampled(said.samples, said.rate_hz / size)
    samples *= _LOUDEST / max(float(np.abs(samples).max(initial=0)), 1e-3)
    end_s = len(samples) / RATE_HZ
    phones = [phone.scaled(size).until(end_s) for phone in said.phones]
    phones = [phone for phone in phones if phone.duration_s > 0]
    times_s = frame_times(len(samples), FRAME_RATE_HZ)
    energy = energies(samples, times_s)
    return {
        "samples": np.round(samples * 32767).astype(np.int16),
        "phone_start_s": np.array([phone.start_s for phone in phones], np.float32),
        "phone_end_s": np.array([phone.end_s for phone in phones], np.float32),
        "phone_id": np.array([PHONE_INDEX[phone.name] for phone in phones], np.uint8),
        "visemes": frame_visemes(phones, times_s),
        "weights": spoken_weights(phones, times_s, loudness(energy)).astype(np.float16),
        "pitch_hz": pitches(samples, times_s).astype(np.float16),
        "energy": energy.astype(np.float16),
        "rate_hz": np.int32(RATE_HZ),
        "frame_rate_hz": np.int32(FRAME_RATE_HZ),
    }
