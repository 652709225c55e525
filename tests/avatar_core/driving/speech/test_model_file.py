from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.driving.speech.model_file import (
    NeededEncoder,
    SpeechModel,
    read_speech_model,
    write_speech_model,
)
from avatar_core.errors import WeightsError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_model_comes_back_as_it_was(tiny_model: SpeechModel, tmp_path: Path) -> None:
    path = tmp_path / "speech.npz"
    write_speech_model(tiny_model, path)
    back = read_speech_model(path)
    assert back.shape == tiny_model.shape
    assert back.label == "tiny"
    np.testing.assert_array_equal(back.space.basis, tiny_model.space.basis)
    for name, array in tiny_model.weights.items():
        # Half precision keeps three digits.
        np.testing.assert_allclose(back.weights[name], array, rtol=1e-3, atol=1e-4)


def test_a_model_says_which_encoder_it_hears_through(
    whisper_model: SpeechModel, tmp_path: Path
) -> None:
    path = tmp_path / "speech.npz"
    write_speech_model(whisper_model, path)
    back = read_speech_model(path)
    assert back.shape == whisper_model.shape
    assert back.encoder == NeededEncoder("8" * 64, "tiny")
    with np.load(path) as file:
        assert json.loads(str(file["info"]))["version"] == 2  # older releases refuse it in words


def test_a_model_without_an_encoder_is_what_older_releases_read(
    tiny_model: SpeechModel, tmp_path: Path
) -> None:
    path = tmp_path / "speech.npz"
    write_speech_model(tiny_model, path)
    with np.load(path) as file:
        info = json.loads(str(file["info"]))
    assert info["version"] == 1
    assert set(info["shape"]) == {"coordinates", "visemes", "channels", "state", "hidden"}


def test_an_encoder_that_is_not_told_is_refused(whisper_model: SpeechModel) -> None:
    with pytest.raises(WeightsError, match="what it hears through"):
        replace(whisper_model, encoder=None)


@pytest.mark.parametrize(
    ("sha256", "title"),
    [("8" * 63, "tiny"), ("../" + "8" * 61, "tiny"), ("8" * 64, "ti\nny"), ("8" * 64, "t" * 41)],
)
def test_what_cannot_be_said_of_an_encoder_is_refused(sha256: str, title: str) -> None:
    with pytest.raises(WeightsError, match="what it hears through"):
        NeededEncoder(sha256, title)


def test_a_missing_array_is_named(tiny_model: SpeechModel) -> None:
    weights = {k: v for k, v in tiny_model.weights.items() if k != "stem.bias"}
    with pytest.raises(WeightsError, match=r"stem\.bias"):
        SpeechModel(tiny_model.shape, weights, tiny_model.space)


def test_weights_that_are_no_numbers_are_refused(tiny_model: SpeechModel) -> None:
    weights = dict(tiny_model.weights)
    weights["stem.bias"] = np.full_like(weights["stem.bias"], np.nan)
    with pytest.raises(WeightsError, match=r"stem\.bias"):
        SpeechModel(tiny_model.shape, weights, tiny_model.space)


def test_features_are_not_divided_by_nothing(tiny_model: SpeechModel) -> None:
    weights = dict(tiny_model.weights)
    weights["feature_scale"] = np.zeros_like(weights["feature_scale"])
    with pytest.raises(WeightsError, match="feature_scale"):
        replace(tiny_model, weights=weights)


def test_a_label_is_one_line(tiny_model: SpeechModel) -> None:
    assert replace(tiny_model, about={"label": "mine,\n and yours"}).label == "mine, and yours"


def test_files_of_other_kinds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="There is no speech model"):
        read_speech_model(tmp_path / "none.npz")
    for name, content in (("text.npz", b"hello"), ("empty.npz", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WeightsError, match="no speech model"):
            read_speech_model(tmp_path / name)
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(WeightsError, match="no speech model"):
        read_speech_model(tmp_path / "other.npz")


def test_pickled_objects_are_not_opened(tmp_path: Path) -> None:
    np.savez(tmp_path / "pickled.npz", info=np.array([object()], object))
    with pytest.raises(WeightsError, match="no speech model"):
        read_speech_model(tmp_path / "pickled.npz")
