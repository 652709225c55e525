"""Portrait models of the released weights: the dialog, the jobs in the background."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from app.handlers.import_job import ImportJobHandler
from app.workers.portrait_import import PortraitImported, import_portraits, look_into_release

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.dialogs.import_portraits import ImportPortraitsDialog
    from app.handlers.context import StudioContext
    from app.workers.portrait_import import PortraitImport, PortraitRelease
    from app.workers.tasks import TaskContext

_FOLDER = "emoportraits_folder"


class PortraitImportHandler(ImportJobHandler["ImportPortraitsDialog"]):
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
        work: Callable[[PortraitImport, TaskContext], PortraitImported] | None = None,
    ) -> None:
        super().__init__(context)
        self._look_for = look
        self._work = work or _import
        context.actions["file.import_emoportraits"].triggered.connect(self.open)

    def open(self) -> None:
        """Show the dialog, with the folder of last time."""
        self._show(self._opened())

    def _new_dialog(self) -> ImportPortraitsDialog:
        from app.dialogs.import_portraits import ImportPortraitsDialog

        dialog = ImportPortraitsDialog(self._context.window)
        dialog.folder_chosen.connect(self._look)
        kept = self._context.preferences.remembered(_FOLDER)
        if isinstance(kept, str) and kept:
            dialog.set_folder(Path(kept))
        return dialog

    def _look(self, folder: Path) -> None:
        self._runner.start(lambda task: self._look_for(folder, task))

    def _start(self, wanted: PortraitImport) -> None:
        self._context.preferences.remember(_FOLDER, str(wanted.folder))
        self._runner.start(lambda task: self._work(wanted, task))

    def _finished(self, result: PortraitRelease | PortraitImported) -> None:
        if not isinstance(result, PortraitImported):
            if self._dialog is not None:
                self._dialog.show_release(result)
            return
        self.model_imported.emit(str(result.path))
        self._context.toast.show_note(f"{result.name} is imported; portraits use it now.")
        if self._dialog is not None:
            self._dialog.show_imported(result)


def _import(wanted: PortraitImport, task: TaskContext) -> PortraitImported:
    from avatar_core.exchange.demo_faces import rendered_faces

    return import_portraits(wanted, rendered_faces, task)
