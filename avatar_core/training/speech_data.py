"""Utterances as a speech model learns from them: sound, phones, and the mouth that goes with them.

A data set is a folder with `speech.json` and `utterances/NAME.npz`. It may still grow while it is
read: what is listed but not there yet is passed over.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.driving.speech.timing import FPS, RATE_HZ
from avatar_core.driving.speech.visemes import PHONES, Phone, frame_visemes
from avatar_core.errors import AssetError
from avatar_core.training.npz import read_npz

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.geometry.shapes import AnyArray, Float64

INDEX = "speech.json"
FOLDER = "utterances"
_NAME = re.compile(r"\w[\w .\-]{0,99}")
SPLITS = ("train", "val", "test")

_HINT = "Make it with resources/demo/speech/make_speech.py."


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """One line, as it was said and as it looks.

    Args:
        name: of its file.
        voice: who says it.
        samples: [n] int16 at 16 kHz.
        phones: what is said, in the order of their times.
        weights: [T, 52] ARKit weights, 50 moments a second, moment n at n / 50 s.
        visemes: [T] class of the phone that is heard.
    """

    name: str
    voice: str
    samples: NDArray[np.int16]
    phones: tuple[Phone, ...]
    weights: Float32
    visemes: UInt8

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def sound(self) -> Float32:
        """[n] samples -1..1."""
        return self.samples.astype(np.float32) / np.float32(32768)

    @property
    def duration_s(self) -> float:
        return len(self.samples) / RATE_HZ


def read_utterances(folder: Path, split: str, most: int | None = None) -> list[Utterance]:
    """The utterances of a split that are there by now.

    Args:
        folder: of the data set.
        split: "train", "val" or "test"; no voice speaks in two of them.
        most: no more than this many.

    Raises:
        AssetError: the folder holds no such data set, or a file of it is damaged.
    """
    utterances: list[Utterance] = []
    for entry in _index(folder):
        name = str(entry.get("name"))
        if not _NAME.fullmatch(name):
            raise AssetError(f"'{folder / INDEX}' names an impossible file: {name!r:.60}.", _HINT)
        path = folder / FOLDER / f"{name}.npz"
        if entry.get("split") != split or not path.is_file():
            continue
        try:
            utterance = utterance_of(read_npz(path), path.stem, str(entry["voice"]))
        except (OSError, ValueError, KeyError, IndexError, TypeError) as reason:
            raise AssetError(f"'{path}' is damaged.", _HINT) from reason
        utterances.append(utterance)
        if len(utterances) == most:
            break
    return utterances


def utterance_of(arrays: Mapping[str, AnyArray], name: str, voice: str) -> Utterance:
    """An utterance from its arrays; motion is brought to 50 moments a second.

    Raises:
        KeyError, ValueError, IndexError: the arrays are not those of an utterance.
    """
    samples = arrays["samples"]
    if int(arrays["rate_hz"]) != RATE_HZ or samples.ndim != 1:
        raise ValueError(f"{name}: expected {RATE_HZ} samples a second")
    times_s = np.arange(int(np.ceil(len(samples) / RATE_HZ * FPS))) / FPS
    phones = tuple(
        Phone(PHONES[int(index)], float(start), float(end))
        for index, start, end in zip(
            arrays["phone_id"], arrays["phone_start_s"], arrays["phone_end_s"], strict=True
        )
    )
    weights = np.asarray(arrays["weights"], np.float32)
    return Utterance(
        name=name,
        voice=voice,
        samples=samples.astype(np.int16, copy=False),
        phones=phones,
        weights=_at(times_s, weights, float(arrays["frame_rate_hz"])),
        visemes=frame_visemes(phones, times_s).astype(np.uint8),
    )


def _at(times_s: Float64, weights: Float32, rate_hz: float) -> Float32:
    """Rows [T, 52] between those that come `rate_hz` times a second; the ends are held."""
    if weights.ndim != 2 or weights.shape[1] != 52 or not len(weights):
        raise ValueError("weights: expected [T, 52]")
    places = np.clip(times_s * rate_hz, 0, len(weights) - 1)
    before = places.astype(int)
    after = np.minimum(before + 1, len(weights) - 1)
    amount = (places - before)[:, None].astype(np.float32)
    between: Float32 = (1 - amount) * weights[before] + amount * weights[after]
    return between


def _index(folder: Path) -> list[dict[str, Any]]:
    try:
        entries = json.loads((folder / INDEX).read_text(encoding="utf-8"))["utterances"]
        return [dict(entry) for entry in entries]
    except FileNotFoundError as reason:
        raise AssetError(f"'{folder}' holds no speech to learn from.", _HINT) from reason
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as reason:
        raise AssetError(f"'{folder / INDEX}' is damaged.", _HINT) from reason
