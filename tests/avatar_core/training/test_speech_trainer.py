from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from avatar_core.driving.speech.model_file import read_speech_model
from avatar_core.errors import AssetError, Cancelled, WeightsError
from avatar_core.training.speech_batch import BatchSettings
from avatar_core.training.speech_data import read_utterances
from avatar_core.training.speech_recipes import SpeechJob, judged, train_speech
from avatar_core.training.speech_trainer import SpeechSettings, SpeechTrainer
from tests.avatar_core.training.toy_speech import write_speech

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.training.told_run import StepStatus

_TINY = SpeechSettings(
    steps=6, coordinates=3, channels=16, batch=BatchSettings(size=3, frames=24, sounds=None)
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_speech(tmp_path / "speech", ("train",) * 4 + ("val",) * 2)


def _weights(path: Path) -> np.ndarray:
    model = read_speech_model(path)
    return np.concatenate([array.ravel() for array in model.weights.values()])


def test_a_run_cut_short_ends_where_one_in_one_go_ends(data: Path, tmp_path: Path) -> None:
    whole = train_speech(SpeechJob(data, tmp_path / "whole", _TINY), lambda _: None)

    def stop_at_three(status: StepStatus) -> None:
        if status.step == 3:
            raise Cancelled

    job = SpeechJob(data, tmp_path / "cut", _TINY)
    with pytest.raises(Cancelled):
        train_speech(job, stop_at_three)
    steps: list[int] = []
    resumed = train_speech(job, lambda status: steps.append(status.step), resume=True)
    assert steps == [4, 5, 6]
    np.testing.assert_array_equal(_weights(resumed), _weights(whole))


def test_it_learns_to_open_and_close_a_mouth(data: Path, tmp_path: Path) -> None:
    settings = SpeechSettings(
        steps=100, coordinates=3, channels=24, batch=BatchSettings(size=4, frames=40, sounds=None)
    )
    path = train_speech(SpeechJob(data, tmp_path / "run", settings), lambda _: None)
    scores = judged(read_speech_model(path), read_utterances(data, "val"))
    assert scores is not None
    assert scores.jaw_correlation > 0.9
    assert scores.viseme_accuracy > 0.8
    assert abs(scores.lag_ms) < 20


def test_a_model_says_how_it_was_made(data: Path, tmp_path: Path) -> None:
    job = SpeechJob(data, tmp_path / "run", _TINY, "main.py train-speech", "CC0-1.0")
    about = read_speech_model(train_speech(job, lambda _: None)).about
    assert about["utterances"] == 4
    assert about["voices"] == 2
    assert about["command"] == "main.py train-speech"
    assert about["scores_on_val"]["jaw_correlation"] <= 1
    assert "synthesised" in about["label"]


def test_a_run_is_not_written_over(data: Path, tmp_path: Path) -> None:
    job = SpeechJob(data, tmp_path / "run", _TINY)
    train_speech(job, lambda _: None)
    with pytest.raises(AssetError, match="already holds a run"):
        train_speech(job, lambda _: None)


def test_a_checkpoint_of_another_network_is_refused(data: Path, tmp_path: Path) -> None:
    train_speech(SpeechJob(data, tmp_path / "run", _TINY), lambda _: None)
    wider = SpeechSettings(steps=8, coordinates=3, channels=20, batch=_TINY.batch)
    with pytest.raises(WeightsError, match="belongs to another run"):
        train_speech(SpeechJob(data, tmp_path / "run", wider), lambda _: None, resume=True)


def test_nobody_to_learn_from(tmp_path: Path) -> None:
    data = write_speech(tmp_path / "speech", ("val",))
    with pytest.raises(AssetError, match="nobody to learn from"):
        train_speech(SpeechJob(data, tmp_path / "run", _TINY), lambda _: None)


def test_weights_that_are_no_numbers_end_a_run(data: Path, tmp_path: Path) -> None:
    trainer = SpeechTrainer(read_utterances(data, "train"), _TINY, tmp_path / "run")
    with torch.no_grad():
        trainer.network.stem.weight.fill_(float("nan"))
    with pytest.raises(WeightsError, match="no longer finite"):
        trainer.save()
