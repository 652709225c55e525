"""Files of the project that are gone: told on opening, found again, named anew in one step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from app.dialogs.files import ask_folder
from app.dialogs.missing_files import MissingFilesDialog
from app.workers.tasks import TaskRunner
from avatar_core.commands import FileReference, RelinkFiles
from avatar_core.io.relinking import judged, missing_in, search
from avatar_core.project.references import FileRole

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.workers.tasks import TaskContext
    from avatar_core.errors import AvatarError
    from avatar_core.io.relinking import FoundFile, MissingFile

    Finds = dict[str, FoundFile]

_FOLDER = "missing_files_folder"
_BESIDE_FILES = 20_000
"""So many files around a project are looked at without being asked."""


class MissingFilesHandler(QObject):
    """Looks for missing files in the background, and shows them in a dialog.

    Args:
        context: the document.
    """

    def __init__(self, context: StudioContext) -> None:
        super().__init__(context.window)
        self._context = context
        self._dialog: MissingFilesDialog | None = None
        self._missing: list[MissingFile] = []
        self._found: Finds = {}
        self._is_wanted = False
        self._runner = TaskRunner("The search for files", self)
        self._runner.progressed.connect(self._show_progress)
        self._runner.finished.connect(self._searched)
        self._runner.failed.connect(self._failed)
        self._runner.cancelled.connect(self._stopped)
        context.actions["file.missing"].triggered.connect(self.open)
        context.events.replaced.connect(self._look)

    @property
    def dialog(self) -> MissingFilesDialog | None:
        """The dialog that is open, if any."""
        return self._dialog

    @property
    def is_searching(self) -> bool:
        return self._runner.is_running

    def shutdown(self) -> None:
        """Stop, and close the dialog."""
        if self._dialog is not None:
            self._dialog.reject()
        self._runner.shutdown()

    def open(self) -> None:
        """Show what is missing, or say that nothing is."""
        self._is_wanted = True
        self._start([])

    def search(self, folder: Path) -> None:
        """Look in a folder and all below it."""
        self._context.preferences.remember(_FOLDER, str(folder))
        self._is_wanted = True
        self._start([folder])

    def _look(self) -> None:
        """Another project is open: tell when something of it is missing."""
        if self._dialog is not None:
            self._dialog.reject()
        self._found, self._is_wanted = {}, False
        self._start([])

    def _start(self, folders: list[Path]) -> None:
        session = self._context.session
        project, marks, path = session.project.copy(), session.files.marks, session.path
        beside = [] if path is None or path.parent in _TOO_LARGE else [path.parent]
        known = self._found

        def work(task: TaskContext) -> tuple[list[MissingFile], Finds]:
            missing = missing_in(project, marks)
            left = [each for each in missing if each.path not in known]
            if not missing:
                return [], {}
            if folders:
                found = search(missing, folders, task.step)
                return missing, {**known, **found}
            return missing, {**search(left, beside, task.step, _BESIDE_FILES), **known}

        if self._dialog is not None:
            self._dialog.show_searching(True)
        self._runner.start(work)

    def _searched(self, result: tuple[list[MissingFile], Finds]) -> None:
        self._missing, self._found = result
        if not self._missing:
            if self._is_wanted:
                self._context.toast.show_note("Nothing is missing.")
            if self._dialog is not None:
                self._dialog.accept()
            return
        self._shown()

    def _shown(self) -> None:
        dialog = self._dialog
        if dialog is None:
            dialog = self._dialog = MissingFilesDialog(self._context.window)
            dialog.folder_wanted.connect(self._ask_folder)
            dialog.file_wanted.connect(self._ask_file)
            dialog.stop_requested.connect(self._runner.stop)
            dialog.taken.connect(self._take)
            dialog.finished.connect(self._closed)
        dialog.show_missing(self._missing, self._found)
        dialog.show_searching(False)
        dialog.show()
        if self._is_wanted:
            dialog.raise_()

    def _take(self, paths: list[str]) -> None:
        found = {
            path: FileReference(str(self._found[path].path), self._found[path].sha256)
            for path in paths
        }
        self._context.push(RelinkFiles.of(self._context.project, found))
        self._found = {path: each for path, each in self._found.items() if path not in found}
        word = "file is" if len(found) == 1 else "files are"
        self._context.toast.show_note(f"{len(found)} {word} found again.", "Undo takes it back.")
        self._is_wanted = False
        self._start([])

    def _ask_folder(self) -> None:
        path = self._context.session.path
        start = self._context.preferences.remembered(_FOLDER) or (path.parent if path else None)
        parent = self._dialog or self._context.window
        ask_folder(parent, "Search in folder", str(start or Path.home()), self.search)

    def _ask_file(self, path: str) -> None:
        missing = next((each for each in self._missing if each.path == path), None)
        if missing is None:
            return
        start = self._context.preferences.remembered(_FOLDER) or str(Path.home())
        dialog = QFileDialog(self._dialog, f"In place of {missing.name}", str(start))
        is_folder = missing.role is FileRole.FOLDER
        mode = QFileDialog.FileMode
        dialog.setFileMode(mode.Directory if is_folder else mode.ExistingFile)
        dialog.fileSelected.connect(lambda chosen: self._point(missing, Path(chosen)))
        dialog.open()

    def _point(self, missing: MissingFile, chosen: Path) -> None:
        self._found = {**self._found, missing.path: judged(missing, chosen)}
        self._shown()

    def _show_progress(self, _fraction: float, text: str) -> None:
        if self._dialog is not None:
            self._dialog.show_progress(text)

    def _stopped(self) -> None:
        if self._dialog is not None:
            self._dialog.show_searching(False)

    def _failed(self, error: AvatarError) -> None:
        self._stopped()
        self._context.toast.show_error(error.message, error.hint)

    def _closed(self) -> None:
        self._dialog = None
        self._runner.stop()


_TOO_LARGE = (Path.home(), Path(Path.home().anchor))
"""Folders that nobody keeps only a project's files in."""
