"""The folder of utterances: index, a file for each, written so that a reader never sees half."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.driving.speech.coarticulation import FRAME_RATE_HZ
from avatar_core.driving.speech.visemes import PHONES, Viseme
from synthetic_speech.sound import RATE_HZ
from synthetic_speech.texts import random_text
from synthetic_speech.utterance import utterance_arrays
from synthetic_speech.voices import all_voices, voices_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from synthetic_speech.utterance import Speaker
    from synthetic_speech.voices import Voice

FORMAT, VERSION = "avatar-studio synthetic speech", 1

_USUAL_LENGTH_S = 3.9
_SPLITS = {3: "test", 11: "test", 7: "val"}
"""Which of every 16 utterances are held out; their voices are, too."""
_RECORDED_SHARE = 0.45


@dataclass(frozen=True, slots=True)
class Line:
    """What one utterance will be: decided before anything is spoken."""

    number: int
    seed: int
    voice: Voice
    text: str

    @property
    def name(self) -> str:
        """Of its file, without the ending."""
        return f"{self.number:05d}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for."""

    hours: float = 2.5
    seed: int = 7

    @property
    def count(self) -> int:
        """Utterances in all."""
        return max(int(self.hours * 3600 / _USUAL_LENGTH_S), 1)

    def line(self, number: int) -> Line:
        """The utterance of a number: split by the number, voice and text by chance."""
        seed = self.seed * 1_000_000 + number
        rng = np.random.default_rng([seed, 1])
        engine = "flite" if rng.random() < _RECORDED_SHARE else "espeak"
        voices = voices_of(_SPLITS.get(number % 16, "train"), engine)
        odds = np.array([voice.share for voice in voices])
        voice = voices[rng.choice(len(voices), p=odds / odds.sum())]
        return Line(number, seed, voice, random_text(rng, voice.is_english))


def write_index(root: Path, plan: Plan, command: str) -> None:
    """Write speech.json for the whole plan; utterances arrive one by one."""
    lines = [plan.line(number) for number in range(plan.count)]
    index: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "rate_hz": RATE_HZ,
        "frame_rate_hz": FRAME_RATE_HZ,
        "hours": plan.hours,
        "seed": plan.seed,
        "command": command,
        "phones": list(PHONES),
        "visemes": [viseme.label for viseme in Viseme],
        "voices": [
            {"id": v.id, "split": v.split, "engine": v.engine, "name": v.name, "size": v.size}
            for v in all_voices()
        ],
        "utterances": [
            {"name": k.name, "split": k.voice.split, "voice": k.voice.id, "text": k.text}
            for k in lines
        ],
    }
    _replace(root / "speech.json", json.dumps(index, indent=1, ensure_ascii=False).encode())


def write_utterance(root: Path, line: Line, speaker_of: Callable[[str], Speaker]) -> float:
    """Speak a line unless it is there.

    Args:
        root: the data set's folder.
        line: what to say.
        speaker_of: the synthesiser of an engine's name.

    Returns:
        Seconds of speech that were written; 0 where the file was there.
    """
    path = root / "utterances" / f"{line.name}.npz"
    if path.exists():
        return 0.0
    rng = np.random.default_rng([line.seed, 2])
    said = speaker_of(line.voice.engine).say(line.text, line.voice, rng)
    arrays = utterance_arrays(said, line.voice.size)
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.stem}.{os.getpid()}.npz")
    np.savez_compressed(waiting, allow_pickle=False, **arrays)
    waiting.replace(path)
    return len(arrays["samples"]) / RATE_HZ


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{os.getpid()}")
    waiting.write_bytes(content)
    waiting.replace(path)
