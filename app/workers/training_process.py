"""Training in a process of its own, at low priority: it can neither block nor crash the window."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

import avatar_core
from avatar_core.errors import AvatarError
from avatar_core.stop_word import STOP
from avatar_core.training.run_events import FailedTold, FinishedTold, StepTold, read_event
from avatar_core.training.run_record import holds_run

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

PREVIEW_EVERY_S = 60
SEED = 7
_STOP = f"{STOP}\n".encode()
_MOST_WORDS = 4000
_RESUME = "What it had reached is kept: press Resume to go on from there."
_ANEW = "It had no checkpoint yet: start it again."


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """A run that the user wants.

    Args:
        capture: folder of one person.
        folder: of the run.
        name: of the avatar.
        preset, seed: of the trainer.
        device: "auto", "cpu" or "cuda".
        threads: of the processor; 0 leaves it to the trainer.
        flame: the user's FLAME files, or None where the capture brings its own head.
        resume: go on with the run in the folder.
    """

    capture: Path
    folder: Path
    name: str
    preset: str
    seed: int = SEED
    device: str = "auto"
    threads: int = 0
    flame: Path | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended: with an avatar, with an error, or, with neither, because it was asked to.

    Args:
        avatar: the file it has written.
        error: why it failed.
    """

    avatar: Path | None = None
    error: AvatarError | None = None


def training_command(wanted: TrainingRequest) -> list[str]:
    """Program and arguments: the command line of this very installation or checkout."""
    words = [sys.executable, "-P", "-m", "avatar_core.cli", "train-mega", str(wanted.capture)]
    words += ["--out", str(wanted.folder), "--name", wanted.name]
    words += ["--preset", wanted.preset, "--seed", str(wanted.seed)]
    words += ["--device", wanted.device, "--threads", str(wanted.threads)]
    words += [] if wanted.flame is None else ["--flame", str(wanted.flame)]
    words += ["--resume"] if wanted.resume else []
    return [
        *words, "--json", "--listen", "--background", "--preview-every", str(PREVIEW_EVERY_S)
    ]  # fmt: skip


class TrainingProcess(QObject):
    """One run at a time. Whatever happens to it, checkpoints keep what it has reached.

    Args:
        parent: the owner.
        command: makes program and arguments of a request.
    """

    told = Signal(object)
    """A `RunEvent`."""
    ended = Signal(object)
    """A `RunEnd`."""

    def __init__(
        self,
        parent: QObject | None = None,
        command: Callable[[TrainingRequest], list[str]] = training_command,
    ) -> None:
        super().__init__(parent)
        self._command = command
        self._process: QProcess | None = None
        self._is_stopping = self._has_stepped = False
        self._folder: Path | None = None
        self._avatar: Path | None = None
        self._failure: AvatarError | None = None
        self._words = ""

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self, wanted: TrainingRequest) -> None:
        """Begin; `ended` follows in any case. While a run is running, nothing happens."""
        if self._process is not None:
            return
        self._is_stopping = self._has_stepped = False
        self._avatar = self._failure = None
        self._words = ""
        self._folder = wanted.folder
        process = QProcess(self)
        process.setProcessEnvironment(child_environment())
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_words)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._errored)
        self._process = process
        program, *arguments = self._command(wanted)
        process.start(program, arguments)

    def stop(self) -> None:
        """Ask the run to write a checkpoint and end; `ended` follows within a step or two."""
        if self._process is None:
            return
        self._is_stopping = True
        if self._has_stepped:
            self._process.write(_STOP)
        else:
            self._process.kill()  # it has nothing to keep yet

    def shutdown(self, timeout_s: float = 30.0) -> bool:
        """Stop and wait; kill what does not end. Returns whether it ended by itself or never ran.

        Nothing is told any more. A killed run can be resumed at its last checkpoint.
        """
        process = self._process
        if process is None:
            return True
        process.finished.disconnect(self._finished)
        process.errorOccurred.disconnect(self._errored)
        self.stop()
        is_ended = process.waitForFinished(round(timeout_s * 1000))
        if not is_ended and process.state() != QProcess.ProcessState.NotRunning:
            process.kill()
            process.waitForFinished()
        self._release()
        return is_ended

    def _read(self) -> None:
        while self._process is not None and self._process.canReadLine():
            line = bytes(self._process.readLine().data()).decode("utf-8", "replace")
            event = read_event(line)
            if isinstance(event, StepTold):
                self._has_stepped = True
            elif isinstance(event, FinishedTold):
                self._avatar = Path(event.avatar)
            elif isinstance(event, FailedTold):
                self._failure = AvatarError(event.message, event.hint)
            if event is not None:
                self.told.emit(event)

    def _read_words(self) -> None:
        if self._process is not None:
            words = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
            self._words = (self._words + words)[-_MOST_WORDS:]

    def _finished(self, status: int, how: QProcess.ExitStatus) -> None:
        self._read()
        self._read_words()
        crashed = how == QProcess.ExitStatus.CrashExit
        self._release()
        self.ended.emit(self._end(status, crashed=crashed))

    def _end(self, status: int, *, crashed: bool) -> RunEnd:
        if self._avatar is not None and not crashed and status == 0:
            return RunEnd(avatar=self._avatar)
        if self._failure is not None:
            return RunEnd(error=self._failure)
        if self._is_stopping:
            return RunEnd()
        if self._words:
            _log.error("Training ended with %d:\n%s", status, self._words)
        if crashed or status < 0:
            return RunEnd(error=AvatarError("The training was ended from outside.", self._hint))
        said = f"The training stopped because of an unexpected fault (status {status})."
        return RunEnd(error=AvatarError(said, f"{self._hint} Help, Open log has the details."))

    @property
    def _hint(self) -> str:
        return _RESUME if self._folder is not None and holds_run(self._folder) else _ANEW

    def _errored(self, fault: QProcess.ProcessError) -> None:
        if fault != QProcess.ProcessError.FailedToStart or self._process is None:
            return  # `finished` follows
        said = f"The training could not be started: {self._process.errorString()}."
        self._release()
        self.ended.emit(RunEnd(error=AvatarError(said, "Repair the installation of the studio.")))

    def _release(self) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None


def child_environment() -> QProcessEnvironment:
    """That of the studio, and the way to the package it runs from."""
    environment = QProcessEnvironment.systemEnvironment()
    here = str(Path(avatar_core.__file__).parents[1])
    others = environment.value("PYTHONPATH")
    environment.insert("PYTHONPATH", f"{here}{os.pathsep}{others}" if others else here)
    environment.insert("PYTHONUTF8", "1")
    return environment
