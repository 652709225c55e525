"""After a crash: unsaved steps are offered; and earlier versions of a project at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox, QProgressDialog

from app.dialogs.earlier_versions import EarlierVersion, EarlierVersionsDialog
from app.dialogs.recovery import ask_recovery, counted
from app.workers.tasks import TaskRunner
from avatar_core.commands.recovery import (
    kept_journals,
    put_aside,
    restored,
    unfinished_unsaved,
)
from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from pathlib import Path

    from app.handlers.context import StudioContext
    from app.handlers.documents import DocumentHandler
    from avatar_core.commands.recovery import Recovery, Unfinished
    from avatar_core.errors import AvatarError
    from avatar_core.io.journal_places import JournalPlaces
    from avatar_core.io.snapshots import SnapshotShelf

_PARTS = 1000


class RecoveryHandler(QObject):
    """Asks about what was found, and brings it back in the background.

    Args:
        context: the document.
        documents: keeps it safe meanwhile.
        shelf: has the earlier versions; None where nothing is kept.
    """

    def __init__(
        self, context: StudioContext, documents: DocumentHandler, shelf: SnapshotShelf | None
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._documents = documents
        self._shelf = shelf
        self.question: QMessageBox | None = None
        self.versions: EarlierVersionsDialog | None = None
        self._progress: QProgressDialog | None = None
        self._recovery: Recovery | None = None
        self._is_over = False
        self._runner = TaskRunner("The recovery", self)
        self._runner.progressed.connect(self._show_progress)
        self._runner.finished.connect(self._finished)
        self._runner.failed.connect(self._failed)
        self._lister = TaskRunner("The list of earlier versions", self)
        self._lister.finished.connect(self._show_listed)
        self._lister.failed.connect(context.errors.show)
        action = context.actions["file.earlier"]
        action.setEnabled(shelf is not None)
        action.triggered.connect(self.show_versions)
        context.events.replaced.connect(self._look_at_project)

    def look(self) -> None:
        """Offer what is left of projects that were never saved. Called once, at the start."""
        journal = self._context.session.journal
        if journal is None or self.question is not None:
            return
        for found in reversed(unfinished_unsaved(journal.places)):
            if found.fits and found.entries:
                self._ask("", found)
                return
            self._keep(found, "a project that was never saved")

    def show_versions(self) -> None:
        """Let the artist choose an earlier version of this project, as soon as they are listed."""
        session = self._context.session
        shelf, journal, path = self._shelf, session.journal, session.path
        if shelf is None or journal is None:
            return
        places = journal.places
        # Journals that were kept are read whole.
        self._lister.start(lambda _task: (path, _listed(shelf, places, path)))

    def _show_listed(self, listed: tuple[Path | None, list[EarlierVersion]]) -> None:
        path, versions = listed
        session = self._context.session
        if self._is_over or self._shelf is None or path != session.path:
            return
        if self.versions is not None:
            self.versions.reject()
        home = self._shelf.home(path)
        dialog = EarlierVersionsDialog(session.title, versions, home, self._context.window)
        dialog.chosen.connect(self._open_version)
        dialog.finished.connect(self._forget_versions)
        self.versions = dialog
        dialog.open()

    def shutdown(self) -> None:
        """Close what is open; a question without an answer is asked again at the next start."""
        self._is_over = True
        for each in (self.question, self.versions):
            if each is not None:
                each.close()
        self._runner.shutdown()
        self._lister.shutdown()
        self._close_progress()

    def _forget_versions(self) -> None:
        self.versions = None

    def _look_at_project(self) -> None:
        session = self._context.session
        usable = [each for each in session.unfinished if each.fits and each.entries]
        for each in session.unfinished:
            if each not in usable[-1:]:
                self._keep(each, f"another state of “{session.title}”")
        if usable:
            self._ask(session.title, usable[-1])

    def _ask(self, title: str, found: Unfinished) -> None:
        self.question = ask_recovery(
            self._context.window, title, found, lambda wanted: self._answered(found, wanted)
        )

    def _answered(self, found: Unfinished, wanted: bool) -> None:
        self.question = None
        if self._is_over:
            return
        if wanted:
            self._context.errors.attempt(lambda: self._start(found))
            return
        journal = self._context.session.journal
        if journal is not None and put_aside(found.path, journal.places) is not None:
            self._context.toast.show_note(
                f"{counted(found.steps, 'step')} are kept.", "File → Open earlier version has them."
            )

    def _keep(self, found: Unfinished, owner: str) -> None:
        """Put a journal aside that cannot be used here, and say so."""
        journal = self._context.session.journal
        if journal is not None and put_aside(found.path, journal.places) is not None:
            why = f"belong to {owner}"
            if found.fits:
                why = "are older than those offered" if found.entries else "could not be read"
            self._context.toast.show_error(
                f"Unsaved steps were found, but they {why}.",
                f"They are kept in {journal.places.folder}.",
            )

    def _start(self, found: Unfinished) -> None:
        recovery = self._context.session.recovery(found)
        self._progress = QProgressDialog(
            "Bringing back your steps …", "Leave", 0, _PARTS, self._context.window
        )
        self._progress.setWindowTitle("Recovery")
        self._progress.setWindowModality(Qt.WindowModality.WindowModal)
        self._progress.setMinimumDuration(400)
        self._progress.canceled.connect(self._stop)
        self._recovery = recovery
        self._runner.start(lambda task: recovery.run(lambda share: task.step(share)))

    def _show_progress(self, share: float, _words: str) -> None:
        if self._progress is not None:
            self._progress.setValue(round(share * (_PARTS - 1)))

    def _stop(self) -> None:
        self._close_progress()
        self._runner.stop()

    def _finished(self, recovery: Recovery) -> None:
        self._close_progress()
        session = self._context.session
        if not self._context.errors.attempt(lambda: session.recovered(recovery)):
            return
        if recovery.replayed is not None and recovery.replayed.problem is None:
            count = counted(recovery.found.steps, "step")
            self._context.toast.show_note(f"{count} brought back.", "They are not saved yet.")

    def _failed(self, error: AvatarError) -> None:
        self._close_progress()
        session, recovery = self._context.session, self._recovery
        assert recovery is not None
        # An edit made meanwhile moves the journal aside, which may be before it is read.
        if self._context.errors.attempt(lambda: session.expect_unchanged(recovery)):
            self._context.errors.show(error)

    def _close_progress(self) -> None:
        progress, self._progress = self._progress, None
        if progress is not None:
            progress.canceled.disconnect()
            progress.close()
            progress.deleteLater()

    def _open_version(self, version: EarlierVersion) -> None:
        if version.is_journal:
            path = version.path
            self._documents.when_kept(
                lambda: self._context.errors.attempt(lambda: self._bring_back(path))
            )
        else:
            self._documents.open_copy(version.path)

    def _bring_back(self, path: Path) -> None:
        journal = self._context.session.journal
        assert journal is not None
        found = restored(path, journal.places)
        if found is None:
            raise AssetError(
                "These steps do not fit the project any more.",
                "They belong to another state of its file, and are kept.",
            )
        header = found.header
        if header.project and not header.is_copy:
            self._context.session.open(header.project)  # which offers what was found for it
        else:
            self._start(found)


def _listed(
    shelf: SnapshotShelf, places: JournalPlaces, project: Path | None
) -> list[EarlierVersion]:
    """Earlier versions of a project, and steps that were left, newest first."""
    versions = [
        EarlierVersion(each.path, each.time_s, "Version", each.nbytes) for each in shelf.of(project)
    ]
    versions += [
        EarlierVersion(
            each.path, each.time_s, f"{counted(each.steps, 'step')} left behind",
            each.end, is_journal=True,
        )
        for each in kept_journals(places, project)
    ]  # fmt: skip
    return sorted(versions, key=lambda each: each.time_s, reverse=True)
