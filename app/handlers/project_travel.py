"""Packing the project to hand it on, and giving a packed one files of its own again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.dialogs.files import PROJECT, ask_folder, ask_save
from app.dialogs.project_questions import ask_incomplete
from app.handlers.file_job import FileJob
from avatar_core.io.packed_projects import pack_project, present_and_absent, unpack_project
from avatar_core.io.project_file import SavedProject

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

    from app.handlers.context import StudioContext
    from app.handlers.documents import DocumentHandler
    from app.workers.tasks import TaskContext
    from avatar_core.io.packed_projects import Packed

_FOLDER = "pack_folder"


class ProjectTravelHandler(QObject):
    """File, Pack project and Unpack project.

    Args:
        context: the document.
        documents: opens what was unpacked.
    """

    find_wanted = Signal()
    """Missing files are to be found before packing."""

    def __init__(self, context: StudioContext, documents: DocumentHandler) -> None:
        super().__init__(context.window)
        self._context = context
        self._documents = documents
        self._question: QMessageBox | None = None
        self.job = FileJob(context, "Packing")
        context.actions["file.pack"].triggered.connect(self.ask_pack)
        context.actions["file.unpack"].triggered.connect(self.ask_unpack)
        context.events.replaced.connect(self.refresh)
        documents.saving_changed.connect(lambda _is_saving: self.refresh())
        self.refresh()

    @property
    def question(self) -> QMessageBox | None:
        """The question that is open, if any."""
        return self._question

    def refresh(self) -> None:
        """Only a packed project that has a file can be unpacked."""
        session = self._context.session
        is_packed = session.files.is_packed and session.path is not None
        self._context.actions["file.unpack"].setEnabled(is_packed)

    def shutdown(self) -> None:
        """Stop; what was begun is removed."""
        if self._question is not None:
            self._question.reject()
        self.job.shutdown()

    def ask_pack(self) -> None:
        """Ask where to; first about files that are missing."""
        _, absent = present_and_absent(self._context.project)
        if not absent:
            self._ask_where()
            return
        box = self._question = ask_incomplete(
            self._context.window,
            [Path(slot.path).name for slot in absent],
            self._ask_where,
            self.find_wanted.emit,
        )
        box.finished.connect(self._forget)

    def pack(self, out: Path) -> None:
        """Write the project as it is now, with all its files, into one file."""
        session = self._context.session
        if out == session.path:
            self._context.toast.show_error(
                "The open project is not packed over itself.",
                "Choose another name, or save the packed project and open it.",
            )
            return
        self._context.preferences.remember(_FOLDER, str(out.parent))
        self._documents.about_to_save.emit()
        saved = SavedProject(session.project.copy(), dict(session.view_state), session.files)

        def work(task: TaskContext) -> Packed:
            return pack_project(saved, out, task.step)

        self.job.run(f"Packing {out.name}", work, self._packed)

    def ask_unpack(self) -> None:
        """Ask where to, once everything is saved."""
        self._documents.when_kept(self._ask_unpack)

    def unpack(self, folder: Path) -> None:
        """Write the files of the open project into a folder, and go on working there."""
        path = self._context.session.path
        if path is None:
            return

        def work(task: TaskContext) -> Packed:
            return unpack_project(path, folder, task.step)

        self.job.run(f"Unpacking {path.name}", work, self._unpacked)

    def _ask_where(self) -> None:
        session = self._context.session
        known = self._context.preferences.remembered(_FOLDER)
        folder = Path(known or (session.path.parent if session.path else Path.home()))
        suggestion = folder / f"{session.title} packed.studio"
        ask_save(self._context.window, "Pack project", suggestion, PROJECT, self.pack)

    def _ask_unpack(self) -> None:
        path = self._context.session.path
        if path is not None:
            title = "Unpack project into folder"
            ask_folder(self._context.window, title, path.parent, self.unpack)

    def _packed(self, packed: Packed) -> None:
        count = len(packed.files)
        word = "file" if count == 1 else "files"
        self._context.toast.show_note(
            f"Packed {packed.path.name}: {count} {word}, {packed.nbytes / 1e6:.1f} MB.",
            "It opens anywhere. What comes with the studio is named, not packed.",
        )

    def _unpacked(self, packed: Packed) -> None:
        self._documents.open(packed.path)
        self._context.toast.show_note(
            f"Unpacked {len(packed.files)} files beside {packed.path.name}."
        )

    def _forget(self) -> None:
        self._question = None
