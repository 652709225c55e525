"""What the studio keeps by itself: the journal on the disk, and versions every few minutes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.workers.journal_sync import JournalSync
from avatar_core.io.atomic import write_error
from avatar_core.io.snapshots import SnapshotShelf

if TYPE_CHECKING:
    from pathlib import Path

    from app.handlers.context import StudioContext
    from app.handlers.documents import DocumentHandler
    from app.preferences import PreferenceValues
    from avatar_core.commands.saving import Saving
    from avatar_core.errors import AvatarError

_LONG_JOURNAL_BYTES = 256 << 20
_MINUTE_MS = 60_000
_AT_ONCE_MS = 1000


class AutosaveHandler(QObject):
    """Keeps versions while there are unsaved changes, and says how safe these are.

    Without a journal, as in scripts, it does nothing.

    Args:
        context: the document.
        documents: saves it.
    """

    state_changed = Signal(str, str, bool)
    """A few words, all of it, and whether a crash would lose work at the moment."""

    def __init__(self, context: StudioContext, documents: DocumentHandler) -> None:
        super().__init__(context.window)
        self._context = context
        self._documents = documents
        self._journal = context.session.journal
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.keep_version)
        self._sync: JournalSync | None = None
        self._snapshot: Saving | None = None
        self._edits = self._kept_bytes = 0
        self._kept_edits = -1
        self._last: datetime | None = None
        self.shelf: SnapshotShelf | None = None
        """Where versions are kept; None without a journal."""
        self._use(context.preferences.values)
        if self._journal is None:
            return
        self.shelf = SnapshotShelf(self._journal.places.folder.parent / "versions")
        self._sync = JournalSync(self._journal, self)
        context.preferences.changed.connect(self._use)
        context.events.changed.connect(self._edited)
        context.events.replaced.connect(self._replaced)
        context.events.safety_changed.connect(self.announce)
        documents.saver.written.connect(self._written)
        documents.saver.failed.connect(self._failed)

    def announce(self) -> None:
        """Say again how safe unsaved changes are."""
        if self._journal is None:
            return
        trouble = self._journal.trouble
        if trouble is not None:
            self.state_changed.emit("Not safe", str(trouble), True)
        else:
            self.state_changed.emit(self._words(), self._tip(), False)

    def keep_version(self) -> None:
        """Keep a version now, if there is something to keep and nothing in the way."""
        self._restart()
        session = self._context.session
        is_new = session.dirty and self._edits != self._kept_edits
        if not is_new or session.history.in_gesture or self._snapshot is not None:
            return
        if self.shelf is None:
            return
        self._documents.about_to_save.emit()
        try:
            place = self.shelf.place(session.path)
        except OSError as reason:
            self._complain(write_error(self.shelf.home(session.path), reason))
            return
        self._snapshot = session.snapshot(place).without_files()
        self._kept_edits = self._edits
        self._kept_bytes = self._journal.nbytes if self._journal is not None else 0
        self._documents.saver.write(self._snapshot)
        self.announce()

    def shutdown(self) -> None:
        self._timer.stop()
        if self._sync is not None:
            self._sync.shutdown()

    def _use(self, values: PreferenceValues) -> None:
        self._context.session.kept_history_bytes = values.history_mb << 20
        self._restart()
        self.announce()

    def _restart(self) -> None:
        minutes = self._context.preferences.values.autosave_minutes
        if self._journal is None or minutes == 0:
            self._timer.stop()
        else:
            self._timer.start(minutes * _MINUTE_MS)

    def _edited(self) -> None:
        self._edits += 1
        if self._sync is not None and self._journal is not None:
            self._sync.wake()
            if self._journal.nbytes - self._kept_bytes > _LONG_JOURNAL_BYTES:
                self._kept_bytes = self._journal.nbytes
                self._timer.start(_AT_ONCE_MS)

    def _replaced(self) -> None:
        self._last = self._snapshot = None  # one on its way is of another project
        self._edits = self._kept_bytes = 0
        self._kept_edits = -1  # what was recovered is worth a version
        self._restart()
        self.announce()

    def _written(self, saving: Saving) -> None:
        if saving is not self._snapshot:
            return
        self._snapshot = None
        self._last = datetime.now().astimezone()
        self._trim(saving.path)
        self.announce()

    def _trim(self, newest: Path) -> None:
        keep = self._context.preferences.values.autosave_keep
        project = self._context.session.path
        if self.shelf is not None and self.shelf.home(project) == newest.parent:
            self.shelf.trim(project, keep)

    def _failed(self, saving: Saving, error: AvatarError) -> None:
        if saving is not self._snapshot:
            return
        self._snapshot = None
        self._kept_edits = -1  # to be tried again
        self._complain(error)
        self.announce()

    def _complain(self, error: AvatarError) -> None:
        self._context.toast.show_error(f"No version was kept: {error.message}", error.hint)

    def _words(self) -> str:
        if self._snapshot is not None:
            return "Autosaving …"
        if self._last is not None:
            return f"Autosaved {self._last:%H:%M}"
        return "Autosave on"

    def _tip(self) -> str:
        minutes = self._context.preferences.values.autosave_minutes
        often = f"every {minutes} minutes" if minutes > 1 else "every minute"
        versions = (
            f"A version of an edited project is kept {often}: File → Open earlier version."
            if minutes
            else "Versions are kept only when the journal gets long: see Preferences → Saving."
        )
        return f"Every step is written down as you make it, so a crash loses none. {versions}"
