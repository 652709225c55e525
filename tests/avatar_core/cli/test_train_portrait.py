from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from avatar_core.cli import main
from avatar_core.training import portrait_presets
from avatar_core.training.run_record import read_record
from tests.avatar_core.training.portrait_tiny import tiny_settings
from tests.avatar_core.training.toy_people import write_people

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tiny = tiny_settings(4)
    monkeypatch.setitem(portrait_presets.MAKERS, "compact", lambda: tiny)
    return write_people(tmp_path / "eggs", ("train", "train", "val"))


def test_a_run_is_started_stopped_by_its_steps_and_gone_on_with(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    command = ["train-portrait", str(folder), "--out", str(out), "--threads", "1", "--json"]
    assert main([*command, "--steps", "2"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["step"] * (len(events) - 1) + ["finished"]
    assert (events[-2]["step"], events[-2]["total"]) == (2, 2)
    assert (out / "portrait.safetensors").is_file()
    assert (out / "preview.png").is_file()
    assert main([*command, "--steps", "4"]) == 2
    assert "--resume" in capsys.readouterr().err
    assert main([*command, "--steps", "4", "--resume"]) == 0
    record = read_record(out)
    assert record is not None
    assert (record.step, record.total, record.preset) == (4, 4, "compact")


def test_another_seed_cannot_go_on_with_a_run(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train-portrait", str(folder), "--out", str(tmp_path / "run"), "--threads", "1"]
    assert main([*command, "--steps", "1"]) == 0
    assert main([*command, "--resume", "--seed", "8"]) == 2
    assert "--seed 7" in capsys.readouterr().err


def test_a_folder_without_people_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["train-portrait", str(tmp_path), "--out", str(tmp_path / "run")])
    assert status == 2
    assert "no people to learn from" in capsys.readouterr().err
