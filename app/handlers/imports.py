"""Avatars of official MeGA runs: the dialog, the job in the background, what came of it.

Dialog and job are imported when they are asked for: the window opens without them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from app.handlers.import_job import ImportJobHandler

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.dialogs.import_mega import ImportMegaDialog
    from app.handlers.context import StudioContext
    from app.workers.mega_import import MegaImport, MegaImported
    from app.workers.tasks import TaskContext

_FLAME = "flame_folder"
_RUNS = "mega_runs_folder"


def _import(wanted: MegaImport, task: TaskContext) -> MegaImported:
    from app.workers.mega_import import import_mega

    return import_mega(wanted, task)


class ImportHandler(ImportJobHandler["ImportMegaDialog"]):
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
        super().__init__(context)
        self._work = work
        context.actions["file.import_mega"].triggered.connect(lambda: self.open())

    def open(self, run: Path | None = None) -> None:
        """Show the dialog, with a folder filled in if one is given."""
        dialog = self._opened()
        if run is not None and not self._runner.is_running:
            dialog.set_run(run)
        self._show(dialog)

    def _new_dialog(self) -> ImportMegaDialog:
        from app.dialogs.import_mega import ImportMegaDialog
        from avatar_core.io.flame_sources import flame_folder

        preferences = self._context.preferences
        avatars = Path(preferences.values.projects_folder) / "Avatars"
        dialog = ImportMegaDialog(avatars, self._context.window)
        dialog.set_flame(Path(str(preferences.remembered(_FLAME) or flame_folder())))
        dialog.runs_folder = str(preferences.remembered(_RUNS) or "")
        return dialog

    def _start(self, wanted: MegaImport) -> None:
        self._context.preferences.remember(_FLAME, str(wanted.flame))
        self._context.preferences.remember(_RUNS, str(wanted.run.parent))
        self._runner.start(lambda task: self._work(wanted, task))

    def _finished(self, imported: MegaImported) -> None:
        self.avatar_imported.emit(str(imported.path))
        if self._dialog is not None:
            self._dialog.show_imported(imported)
