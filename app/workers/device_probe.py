"""Asks a child process whether CUDA can train, so that the window never loads torch."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, QProcess, Signal

from app.workers.training_process import child_environment

_QUESTION = """\
from avatar_core.training.priority import lower_priority
lower_priority()
import torch
print(torch.cuda.is_available())
"""


class DeviceProbe(QObject):
    """Asks once; whatever goes wrong means that there is no CUDA.

    Args:
        parent: the owner.
        question: Python code that prints True or False.
    """

    answered = Signal(bool)
    """Whether there is a CUDA device."""

    def __init__(self, parent: QObject | None = None, question: str = _QUESTION) -> None:
        super().__init__(parent)
        self._question = question
        self._process: QProcess | None = None

    def ask(self) -> None:
        """Begin to find out, the first time only."""
        if self._process is not None:
            return
        self._process = QProcess(self)
        self._process.setProcessEnvironment(child_environment())
        self._process.finished.connect(self._finished)
        self._process.start(sys.executable, ["-P", "-c", self._question])

    def shutdown(self) -> None:
        """End the question; nothing is answered any more."""
        if self._process is not None and self._process.state() != QProcess.ProcessState.NotRunning:
            self._process.finished.disconnect(self._finished)
            self._process.kill()
            self._process.waitForFinished()

    def _finished(self) -> None:
        if self._process is not None:
            said = bytes(self._process.readAllStandardOutput().data())
            self.answered.emit(said.strip() == b"True")
