"""`train-mega` for a program that watches it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from avatar_core import cli
from avatar_core.training import settings
from avatar_core.training.run_events import FinishedTold, PreviewTold, StepTold, read_event
from avatar_core.training.run_record import holds_run, read_record
from avatar_core.training.settings import Stage, StagePlan
from tests.avatar_core.training.conftest import capture_folder as capture_folder

ROOT = Path(__file__).resolve().parents[3]
PLANS = {stage: StagePlan(2) for stage in Stage}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preset that takes a moment."""
    compact = replace(settings.preset("compact"), tex_size=16, gaussians=60, plans=PLANS)
    monkeypatch.setattr(settings, "preset", lambda name, seed: replace(compact, seed=seed))


@pytest.mark.usefixtures("quick")
def test_every_line_is_an_event_and_the_last_names_the_avatar(
    capture_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    arguments = ["train-mega", str(capture_folder), "--out", str(run), "--name", "Ball"]
    assert cli.main([*arguments, "--json", "--threads", "1", "--preview-every", "0.001"]) == 0
    told = [read_event(line) for line in capsys.readouterr().out.splitlines()]
    assert all(told)
    steps = [event for event in told if isinstance(event, StepTold)]
    assert (steps[0].step, steps[-1].step) == (1, 6)
    assert any(isinstance(event, PreviewTold) for event in told)
    assert told[-1] == FinishedTold(str(run / "ball.avatar"))
    record = read_record(run)
    assert record is not None
    assert (record.name, record.preset, record.seed) == ("Ball", "compact", 7)
    assert record.avatar == str(run / "ball.avatar")


@pytest.mark.usefixtures("quick")
def test_an_error_is_told_as_an_event_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train-mega", str(tmp_path), "--out", str(tmp_path / "run"), "--json"]
    assert cli.main(arguments) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["event"] == "failed"
    assert "is no capture" in told["message"]
    assert told["hint"]


@pytest.mark.usefixtures("quick")
def test_a_run_is_resumed_with_the_preset_it_has(
    capture_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train-mega", str(capture_folder), "--out", str(tmp_path / "run"), "--resume"]
    assert cli.main([*arguments, "--threads", "1"]) == 0
    assert cli.main([*arguments, "--threads", "1", "--seed", "8"]) == 2
    assert "--preset compact --seed 7" in capsys.readouterr().err


def test_it_runs_as_a_module_listens_and_steps_back(capture_folder: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = [sys.executable, "-m", "avatar_core.cli", "train-mega", str(capture_folder)]
    options = ["--out", str(run), "--json", "--listen", "--background", "--threads", "1"]
    with subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        first = read_event(child.stdout.readline())
        if os.name == "posix":
            assert os.getpriority(os.PRIO_PROCESS, child.pid) >= 10
        child.stdin.close()  # as when whoever started it is gone
        last = [first, *(read_event(line) for line in child.stdout)][-1]
        assert child.stderr is not None
        assert child.stderr.read().endswith("Stopped.\n")
    assert child.returncode == 130
    assert isinstance(last, StepTold)
    assert holds_run(run)
    record = read_record(run)
    assert record is not None
    assert record.step == last.step
