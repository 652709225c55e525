"""JournalSync: makes the journal survive a power cut, about once a second while it grows."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from avatar_core.commands.project_journal import ProjectJournal

_INTERVAL_MS = 1000


class JournalSync(QObject):
    """Waits for the disk on a thread of its own, so that the window does not.

    Args:
        journal: whose entries the system has already.
        parent: the owner.
    """

    def __init__(self, journal: ProjectJournal, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._journal = journal
        self._thread: threading.Thread | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self._start)

    def wake(self) -> None:
        """Something was written, or has to be tried again."""
        if not self._timer.isActive():
            self._timer.start()

    def shutdown(self) -> None:
        self._timer.stop()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            self.wake()
            return
        self._thread = threading.Thread(target=self._run, name="journal sync", daemon=True)
        self._thread.start()
        if self._journal.trouble is not None:
            self.wake()

    def _run(self) -> None:
        self._journal.sync()
