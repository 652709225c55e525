from __future__ import annotations

import json
from typing import TYPE_CHECKING

from avatar_core.cli import main
from avatar_core.training.run_record import read_record
from tests.avatar_core.training.toy_speech import write_speech

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_run_is_started_and_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = write_speech(tmp_path / "speech", ("train", "val")), tmp_path / "run"
    command = ["train-speech", str(data), "--out", str(out), "--threads", "1", "--json"]
    assert main([*command, "--steps", "1"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1]["event"] == "finished"
    assert (out / "speech.npz").is_file()
    assert main([*command, "--steps", "2"]) == 2
    assert "--resume" in capsys.readouterr().err
    assert main([*command, "--steps", "2", "--resume"]) == 0
    record = read_record(out)
    assert record is not None
    assert (record.step, record.total, record.preset) == (2, 2, "speech")


def test_another_seed_cannot_go_on_with_a_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_speech(tmp_path / "speech", ("train", "val"))
    command = ["train-speech", str(data), "--out", str(tmp_path / "run"), "--threads", "1"]
    assert main([*command, "--steps", "1"]) == 0
    assert main([*command, "--resume", "--seed", "8"]) == 2
    assert "--seed 7" in capsys.readouterr().err


def test_a_folder_without_speech_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train-speech", str(tmp_path), "--out", str(tmp_path / "run")]) == 2
    assert "no speech to learn from" in capsys.readouterr().err
