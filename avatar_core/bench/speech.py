"""How well the bundled speech model speaks voices it never heard, live, beside loudness alone.

Sound comes in pieces as a microphone gives them; what is judged is the motion that comes out.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from avatar_core.driving.speech.baseline import EnergyMotion
from avatar_core.driving.speech.live import SpeechMotion
from avatar_core.driving.speech.model_file import load_speech_model
from avatar_core.driving.speech.timing import FPS, RATE_HZ
from avatar_core.resources import resource_path
from avatar_core.training.speech_data import Utterance, read_utterances
from avatar_core.training.speech_scores import Spoken, scores_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from avatar_core.geometry import Float32
    from avatar_core.motion import MotionFrame

_PIECE_S = 1 / FPS
"""What sound cards hand over at a time."""

_TAIL_S = 0.2
_NOISE_DB = 15.0
"""Speech over the noise of the noisy numbers."""


class Speaker(Protocol):
    """A driver of speech."""

    @property
    def viseme_scores(self) -> Float32: ...

    def feed(self, samples: Float32, rate_hz: int) -> list[MotionFrame]: ...


@dataclass(frozen=True, slots=True)
class Heard:
    """What a driver did with an utterance, live.

    Args:
        spoken: its motion beside what is right.
        waited_ms: median from a moment's sound to its motion, computing included.
        spent_ms: median time to compute a moment.
    """

    spoken: Spoken
    waited_ms: float
    spent_ms: float


def run(folder: Path | None = None) -> dict[str, float]:
    """Speak the bundled test set, whose voices are in no training set.

    Args:
        folder: another set of utterances; those of its split "test" count.

    Returns:
        `speech_viseme_accuracy`, of moments of the six main classes and told of these six;
        `..._ten`, of the same moments, told of all ten classes; `..._all`, of all moments;
        `speech_closure_rate`, `speech_jaw_correlation`, `speech_lag_ms` (from sound to motion:
        waiting, computing, and how late the jaw then is); all of them once more for loudness alone
        as `..._baseline`, three of them in noise as `..._noisy`; `speech_moment_ms`, the time to
        compute one moment of 20 ms; `speech_test_s`, how much was spoken.

    Raises:
        AvatarError: model or test set is missing or damaged.
    """
    utterances = read_utterances(folder or resource_path("demo", "speech", "held_out"), "test")
    model = load_speech_model()
    heard = [live(SpeechMotion(model), each, each.sound) for each in utterances]
    results = _results(heard, "")
    results |= _results(
        [live(EnergyMotion(), each, each.sound) for each in utterances], "_baseline"
    )
    noisy = scores_of(
        [live(SpeechMotion(model), each, with_noise(each)).spoken for each in utterances]
    )
    return results | {
        "speech_viseme_accuracy_noisy": round(noisy.viseme_accuracy, 3),
        "speech_closure_rate_noisy": round(noisy.closure_rate, 3),
        "speech_jaw_correlation_noisy": round(noisy.jaw_correlation, 3),
        "speech_moment_ms": round(float(np.median([each.spent_ms for each in heard])), 3),
        "speech_test_s": round(sum(each.duration_s for each in utterances), 1),
    }


def live(speaker: Speaker, utterance: Utterance, sound: Float32) -> Heard:
    """Let a driver hear a sound piece by piece."""
    tail = np.zeros(round(_TAIL_S * RATE_HZ), np.float32)
    stream = np.concatenate([sound, tail])
    size = round(_PIECE_S * RATE_HZ)
    weights: list[Float32] = []
    scores: list[Float32] = []
    waited_ms: list[float] = []
    spent_ms: list[float] = []
    for start in range(0, len(stream) - size + 1, size):
        began_s = time.perf_counter()
        frames = speaker.feed(stream[start : start + size], RATE_HZ)
        took_s = time.perf_counter() - began_s
        spent_ms.append(1000 * took_s)
        for frame in frames:
            weights.append(frame.weights)
            scores.append(speaker.viseme_scores)
            waited_ms.append(1000 * ((start + size) / RATE_HZ - frame.time_s + took_s))
    count = len(utterance)
    spoken = Spoken(
        utterance.phones,
        utterance.weights,
        utterance.visemes,
        np.array(weights[:count], np.float32),
        np.array(scores[:count], np.float32),
    )
    return Heard(spoken, float(np.median(waited_ms)), float(np.median(spent_ms)))


def with_noise(utterance: Utterance) -> Float32:
    """An utterance in a noisy room: white noise, the same each time."""
    sound = utterance.sound
    loud = np.sqrt(2 * np.mean(sound**2))
    noise = np.random.default_rng(7).normal(size=len(sound)) * loud * 10 ** (-_NOISE_DB / 20)
    noisy: Float32 = (sound + noise).astype(np.float32)
    return noisy


def _results(heard: Sequence[Heard], ending: str) -> dict[str, float]:
    scores = scores_of([each.spoken for each in heard])
    waited_ms = float(np.median([each.waited_ms for each in heard]))
    numbers = {
        "viseme_accuracy": round(scores.viseme_accuracy, 3),
        "viseme_accuracy_ten": round(scores.viseme_accuracy_ten, 3),
        "viseme_accuracy_all": round(scores.viseme_accuracy_all, 3),
        "closure_rate": round(scores.closure_rate, 3),
        "jaw_correlation": round(scores.jaw_correlation, 3),
        "lag_ms": round(waited_ms + scores.lag_ms, 1),
    }
    return {f"speech_{name}{ending}": number for name, number in numbers.items()}
