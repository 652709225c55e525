"""Avatars of official MeGA runs: the dialog, the job in the background, what came of it.

Dialog and job are imported when they are asked for: the window opens without them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.workers.tasks import TaskRunner

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.dialogs.import_mega import ImportMegaDialog
    from app.handlers.context import StudioContext
    from app.workers.mega_import import MegaImport, MegaImported
    from app.workers.tasks import TaskContext
    from avatar_core.errors import AvatarError

_FLAME = "flame_folder"
_RUNS = "mega_runs_folder"


def _import(wanted: MegaImport, task: TaskContext) -> MegaImported:
    from app.workers.mega_import import import_mega

    return import_mega(wanted, task)


class ImportHandler(QObject):
    """One dialog and one import at a time; closing the dialog stops it.

    Args:
        context: the document.
        work: does the import, on a thread of its own.
    """

    avatar_imported = Signal(str)
    """The file of a new avatar that belongs onto the stage."""

    def __init__(
        self,
        context: StudioContext,
        work: Callable[[MegaImport, TaskContext], MegaImported] = _import,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._work = work
        self._dialog: ImportMegaDialog | None = None
        self._runner = TaskRunner("The import", self)
        self._runner.progressed.connect(self._show_progress)
        self._runner.finished.connect(self._imported)
        self._runner.failed.connect(self._failed)
        context.actions["file.import_mega"].triggered.connect(lambda: self.open())

    @property
    def dialog(self) -> ImportMegaDialog | None:
        """The dialog that is open, if any."""
        return self._dialog

    def open(self, run: Path | None = None) -> None:
        """Show the dialog, with a folder filled in if one is given."""
        if self._dialog is None:
            self._dialog = self._new_dialog()
        if run is not None and not self._runner.is_running:
            self._dialog.set_run(run)
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def shutdown(self) -> None:
        """Stop the import and close the dialog."""
        if self._dialog is not None:
            self._dialog.reject()
        self._runner.shutdown()

    def _new_dialog(self) -> ImportMegaDialog:
        from app.dialogs.import_mega import ImportMegaDialog
        from avatar_core.io.flame_sources import flame_folder

        preferences = self._context.preferences
        avatars = Path(preferences.values.projects_folder) / "Avatars"
        dialog = ImportMegaDialog(avatars, self._context.window)
        dialog.set_flame(Path(str(preferences.remembered(_FLAME) or flame_folder())))
        dialog.runs_folder = str(preferences.remembered(_RUNS) or "")
        dialog.import_requested.connect(self._start)
        dialog.stop_requested.connect(self._stop)
        dialog.finished.connect(self._closed)
        return dialog

    def _start(self, wanted: MegaImport) -> None:
        self._context.preferences.remember(_FLAME, str(wanted.flame))
        self._context.preferences.remember(_RUNS, str(wanted.run.parent))
        self._runner.start(lambda task: self._work(wanted, task))

    def _stop(self) -> None:
        self._runner.stop()
        if self._dialog is not None:
            self._dialog.show_stopped()

    def _closed(self) -> None:
        self._dialog = None
        self._runner.stop()

    def _show_progress(self, fraction: float, text: str) -> None:
        if self._dialog is not None:
            self._dialog.show_progress(fraction, text)

    def _imported(self, imported: MegaImported) -> None:
        self.avatar_imported.emit(str(imported.path))
        if self._dialog is not None:
            self._dialog.show_imported(imported)

    def _failed(self, error: AvatarError) -> None:
        if self._dialog is not None:
            self._dialog.show_error(error.message, error.hint)
