from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.speech.model_file import NeededEncoder, read_speech_model
from avatar_core.driving.speech.whisper_encoder import WhisperEncoder
from avatar_core.driving.speech.whisper_weights import WhisperShape, WhisperWeights
from avatar_core.errors import Cancelled, WeightsError
from avatar_core.training.speech_batch import BatchSettings
from avatar_core.training.speech_data import read_utterances
from avatar_core.training.speech_lessons import HeardSpeech, WhisperLessons
from avatar_core.training.speech_recipes import SpeechJob, judged, train_speech
from avatar_core.training.speech_sounds import SoundSettings
from avatar_core.training.speech_trainer import SpeechSettings
from tests.avatar_core.driving.speech.toy_whisper import toy_encoder
from tests.avatar_core.training.toy_speech import write_speech

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.training.speech_data import Utterance
    from avatar_core.training.told_run import StepStatus

_CLEAN = BatchSettings(size=4, frames=40, sounds=None, rested=0)
_TINY = SpeechSettings(
    steps=6,
    coordinates=3,
    channels=16,
    batch=BatchSettings(size=3, frames=24, sounds=SoundSettings()),
)


@pytest.fixture(scope="module")
def encoder() -> WhisperEncoder:
    return WhisperEncoder(WhisperWeights.of(toy_encoder(width=64, layers=1, context=100)))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_speech(tmp_path / "speech", ("train",) * 4 + ("val",) * 2)


@pytest.fixture
def utterances(data: Path) -> list[Utterance]:
    return read_utterances(data, "train")


def test_a_stretch_hears_the_vectors_of_its_moments(
    utterances: list[Utterance], encoder: WhisperEncoder, tmp_path: Path
) -> None:
    only = utterances[:1]
    lessons = WhisperLessons(only, _CLEAN, encoder, tmp_path)
    mean = np.full(64, 9, np.float32)
    batch = lessons.batch(mean, np.random.default_rng(1))
    assert batch.features.shape == (4, 44, 64)
    vectors = HeardSpeech(encoder, tmp_path, _CLEAN).vectors(only[0])
    jaw = only[0].weights
    for features, weights in zip(batch.features.numpy(), batch.weights.numpy(), strict=True):
        starts = [at for at in range(len(jaw) - 39) if np.allclose(jaw[at : at + 40], weights)]
        for start in starts:
            # The moment's own vector is the third of five; an utterance begins after 0.5 s.
            np.testing.assert_array_equal(features[2:42], vectors[25 + start : 65 + start])
    outside = batch.features.numpy() == 9
    assert outside.all(-1).any() == outside.any()


def test_utterances_are_heard_at_different_places_of_a_window(
    utterances: list[Utterance], tmp_path: Path
) -> None:
    """A whole window long, released encoders tell places too; nobody speaks at its start alone."""

    class Ears:
        sha256 = "0" * 64
        shape = WhisperShape(80, 64, 1, 1_500)

        def __init__(self) -> None:
            self.first: list[int] = []

        def vectors(self, sound: np.ndarray) -> np.ndarray:
            self.first.append(int(np.flatnonzero(sound)[0]) // 320)
            levels = np.abs(sound.reshape(-1, 320)).max(1)
            return np.repeat(levels[:, None], 64, axis=1)

    ears = Ears()
    heard = HeardSpeech(ears, tmp_path, _CLEAN)  # type: ignore[arg-type]
    for utterance in utterances:
        vectors = heard.vectors(utterance)[:, 0]
        assert len(vectors) == len(utterance) + 50
        loud = np.abs(utterance.sound[: len(utterance) // 2 * 320].reshape(-1, 320)).max(1)
        np.testing.assert_allclose(vectors[25 : 25 + len(loud)], loud, atol=1e-3)
    assert np.ptp(ears.first) > 100


def test_what_was_heard_is_kept_and_heard_anew_where_it_is_damaged(
    utterances: list[Utterance], encoder: WhisperEncoder, tmp_path: Path
) -> None:
    heard = HeardSpeech(encoder, tmp_path, _TINY.batch)
    first, other = heard.vectors(utterances[0]), heard.vectors(utterances[0], 1)
    assert not np.array_equal(first, other)
    files = sorted(tmp_path.glob("*.npy"))
    assert len(files) == 2
    clean = next(path for path in files if path.stem.endswith("-0"))
    clean.write_bytes(clean.read_bytes()[:-100])
    np.testing.assert_array_equal(heard.vectors(utterances[0]), first)
    again = HeardSpeech(encoder, tmp_path, _TINY.batch)
    np.testing.assert_array_equal(again.vectors(utterances[0], 1), other)


def test_a_run_cut_short_ends_where_one_in_one_go_ends(
    data: Path, tmp_path: Path, encoder: WhisperEncoder
) -> None:
    whole = train_speech(
        SpeechJob(data, tmp_path / "whole", _TINY, encoder=encoder), lambda _: None
    )

    def stop_at_three(status: StepStatus) -> None:
        if status.step == 3:
            raise Cancelled

    job = SpeechJob(data, tmp_path / "cut", _TINY, encoder=encoder)
    with pytest.raises(Cancelled):
        train_speech(job, stop_at_three)
    resumed = train_speech(job, lambda _: None, resume=True)
    first, second = read_speech_model(whole), read_speech_model(resumed)
    for name, array in first.weights.items():
        np.testing.assert_array_equal(second.weights[name], array)
    assert second.encoder == NeededEncoder(encoder.sha256, "64 x 1")
    assert second.shape.whisper == 64
    assert second.about["features"] == "Whisper 64 x 1"


def test_a_run_cannot_go_on_with_another_encoder(
    data: Path, tmp_path: Path, encoder: WhisperEncoder
) -> None:
    other = WhisperEncoder(WhisperWeights.of(toy_encoder(8, width=64, layers=1, context=100)))
    train_speech(SpeechJob(data, tmp_path / "run", _TINY, encoder=encoder), lambda _: None)
    longer = SpeechSettings(steps=8, coordinates=3, channels=16, batch=_TINY.batch)
    with pytest.raises(WeightsError, match="belongs to another run"):
        train_speech(
            SpeechJob(data, tmp_path / "run", longer, encoder=other), lambda _: None, resume=True
        )


@pytest.mark.slow
def test_it_learns_to_open_and_close_a_mouth_from_what_the_encoder_hears(
    data: Path, tmp_path: Path, encoder: WhisperEncoder
) -> None:
    settings = SpeechSettings(steps=100, coordinates=3, channels=24, batch=_CLEAN)
    job = SpeechJob(data, tmp_path / "run", settings, encoder=encoder)
    model = read_speech_model(train_speech(job, lambda _: None))
    scores = judged(model, read_utterances(data, "val"), encoder)
    assert scores is not None
    # Weights by chance hear less than log-mel features tell; untrained, it is 0.
    assert scores.jaw_correlation > 0.6
    assert abs(scores.lag_ms) < 20
