"""What a speech model learns from, step by step: log-mel features, or the vectors of Whisper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

from avatar_core.driving.speech.model_file import NeededEncoder
from avatar_core.driving.speech.network import whisper_hearing
from avatar_core.driving.speech.timing import FPS, HOP, HOPS_PER_FRAME
from avatar_core.io.atomic import atomic_write
from avatar_core.training.speech_batch import (
    MARGIN_S,
    SpeechBatch,
    chosen_utterances,
    feature_statistics,
    mouths_of_stretches,
    speech_batch,
    visemes_at,
    weights_at,
)
from avatar_core.training.speech_sounds import heard_somewhere

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from avatar_core.driving.speech.whisper_encoder import WhisperEncoder
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.training.speech_batch import BatchSettings
    from avatar_core.training.speech_data import Utterance

_FRAME = HOP * HOPS_PER_FRAME
_MARGIN = round(MARGIN_S * FPS)
_KNOWN_BY = 64
"""Utterances that mean and spread of Whisper's vectors are taken from."""


class Lessons(Protocol):
    """Gives batches that follow from a random generator alone."""

    @property
    def encoder(self) -> NeededEncoder | None:
        """The encoder that the model will need."""

    @property
    def width(self) -> int:
        """Of its vectors; 0 where it needs none."""

    def statistics(self) -> tuple[Float32, Float32]:
        """Mean and spread [size] of the features."""

    def batch(self, feature_mean: Float32, rng: np.random.Generator) -> SpeechBatch:
        """Stretches of speech; `feature_mean` stands where there is no sound."""


class MelLessons:
    """Log-mel features of sounds that are changed anew in each step.

    Args:
        utterances: to learn from.
        settings: of a batch.
    """

    encoder: NeededEncoder | None = None
    width = 0

    def __init__(self, utterances: Sequence[Utterance], settings: BatchSettings) -> None:
        self._utterances = utterances
        self._settings = settings

    def statistics(self) -> tuple[Float32, Float32]:
        return feature_statistics(self._utterances)

    def batch(self, feature_mean: Float32, rng: np.random.Generator) -> SpeechBatch:
        return speech_batch(self._utterances, self._settings, feature_mean, rng)


class HeardSpeech:
    """Whisper's vectors of utterances, made when they are first asked for, and kept in a folder.

    Args:
        encoder: of Whisper.
        folder: where they are kept, in half precision.
        settings: how sounds are changed in all versions but the first, which is clean.
    """

    def __init__(self, encoder: WhisperEncoder, folder: Path, settings: BatchSettings) -> None:
        self._encoder = encoder
        self._folder = folder
        self._sounds = settings.sounds
        folder.mkdir(parents=True, exist_ok=True)

    def vectors(self, utterance: Utterance, version: int = 0) -> Float32:
        """[T + 2 margins, width] of an utterance between two silences of `MARGIN_S`."""
        name = f"{self._encoder.sha256[:12]}-{utterance.name}-{version}.npy"
        path = self._folder / name
        kept = self._kept(path, len(utterance) + 2 * _MARGIN)
        return self._made(utterance, version, path) if kept is None else kept

    def _kept(self, path: Path, count: int) -> Float32 | None:
        """What the folder holds; None where a file is missing or cut off."""
        try:
            array = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        is_whole = array.shape == (count, self._encoder.shape.width) and array.dtype == np.float16
        return array.astype(np.float32) if is_whole else None

    def _made(self, utterance: Utterance, version: int, path: Path) -> Float32:
        """Heard at a place in Whisper's window by chance: what it gives also tells the place."""
        seed = int.from_bytes(f"{utterance.name}/{version}".encode()[-16:], "little")
        rng = np.random.default_rng(seed)
        count = len(utterance) + 2 * _MARGIN
        start = int(rng.integers(max(self._encoder.shape.context - count, 0) + 1))
        sound = np.zeros((start + count) * _FRAME, np.float32)
        silence = (start + _MARGIN) * _FRAME
        sound[silence : silence + len(utterance.samples)] = utterance.sound
        if version and self._sounds is not None:
            sound = heard_somewhere(sound[None], self._sounds, rng)[0]
        vectors = self._encoder.vectors(np.clip(sound, -1, 1))[start:].astype(np.float16)
        with atomic_write(path) as file:
            np.save(file, vectors, allow_pickle=False)
        rounded: Float32 = vectors.astype(np.float32)
        return rounded


class WhisperLessons:
    """Stretches of what Whisper hears, each utterance in a few versions.

    Rooms, noise and microphones are put between before Whisper hears, so they cannot change in each
    step; pace and pitch stay as they are.

    Args:
        utterances: to learn from.
        settings: of a batch.
        encoder: of Whisper.
        folder: where its vectors are kept.
        versions: of each utterance: the clean one, and others.
    """

    def __init__(
        self,
        utterances: Sequence[Utterance],
        settings: BatchSettings,
        encoder: WhisperEncoder,
        folder: Path,
        versions: int = 2,
    ) -> None:
        self.encoder: NeededEncoder | None = NeededEncoder(encoder.sha256, encoder.shape.title)
        self.width = encoder.shape.width
        self._utterances = utterances
        self._settings = settings
        self._heard = HeardSpeech(encoder, folder, settings)
        self._versions = versions if settings.sounds is not None else 1

    def statistics(self) -> tuple[Float32, Float32]:
        step = max(len(self._utterances) // _KNOWN_BY, 1)
        some = self._utterances[::step][:_KNOWN_BY]
        rows = np.concatenate([self._heard.vectors(each) for each in some])
        return rows.mean(0), np.maximum(rows.std(0), 1e-4)

    def batch(self, feature_mean: Float32, rng: np.random.Generator) -> SpeechBatch:
        chosen = chosen_utterances(self._utterances, self._settings.size, rng)
        features, weights, visemes = zip(
            *(self._cut(each, feature_mean, rng) for each in chosen), strict=True
        )
        rest, before, wanted = mouths_of_stretches(np.stack(weights), self._settings, rng)
        return SpeechBatch(
            features=torch.from_numpy(np.stack(features)),
            weights=torch.from_numpy(wanted),
            visemes=torch.from_numpy(np.stack(visemes).astype(np.int64)),
            rest=torch.from_numpy(rest),
            before=torch.from_numpy(before),
        )

    def _cut(
        self, utterance: Utterance, feature_mean: Float32, rng: np.random.Generator
    ) -> tuple[Float32, Float32, UInt8]:
        """Features [T + window - 1, width], weights [T + 1, 52] from one before, visemes [T]."""
        frames, hearing = self._settings.frames, whisper_hearing(self.width)
        vectors = self._heard.vectors(utterance, int(rng.integers(self._versions)))
        last = max(len(utterance) + _MARGIN - frames, -_MARGIN)
        start = int(rng.integers(-_MARGIN, last + 1))
        features = np.repeat(feature_mean[None], frames + hearing.window - 1, axis=0)
        first = start + _MARGIN - hearing.past
        inside = np.arange(first, first + len(features))
        is_heard = (inside >= 0) & (inside < len(vectors))
        features[is_heard] = vectors[inside[is_heard]]
        moments = (start + np.arange(-1, frames)).astype(np.float32)
        return (
            features.astype(np.float32),
            weights_at(utterance.weights, moments),
            visemes_at(utterance.visemes, moments[1:]),
        )
