from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from avatar_core.cli import main
from avatar_core.driving.speech.model_file import read_speech_model
from tests.avatar_core.driving.speech.toy_whisper import toy_encoder
from tests.avatar_core.exchange.test_speech_import import hugging_file
from tests.avatar_core.training.toy_speech import write_speech

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(tmp_path / "user"))


def test_a_model_is_trained_through_whisper_and_both_become_the_studios(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_speech(tmp_path / "speech", ("train", "val"))
    arrays = toy_encoder(width=64, layers=1, context=100)
    whisper = hugging_file(tmp_path / "model.safetensors", arrays)
    command = ["train-speech", str(data), "--out", str(tmp_path / "run"), "--threads", "1"]
    command += ["--features", "whisper", "--whisper", str(whisper)]
    assert main([*command, "--steps", "1", "--json"]) == 0
    model = read_speech_model(tmp_path / "run" / "speech.npz")
    assert model.encoder is not None
    assert "--features whisper --whisper model.safetensors" in model.about["command"]
    capsys.readouterr()
    assert main(["import-speech", str(tmp_path / "run" / "speech.npz")]) == 0
    printed = capsys.readouterr()
    assert "speech model, Whisper 64 x 1" in printed.out
    assert "still to be imported" in printed.err
    assert main(["import-speech", str(whisper), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sha256"] == model.encoder.sha256
    assert told["part"] == "Whisper encoder"
    assert main(["import-speech", "--forget"]) == 0
    assert "bundled speech model speaks again" in capsys.readouterr().out


@pytest.mark.parametrize("given", [["--features", "whisper"], ["--whisper", "tiny.pt"]])
def test_features_and_file_belong_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[str]
) -> None:
    data = write_speech(tmp_path / "speech", ("train",))
    command = ["train-speech", str(data), "--out", str(tmp_path / "run"), *given]
    assert main(command) == 2
    assert "belong together" in capsys.readouterr().err


def test_a_bad_file_is_refused_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.pt").write_bytes(b"no")
    assert main(["import-speech", str(tmp_path / "bad.pt")]) == 2
    assert "bad.pt" in capsys.readouterr().err
