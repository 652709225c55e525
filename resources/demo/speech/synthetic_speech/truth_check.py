"""How true the data set is: the sound against the times of phones, the lips against the phones."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.driving.speech.visemes import PHONES, VISEME_OF_PHONE, Phone, Viseme, lip_gap
from avatar_core.motion import UNIT_INDEX
from synthetic_speech.sound import RATE_HZ, energies

if TYPE_CHECKING:
    from pathlib import Path

_BREATHED = ("p", "t", "k", "ch")
_SEARCH_S, _STEP_S = 0.04, 0.002
_LIPS_TOGETHER = 0.02
_JAW_SHUT = 0.15


@dataclass(eq=False)
class Found:
    """What a check of some utterances found.

    Args:
        minutes: of speech, by split.
        late_s: by engine, how much later than told the sound falls silent for a breathed plosive.
        closed: for every "m", "b" and "p", the share of its frames with lips together.
        shared_voices: voices in more than one split.
        faults: what is wrong, in words.
    """

    minutes: dict[str, float] = field(default_factory=dict)
    late_s: dict[str, list[float]] = field(default_factory=dict)
    closed: list[float] = field(default_factory=list)
    shared_voices: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def checked(root: Path, most: int) -> Found:
    """Look at the first utterances of a data set that are there.

    Args:
        root: the data set's folder.
        most: how many of them.
    """
    index = json.loads((root / "speech.json").read_text("utf-8"))
    found = Found()
    splits_of_voice: dict[str, set[str]] = {}
    for entry in index["utterances"]:
        splits_of_voice.setdefault(entry["voice"], set()).add(entry["split"])
    found.shared_voices = {v for v, splits in splits_of_voice.items() if len(splits) > 1}
    engines = {voice["id"]: voice["engine"] for voice in index["voices"]}
    paths = [(e, root / "utterances" / f"{e['name']}.npz") for e in index["utterances"]]
    for entry, path in [pair for pair in paths if pair[1].exists()][:most]:
        with np.load(path, allow_pickle=False) as file:
            _check(entry, dict(file), engines[entry["voice"]], found)
    return found


def _check(entry: dict[str, Any], arrays: dict[str, np.ndarray], engine: str, into: Found) -> None:
    samples = arrays["samples"].astype(np.float32) / 32768
    rows = (arrays["phone_id"], arrays["phone_start_s"], arrays["phone_end_s"])
    phones = [Phone(PHONES[i], float(a), float(b)) for i, a, b in zip(*rows, strict=True)]
    minutes = len(samples) / RATE_HZ / 60
    into.minutes[entry["split"]] = into.minutes.get(entry["split"], 0.0) + minutes
    if not phones or any(phone.duration_s <= 0 for phone in phones):
        into.faults.append(f"{entry['name']}: a phone without length")
    starts, ends = arrays["phone_start_s"][1:], arrays["phone_end_s"][:-1]
    if not np.allclose(starts, ends, atol=1e-4):
        into.faults.append(f"{entry['name']}: gaps between phones")
    into.late_s.setdefault(engine, []).extend(_lateness(phones, samples))
    into.closed.extend(_closures(phones, arrays["weights"].astype(np.float32)))


def _lateness(phones: list[Phone], samples: np.ndarray) -> list[float]:
    """For every breathed plosive after a vowel, when the sound falls fastest, from its start."""
    offsets_s = np.arange(-_SEARCH_S, _SEARCH_S, _STEP_S)
    late = []
    for before, phone in pairwise(phones):
        is_vowel = VISEME_OF_PHONE.get(before.name, Viseme.OPEN) in (Viseme.OPEN, Viseme.WIDE)
        if phone.name in _BREATHED and is_vowel and phone.start_s > _SEARCH_S:
            energy = energies(samples, phone.start_s + offsets_s, 0.01)
            fall = np.diff(np.log(energy + 1e-4))
            late.append(float(offsets_s[fall.argmin()] + 0.5 * _STEP_S))
    return late


def _closures(phones: list[Phone], weights: np.ndarray) -> list[float]:
    times_s = np.arange(len(weights)) / 60
    together = (lip_gap(weights) <= _LIPS_TOGETHER) & (
        weights[:, UNIT_INDEX["jawOpen"]] <= _JAW_SHUT
    )
    shares = []
    for phone in phones:
        inside = (times_s >= phone.start_s) & (times_s < phone.end_s)
        if VISEME_OF_PHONE.get(phone.name) is Viseme.CLOSED and inside.any():
            shares.append(float(together[inside].mean()))
    return shares
