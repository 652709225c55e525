"""Batches of speech: stretches of utterances, changed by chance, with the mouths wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from avatar_core.driving.speech.features import MELS, emphasised, log_mel, mel_bank
from avatar_core.driving.speech.network import STEM, STEM_PAST
from avatar_core.driving.speech.styling import rest_of_mood
from avatar_core.driving.speech.timing import FPS, HOP, HOPS_PER_FRAME, RATE_HZ, WINDOW
from avatar_core.driving.speech.visemes import Viseme
from avatar_core.motion import UNIT_INDEX
from avatar_core.motion.speech_style import Mood
from avatar_core.training.speech_sounds import SoundSettings, heard_somewhere

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from avatar_core.geometry import Float32, UInt8
    from avatar_core.geometry.shapes import Float64
    from avatar_core.training.speech_data import Utterance

_FRAME = HOP * HOPS_PER_FRAME
MARGIN_S = 0.5
"""Silence that a stretch may begin before and end after an utterance."""

_WARPS = tuple(np.linspace(0.86, 1.16, 13).round(3).tolist())
_REST_UNITS = ("mouthSmile", "mouthFrown", "mouthStretch", "mouthPress", "mouthDimple")


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """What a batch is made of.

    Args:
        size: stretches.
        frames: moments of each, 50 a second.
        sounds: what happens to them; None leaves them clean, at their own pace and pitch.
        pace: largest change of pace and pitch together, as a factor e^+-pace.
        masked: how often a few bands are not heard.
        rested: how often a mouth departs from another rest than that of a neutral face.
    """

    size: int = 16
    frames: int = 100
    sounds: SoundSettings | None = None
    pace: float = 0.12
    masked: float = 0.3
    rested: float = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class SpeechBatch:
    """B stretches of T moments.

    Args:
        features: [B, per_moment (T - 1) + window, size], as the network hears; log-mel ones are
            [B, 2 T + STEM - 2, MELS].
        weights: [B, T, 52] wanted.
        visemes: [B, T] int64.
        rest: [B, 52] mouth that each departs from.
        before: [B, 52] mouth before the first moment.
    """

    features: Tensor
    weights: Tensor
    visemes: Tensor
    rest: Tensor
    before: Tensor

    def to(self, device: torch.device) -> SpeechBatch:
        """The same on a device."""
        return SpeechBatch(
            self.features.to(device),
            self.weights.to(device),
            self.visemes.to(device),
            self.rest.to(device),
            self.before.to(device),
        )


def speech_batch(
    utterances: Sequence[Utterance],
    settings: BatchSettings,
    feature_mean: Float32,
    rng: np.random.Generator,
) -> SpeechBatch:
    """Stretches of random utterances, the same for the same `rng`.

    Args:
        utterances: to choose from, by their lengths.
        settings: of the batch.
        feature_mean: [MELS] what stands before the start of a stream.
        rng: chooses.
    """
    chosen = chosen_utterances(utterances, settings.size, rng)
    cuts = [_cut(utterance, settings, rng) for utterance in chosen]
    sounds = np.stack([cut.sound for cut in cuts])
    if settings.sounds is not None:
        sounds = heard_somewhere(sounds, settings.sounds, rng)
    features = _features(sounds, feature_mean, settings, rng)
    weights = np.stack([cut.weights for cut in cuts])
    rest, before, wanted = mouths_of_stretches(weights, settings, rng)
    return SpeechBatch(
        features=torch.from_numpy(features),
        weights=torch.from_numpy(wanted),
        visemes=torch.from_numpy(np.stack([cut.visemes for cut in cuts]).astype(np.int64)),
        rest=torch.from_numpy(rest),
        before=torch.from_numpy(before),
    )


def chosen_utterances(
    utterances: Sequence[Utterance], count: int, rng: np.random.Generator
) -> list[Utterance]:
    """So many by chance, long ones more often."""
    lengths = np.array([len(utterance) for utterance in utterances], np.float64)
    chosen = rng.choice(len(utterances), count, p=lengths / lengths.sum())
    return [utterances[int(index)] for index in chosen]


def mouths_of_stretches(
    weights: Float32, settings: BatchSettings, rng: np.random.Generator
) -> tuple[Float32, Float32, Float32]:
    """Rests [B, 52], mouths before the first moment [B, 52], and mouths wanted [B, T, 52].

    Args:
        weights: [B, T + 1, 52] of stretches, each from the moment before its start.
        settings: how often a mouth departs from another rest.
        rng: chooses.
    """
    rests = np.stack([_rest(settings, rng) for _ in weights])
    wanted = np.clip(weights[:, 1:] + rests[:, None], 0, 1)
    starts_at_rest = rng.random((len(weights), 1)) < 0.3
    before = np.where(starts_at_rest, rests, np.clip(weights[:, 0] + rests, 0, 1))
    return rests.astype(np.float32), before.astype(np.float32), wanted.astype(np.float32)


def feature_statistics(utterances: Sequence[Utterance]) -> tuple[Float32, Float32]:
    """Mean and spread [MELS] of the features of utterances, as loud as they are on average."""
    settings = BatchSettings(size=64, frames=100, sounds=SoundSettings(), masked=0)
    features = speech_batch(
        utterances, settings, np.zeros(MELS, np.float32), np.random.default_rng(0)
    ).features.numpy()[:, STEM_PAST:]
    return features.mean((0, 1)), features.std((0, 1))


def random_mouths(utterances: Sequence[Utterance], rng: np.random.Generator) -> Float32:
    """[N, 52] mouths as they come in batches: what a mouth space has to hold."""
    rows = np.concatenate([utterance.weights for utterance in utterances])
    rows = rows[rng.permutation(len(rows))[:20_000]]
    rests = np.stack([_rest(BatchSettings(), rng) for _ in rows])
    mouths: Float32 = np.clip(rows + rests, 0, 1).astype(np.float32)
    return mouths


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """A stretch: sound, weights [T + 1, 52] from the moment before its start, visemes [T]."""

    sound: Float32
    weights: Float32
    visemes: UInt8


def _cut(utterance: Utterance, settings: BatchSettings, rng: np.random.Generator) -> _Cut:
    frames = settings.frames
    stretch = 1.0 if settings.sounds is None else float(np.exp(rng.uniform(-1, 1) * settings.pace))
    length_s = frames / FPS * stretch
    spare_s = utterance.duration_s + MARGIN_S - length_s
    start_s = rng.uniform(-MARGIN_S, max(spare_s, 0.0))
    count = _samples(frames)
    places = (start_s + stretch * np.arange(count) / RATE_HZ) * RATE_HZ
    moments = (start_s + stretch * np.arange(-1, frames) / FPS) * FPS
    return _Cut(
        _sound_at(utterance.samples, places),
        weights_at(utterance.weights, moments),
        visemes_at(utterance.visemes, moments[1:]),
    )


def _samples(frames: int) -> int:
    """Samples that the features of so many moments need."""
    return HOP * (HOPS_PER_FRAME * frames + STEM - HOPS_PER_FRAME - STEM_PAST)


def _sound_at(samples: NDArray[np.int16], places: Float64) -> Float32:
    """Sound [n], -1..1, at places between samples; silence outside."""
    padded = np.pad(samples, 1)
    inside = np.clip(places + 1, 0, len(padded) - 1.001)
    before = inside.astype(np.int64)
    amount = (inside - before).astype(np.float32)
    low, high = padded[before].astype(np.float32), padded[before + 1].astype(np.float32)
    sound: Float32 = (low + amount * (high - low)) / np.float32(32768)
    return sound


def weights_at(weights: Float32, moments: Float32) -> Float32:
    """[M, 52] at places between moments; at rest outside."""
    padded = np.concatenate([np.zeros((1, 52), np.float32), weights, np.zeros((1, 52), np.float32)])
    places = np.clip(moments + 1, 0, len(padded) - 1)
    before = np.minimum(places.astype(int), len(padded) - 2)
    amount = (places - before)[:, None].astype(np.float32)
    between: Float32 = (1 - amount) * padded[before] + amount * padded[before + 1]
    return between


def visemes_at(visemes: UInt8, moments: Float32) -> UInt8:
    nearest = np.round(moments).astype(int)
    inside = (nearest >= 0) & (nearest < len(visemes))
    chosen = visemes[np.clip(nearest, 0, len(visemes) - 1)]
    return np.where(inside, chosen, np.uint8(Viseme.SILENCE))


def _features(
    sounds: Float32, feature_mean: Float32, settings: BatchSettings, rng: np.random.Generator
) -> Float32:
    """[B, 2 T + STEM - 2, MELS]: what a stream that begins here would give."""
    padded = np.pad(emphasised(sounds), ((0, 0), (WINDOW - HOP, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=1)[:, ::HOP]
    features = np.stack([log_mel(rows, _bank(settings, rng)) for rows in windows])
    for rows in features:
        if rng.random() < settings.masked:
            width = int(rng.integers(1, 7))
            first = int(rng.integers(0, MELS - width))
            rows[:, first : first + width] = feature_mean[first : first + width]
    before = np.broadcast_to(feature_mean, (len(sounds), STEM_PAST, MELS))
    return np.concatenate([before, features], axis=1, dtype=np.float32)


def _bank(settings: BatchSettings, rng: np.random.Generator) -> Float32:
    warp = 1.0 if settings.sounds is None else _WARPS[int(rng.integers(len(_WARPS)))]
    return mel_bank(warp)


def _rest(settings: BatchSettings, rng: np.random.Generator) -> Float32:
    """[52] a mouth at rest: neutral, in a mood, or any other small expression."""
    if rng.random() >= settings.rested:
        return np.zeros(52, np.float32)
    rest = rng.uniform(0.5, 1.2) * rest_of_mood(rng.choice(np.array(list(Mood), object)))
    for name in _REST_UNITS:
        if rng.random() < 0.15:
            size = rng.uniform(0, 0.3)
            rest[UNIT_INDEX[f"{name}Left"]] += size
            rest[UNIT_INDEX[f"{name}Right"]] += size
    clipped: Float32 = np.clip(rest, 0, 1).astype(np.float32)
    return clipped
