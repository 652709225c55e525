"""A tiny data set of speech: buzzes for open mouths, hums for closed ones, hisses for the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.driving.speech.visemes import PHONE_INDEX, Phone, frame_visemes
from avatar_core.motion import UNIT_INDEX

if TYPE_CHECKING:
    from pathlib import Path

_JAW_OF_PHONE = {"pau": 0.0, "aa": 0.7, "m": 0.05, "s": 0.15}


def toy_arrays(seed: int, seconds: float = 2.4) -> dict[str, np.ndarray]:
    """The arrays of an utterance of random phones."""
    rng = np.random.default_rng(seed)
    phones, at_s = [Phone("pau", 0.0, 0.2)], 0.2
    while at_s < seconds - 0.2:
        end_s = at_s + rng.uniform(0.1, 0.25)
        phones.append(Phone(str(rng.choice(["aa", "m", "s"])), at_s, end_s))
        at_s = end_s
    times_s = np.arange(int(at_s * 16_000)) / 16_000
    sound = np.zeros(len(times_s))
    for phone in phones:
        inside = (times_s >= phone.start_s) & (times_s < phone.end_s)
        sound[inside] = _sound(phone.name, times_s[inside], rng)
    frames_s = np.arange(int(np.ceil(at_s * 60))) / 60
    weights = np.zeros((len(frames_s), 52))
    for phone in phones:
        near = 1 / (1 + np.exp(-(frames_s - phone.start_s) / 0.015))
        near *= 1 / (1 + np.exp((frames_s - phone.end_s) / 0.015))
        weights[:, UNIT_INDEX["jawOpen"]] += near * _JAW_OF_PHONE[phone.name]
        weights[:, UNIT_INDEX["mouthClose"]] += near * (0.06 if phone.name == "m" else 0)
        weights[:, UNIT_INDEX["mouthStretchLeft"]] += near * (0.3 if phone.name == "s" else 0)
    return {
        "samples": np.round(32767 * np.clip(sound, -1, 1)).astype(np.int16),
        "phone_start_s": np.array([phone.start_s for phone in phones], np.float32),
        "phone_end_s": np.array([phone.end_s for phone in phones], np.float32),
        "phone_id": np.array([PHONE_INDEX[phone.name] for phone in phones], np.uint8),
        "visemes": frame_visemes(phones, frames_s).astype(np.uint8),
        "weights": weights.astype(np.float16),
        "rate_hz": np.int32(16_000),
        "frame_rate_hz": np.int32(60),
    }


def write_speech(folder: Path, splits: tuple[str, ...]) -> Path:
    """A data set with an utterance for each split named."""
    (folder / "utterances").mkdir(parents=True)
    entries = []
    for number, split in enumerate(splits):
        name = f"{number:05d}"
        np.savez(folder / "utterances" / f"{name}.npz", **toy_arrays(number))
        entries.append({"name": name, "split": split, "voice": f"{split}{number % 2}"})
    (folder / "speech.json").write_text(json.dumps({"utterances": entries}))
    return folder


def _sound(name: str, times_s: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if name == "aa":
        return 0.4 * np.sign(np.sin(2 * np.pi * 150 * times_s))
    if name == "m":
        return 0.2 * np.sin(2 * np.pi * 150 * times_s)
    return (0.2 if name == "s" else 0.0) * rng.normal(size=len(times_s))
