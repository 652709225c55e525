from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.driving.speech.features import MELS, LogMel
from avatar_core.driving.speech.network import STEM_PAST
from avatar_core.motion import UNIT_INDEX
from avatar_core.training.speech_batch import (
    BatchSettings,
    _features,
    feature_statistics,
    random_mouths,
    speech_batch,
)
from avatar_core.training.speech_data import Utterance, read_utterances
from avatar_core.training.speech_scores import lag_s
from avatar_core.training.speech_sounds import SoundSettings, heard_somewhere
from tests.avatar_core.training.toy_speech import write_speech

if TYPE_CHECKING:
    from pathlib import Path

_MEAN = np.full(MELS, -5, np.float32)


@pytest.fixture
def utterances(tmp_path: Path) -> list[Utterance]:
    return read_utterances(write_speech(tmp_path / "speech", ("train",) * 3), "train")


def test_the_same_chance_gives_the_same_batch(utterances: list[Utterance]) -> None:
    settings = BatchSettings(size=3, frames=30, sounds=SoundSettings())
    first, second, other = (
        speech_batch(utterances, settings, _MEAN, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(first.features, second.features)
    assert torch.equal(first.weights, second.weights)
    assert not torch.equal(first.features, other.features)
    assert first.features.shape == (3, 66, MELS)
    assert first.weights.shape == (3, 30, 52)


def test_features_are_those_of_a_stream() -> None:
    sounds = np.random.default_rng(7).normal(size=(2, 160 * 20)).astype("f4")
    settings = BatchSettings(sounds=None, masked=0)
    made = _features(sounds, _MEAN, settings, np.random.default_rng(7))
    np.testing.assert_array_equal(made[:, :STEM_PAST], np.broadcast_to(_MEAN, (2, 3, MELS)))
    for rows, sound in zip(made, sounds, strict=True):
        np.testing.assert_allclose(rows[STEM_PAST:], LogMel().feed(sound), atol=1e-4)


@pytest.mark.parametrize("sounds", [None, SoundSettings(noise=0, room=0, band=0)])
def test_sound_and_mouth_of_a_stretch_belong_together(
    utterances: list[Utterance], sounds: SoundSettings | None
) -> None:
    """In these utterances a loud moment is one with an open jaw, at any pace."""
    settings = BatchSettings(size=8, frames=100, sounds=sounds, masked=0, rested=0)
    batch = speech_batch(utterances, settings, _MEAN, np.random.default_rng(7))
    # The window of feature 2 n, the third after the ones before the start, is about moment n.
    loudness = batch.features[:, STEM_PAST : STEM_PAST + 200 : 2].mean(-1).numpy()
    jaws = batch.weights[..., UNIT_INDEX["jawOpen"]].numpy()
    heard = [lag_s(*pair) for pair in zip(loudness, jaws, strict=True)]
    assert np.median(np.abs(heard)) < 0.03


def test_a_mouth_at_another_rest_is_that_much_moved(utterances: list[Utterance]) -> None:
    settings = BatchSettings(size=8, frames=20, sounds=None, rested=1)
    batch = speech_batch(utterances, settings, _MEAN, np.random.default_rng(7))
    plain = speech_batch(
        utterances, BatchSettings(size=8, frames=20, sounds=None, rested=0), _MEAN,
        np.random.default_rng(7),
    )  # fmt: skip
    assert batch.rest.abs().max() > 0.1
    assert batch.weights.mean() > plain.weights.mean()


def test_statistics_make_features_small(utterances: list[Utterance]) -> None:
    mean, scale = feature_statistics(utterances)
    assert mean.shape == scale.shape == (MELS,)
    assert (scale > 0.5).all()


def test_mouths_of_all_moments_and_rests(utterances: list[Utterance]) -> None:
    mouths = random_mouths(utterances, np.random.default_rng(7))
    assert mouths.shape == (sum(map(len, utterances)), 52)
    assert (mouths >= 0).all()
    assert (mouths <= 1).all()


def _bursts(count: int) -> np.ndarray:
    sounds = np.zeros((count, 16_000), np.float32)
    sounds[:, 8_000:8_160] = np.sin(np.arange(160))
    return sounds


def test_nothing_asked_nothing_changed() -> None:
    nothing = SoundSettings((0, 0), 0, 0, 0, 0, 0, tilt_db=0, ripple_db=0)
    made = heard_somewhere(_bursts(3), nothing, np.random.default_rng(7))
    np.testing.assert_allclose(made, _bursts(3), atol=1e-5)


def test_rooms_sound_after_and_never_before() -> None:
    room = SoundSettings((0, 0), 1, 0, 0, 0, 0, tilt_db=0, ripple_db=0)
    made = heard_somewhere(_bursts(4), room, np.random.default_rng(7))
    np.testing.assert_allclose(made[:, :7_990], 0, atol=1e-4)
    assert (np.abs(made[:, 8_400:9_000]).max(1) > 1e-3).all()
    assert made[:, 8_000:8_020] == pytest.approx(_bursts(4)[:, 8_000:8_020], abs=1e-4)


def test_noise_lies_as_far_below_speech_as_asked() -> None:
    times = np.arange(16_000) / 16_000
    tone = np.tile(np.sin(2 * np.pi * 500 * times).astype("f4"), (5, 1))
    noisy = SoundSettings((0, 0), 0, 1, 0, 0, 0, noise_db=(20, 20), tilt_db=0, ripple_db=0)
    noise = heard_somewhere(tone, noisy, np.random.default_rng(7)) - tone
    decibels = 10 * np.log10(2 * np.mean(tone**2, 1) / np.mean(noise**2, 1))
    # Silence that is put behind for the rooms counts for the speech, not for the noise.
    np.testing.assert_allclose(decibels, 20, atol=2)
