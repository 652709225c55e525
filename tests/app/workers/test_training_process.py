"""Training as a child process: with a stand-in that talks as the trainer does, and for real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.workers.training_process import (
    RunEnd,
    TrainingProcess,
    TrainingRequest,
    child_environment,
    training_command,
)
from avatar_core.training.run_events import FailedTold, FinishedTold, RunEvent, StepTold, event_line
from avatar_core.training.run_record import CHECKPOINT, holds_run, read_record
from tests.avatar_core.training.conftest import capture_folder as capture_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

STEP = event_line(StepTold("hair", 1, 10, 1, 30, 0.5, None, {"rgb": 0.25}))
TALK = f"""
import sys
print({STEP!r}, flush=True)
print("and something else", flush=True)
"""
LISTEN = TALK + "sys.exit(130 if sys.stdin.readline() == 'stop\\n' else 7)\n"
FINISH = TALK + f"print({event_line(FinishedTold('/runs/rosa.avatar'))!r}, flush=True)\n"
FAIL = f"print({event_line(FailedTold('No room is left.', 'Free some.'))!r}); raise SystemExit(2)"
CRASH = "raise RuntimeError('a fault of the program')"
HANG = TALK + "import time; time.sleep(60)"


def wanted(folder: Path) -> TrainingRequest:
    return TrainingRequest(folder / "capture", folder / "run", "Rosa", "compact")


class Heard:
    """Everything that a process says."""

    def __init__(self, process: TrainingProcess) -> None:
        self.events: list[RunEvent] = []
        self.ends: list[RunEnd] = []
        process.told.connect(self.events.append)
        process.ended.connect(self.ends.append)


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[[str], tuple[TrainingProcess, Heard]]]:
    """Starts a script instead of the trainer."""
    made: list[TrainingProcess] = []

    def begin(script: str) -> tuple[TrainingProcess, Heard]:
        process = TrainingProcess(command=lambda _wanted: [sys.executable, "-c", script])
        made.append(process)
        heard = Heard(process)
        process.start(wanted(tmp_path))
        return process, heard

    yield begin
    for process in made:
        process.shutdown(0.1)
        process.deleteLater()


Starter = "Callable[[str], tuple[TrainingProcess, Heard]]"


def ended(qtbot: QtBot, heard: Heard) -> RunEnd:
    qtbot.waitUntil(lambda: bool(heard.ends), timeout=20_000)
    assert len(heard.ends) == 1
    return heard.ends[0]


def test_events_are_told_and_the_avatar_ends_it(qtbot: QtBot, start: Starter) -> None:
    process, heard = start(FINISH)
    assert process.is_running
    assert ended(qtbot, heard) == RunEnd(avatar=Path("/runs/rosa.avatar"))
    assert [type(event) for event in heard.events] == [StepTold, FinishedTold]
    assert not process.is_running


def test_a_stop_is_asked_for_in_words(qtbot: QtBot, start: Starter) -> None:
    process, heard = start(LISTEN)
    qtbot.waitUntil(lambda: bool(heard.events), timeout=20_000)
    process.stop()
    assert ended(qtbot, heard) == RunEnd()


def test_a_stop_before_the_first_step_ends_it_at_once(qtbot: QtBot, start: Starter) -> None:
    process, heard = start("import time; time.sleep(60)")
    process.stop()
    assert ended(qtbot, heard) == RunEnd()


def test_an_error_comes_with_its_hint(qtbot: QtBot, start: Starter) -> None:
    _, heard = start(FAIL)
    error = ended(qtbot, heard).error
    assert error is not None
    assert (error.message, error.hint) == ("No room is left.", "Free some.")


def test_an_unexpected_fault_is_one_sentence_and_the_rest_is_in_the_log(
    qtbot: QtBot, start: Starter, caplog: pytest.LogCaptureFixture
) -> None:
    _, heard = start(CRASH)
    error = ended(qtbot, heard).error
    assert error is not None
    assert error.message == "The training stopped because of an unexpected fault (status 1)."
    assert "a fault of the program" in caplog.text


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize(
    ("has_checkpoint", "hint"),
    [
        (True, "What it had reached is kept: press Resume to go on from there."),
        (False, "It had no checkpoint yet: start it again."),
    ],
)
def test_a_killed_run_is_told_with_what_is_left_of_it(
    qtbot: QtBot, start: Starter, tmp_path: Path, has_checkpoint: bool, hint: str
) -> None:
    process, heard = start(HANG)
    qtbot.waitUntil(lambda: bool(heard.events), timeout=20_000)
    if has_checkpoint:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / CHECKPOINT).touch()
    assert process._process is not None
    os.kill(process._process.processId(), signal.SIGKILL)
    error = ended(qtbot, heard).error
    assert error is not None
    assert (error.message, error.hint) == ("The training was ended from outside.", hint)


def test_a_program_that_is_not_there_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    process = TrainingProcess(command=lambda _wanted: [str(tmp_path / "nothing")])
    heard = Heard(process)
    process.start(wanted(tmp_path))
    error = ended(qtbot, heard).error
    assert error is not None
    assert error.message.startswith("The training could not be started")
    process.deleteLater()


def test_only_one_run_at_a_time(qtbot: QtBot, start: Starter, tmp_path: Path) -> None:
    process, heard = start(LISTEN)
    first = process._process
    process.start(wanted(tmp_path))
    assert process._process is first
    qtbot.waitUntil(lambda: bool(heard.events), timeout=20_000)
    process.stop()
    ended(qtbot, heard)


def test_shutdown_waits_for_the_checkpoint(qtbot: QtBot, start: Starter, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    script = TALK + f"sys.stdin.readline(); open({str(kept)!r}, 'w').close(); sys.exit(130)"
    process, heard = start(script)
    qtbot.waitUntil(lambda: bool(heard.events), timeout=20_000)
    assert process.shutdown()
    assert kept.is_file()
    assert heard.ends == []
    assert process.shutdown()


def test_shutdown_kills_what_does_not_end(qtbot: QtBot, start: Starter) -> None:
    process, heard = start(HANG)
    qtbot.waitUntil(lambda: bool(heard.events), timeout=20_000)
    assert not process.shutdown(0.2)
    assert not process.is_running


def test_the_command_says_what_was_chosen(tmp_path: Path) -> None:
    words = training_command(
        TrainingRequest(
            tmp_path / "rosa", tmp_path / "run", "Rosa", "official", 3, "cpu", 2, tmp_path, True
        )
    )
    text = " ".join(words)
    assert f"train-mega {tmp_path / 'rosa'} --out {tmp_path / 'run'} --name Rosa" in text
    assert "--preset official --seed 3 --device cpu --threads 2" in text
    assert f"--flame {tmp_path} --resume" in text
    assert "--resume" not in training_command(wanted(tmp_path))


def test_the_command_is_found_from_anywhere(tmp_path: Path) -> None:
    """As it is after an installation, or with a folder full of traps as the working folder."""
    (tmp_path / "avatar_core.py").write_text("raise SystemExit('a trap')")
    environment = child_environment()
    done = subprocess.run(
        [*training_command(wanted(tmp_path))[:5], "--help"],
        cwd=tmp_path,
        env=dict(entry.split("=", 1) for entry in environment.toStringList()),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "--listen" in done.stdout


@pytest.mark.timeout(300)
def test_the_trainer_itself_is_paused_and_goes_on(
    qtbot: QtBot, capture_folder: Path, tmp_path: Path
) -> None:
    request = TrainingRequest(capture_folder, tmp_path / "run", "Ball", "compact", threads=1)
    reached = []
    for resume in (False, True):
        process = TrainingProcess()
        heard = Heard(process)
        process.start(
            TrainingRequest(
                request.capture, request.folder, "Ball", "compact", threads=1, resume=resume
            )
        )
        qtbot.waitUntil(lambda heard=heard: bool(heard.events) or bool(heard.ends), timeout=120_000)
        process.stop()
        qtbot.waitUntil(lambda heard=heard: bool(heard.ends), timeout=120_000)
        assert heard.ends == [RunEnd()]
        steps = [event.step for event in heard.events if isinstance(event, StepTold)]
        reached.append((steps[0], steps[-1]))
        process.deleteLater()
    assert holds_run(request.folder)
    assert reached[0][0] == 1
    assert reached[1][0] == reached[0][1] + 1
    record = read_record(request.folder)
    assert record is not None
    assert (record.step, record.name) == (reached[1][1], "Ball")
