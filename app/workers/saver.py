"""Saver: writes projects in the background, one after the other, each to its end."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from app.workers.loop import as_avatar_error

if TYPE_CHECKING:
    from avatar_core.commands.saving import Saving


class Saver(QObject):
    """A queue of saves with a thread while there are any. None is dropped, none is stopped."""

    written = Signal(object)
    """A `Saving` that is in its place."""
    failed = Signal(object, object)
    """A `Saving` that came to nothing, and the `AvatarError`."""
    _answered = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: deque[Saving] = deque()
        self._under_way = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """Whether a save was asked for whose end was not told yet."""
        return self._under_way > 0

    def write(self, saving: Saving) -> None:
        """Write a save when those before it are done."""
        self._under_way += 1
        with self._lock:
            self._jobs.append(saving)
            if self._thread is None:
                # Not a daemon: a program that ends waits for what it has begun to save.
                self._thread = threading.Thread(target=self._run, name="saver")
                self._thread.start()

    def shutdown(self) -> None:
        """Wait until all is written."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    self._thread = None
                    return
                saving = self._jobs.popleft()
            error: Exception | None = None
            try:
                saving.write()
            except Exception as fault:  # noqa: BLE001 - errors arrive as values
                error = as_avatar_error(fault, "saver")
            self._answered.emit(saving, error)

    def _deliver(self, saving: Saving, error: Exception | None) -> None:
        self._under_way -= 1
        if error is None:
            self.written.emit(saving)
        else:
            self.failed.emit(saving, error)
