"""Portrait models of the released weights: the dialog, the jobs in the background."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.workers.portrait_import import PortraitImported, import_portraits, look_into_release
from app.workers.tasks import TaskRunner

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.dialogs.import_portraits import ImportPortraitsDialog
    from app.handlers.context import StudioContext
    from app.workers.portrait_import import PortraitImport, PortraitRelease
    from app.workers.tasks import TaskContext
    from avatar_core.errors import AvatarError

_FOLDER = "emoportraits_folder"


class PortraitImportHandler(QObject):
    """One dialog and one job at a time; closing the dialog stops it.

    Args:
        context: the document.
        look: finds the pieces of a release, on a thread of its own.
        work: imports a release, on a thread of its own.
    """

    model_imported = Signal(str)
    """The file of a new model."""

    def __init__(
        self,
        context: StudioContext,
        look: Callable[[Path, TaskContext], PortraitRelease] = look_into_release,
        work: Callable[[PortraitImport, TaskContext], PortraitImported] = import_portraits,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._look_for = look
        self._work = work
        self._dialog: ImportPortraitsDialog | None = None
        self._runner = TaskRunner("The import", self)
        self._runner.progressed.connect(self._show_progress)
        self._runner.finished.connect(self._finished)
        self._runner.failed.connect(self._failed)
        context.actions["file.import_emoportraits"].triggered.connect(self.open)

    @property
    def dialog(self) -> ImportPortraitsDialog | None:
        """The dialog that is open, if any."""
        return self._dialog

    def open(self) -> None:
        """Show the dialog, with the folder of last time."""
        if self._dialog is None:
            from app.dialogs.import_portraits import ImportPortraitsDialog

            dialog = self._dialog = ImportPortraitsDialog(self._context.window)
            dialog.folder_chosen.connect(self._look)
            dialog.import_requested.connect(self._start)
            dialog.stop_requested.connect(self._stop)
            dialog.finished.connect(self._closed)
            kept = self._context.preferences.remembered(_FOLDER)
            if isinstance(kept, str) and kept:
                dialog.set_folder(Path(kept))
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def shutdown(self) -> None:
        """Stop the job and close the dialog."""
        if self._dialog is not None:
            self._dialog.reject()
        self._runner.shutdown()

    def _look(self, folder: Path) -> None:
        self._runner.start(lambda task: self._look_for(folder, task))

    def _start(self, wanted: PortraitImport) -> None:
        self._context.preferences.remember(_FOLDER, str(wanted.folder))
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

    def _finished(self, result: PortraitRelease | PortraitImported) -> None:
        if not isinstance(result, PortraitImported):
            if self._dialog is not None:
                self._dialog.show_release(result)
            return
        self.model_imported.emit(str(result.path))
        self._context.toast.show_note(f"{result.name} is imported; portraits use it now.")
        if self._dialog is not None:
            self._dialog.show_imported(result)

    def _failed(self, error: AvatarError) -> None:
        if self._dialog is not None:
            self._dialog.show_error(error.message, error.hint)
