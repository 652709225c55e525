"""ProjectGate: who has a project open, whether it may be written, what becomes of damaged ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.dialogs.project_questions import ask_in_use, ask_lost, ask_rescue
from app.handlers.file_job import FileJob
from avatar_core.errors import AssetError
from avatar_core.io.packed_projects import fetch_files, is_to_be_fetched
from avatar_core.io.project_lock import (
    HEARTBEAT_S,
    LockState,
    ProjectLock,
    is_read_only,
    lock_path,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QMessageBox

    from app.handlers.context import StudioContext
    from app.handlers.documents import DocumentHandler
    from app.workers.tasks import TaskContext
    from avatar_core.errors import AvatarError
    from avatar_core.io.project_rescue import RescuedProject


class ProjectGate(QObject):
    """Keeps two studios from overwriting one another's work.

    The open project is locked by a file beside it. Where that cannot be, nothing is kept from
    anyone, and that is said once for each folder.

    Args:
        context: the document.
        documents: opens and saves; it asks here first.
    """

    def __init__(self, context: StudioContext, documents: DocumentHandler) -> None:
        super().__init__(context.window)
        self._context = context
        self._documents = documents
        self._lock: ProjectLock | None = None
        self._taken_over: Path | None = None
        self._told: set[Path] = set()
        self._has_told_loss = False
        self._question: QMessageBox | None = None
        self.job = FileJob(context, "The project's files")
        self._timer = QTimer(self, interval=round(1000 * HEARTBEAT_S))
        self._timer.timeout.connect(self.look)
        documents.gate = self
        documents.saving_changed.connect(lambda _is_saving: self._follow())
        context.events.replaced.connect(self._follow)

    @property
    def question(self) -> QMessageBox | None:
        """The question that is open, if any."""
        return self._question

    @property
    def lock(self) -> ProjectLock | None:
        """That of the open project; None while it has no file."""
        return self._lock

    def shutdown(self) -> None:
        """Give the project back."""
        self._timer.stop()
        self.job.shutdown()
        if self._question is not None:
            self._question.reject()
        self._let_go()

    # opening

    def enter(self, path: Path, go_on: Callable[[bool], object]) -> None:
        """Open a project once that is settled with the studio that has it.

        Args:
            path: the project.
            go_on: opens it; gets whether as a copy.
        """
        holder = None if self._is_ours(path) else ProjectLock(path).holder()
        if holder is None:
            self._fetch(path, lambda: go_on(False))
            return

        def take_over() -> None:
            self._taken_over = path
            self._fetch(path, lambda: go_on(False))

        self._ask(
            ask_in_use(
                self._context.window,
                path.name,
                holder.words,
                lambda: self._fetch(path, lambda: go_on(True)),
                take_over,
            )
        )

    def offer_rescue(self, path: Path, error: AvatarError) -> None:
        """A project is damaged: ask whether to open what can be saved."""
        window, rescue = self._context.window, lambda: self._rescue(path)
        self._ask(ask_rescue(window, path.name, error.message, rescue))

    # saving

    def may_write(self, path: Path, save_as: Callable[[], object]) -> bool:
        """Whether a project may be written now; else it is said why, and `save_as` offered."""
        if self._is_ours(path):
            assert self._lock is not None
            is_taken = self._lock.beat() is LockState.TAKEN
            lock = ProjectLock(path)
        else:
            lock = ProjectLock(path)
            is_taken = lock.holder() is not None
        if is_taken:
            holder = lock.holder()
            who = "somebody" if holder is None else holder.words
            self._ask(ask_lost(self._context.window, path.name, who, save_as))
            return False
        if is_read_only(path.parent):
            self._context.toast.show_error(
                f"{path.parent} cannot be written to.", "Choose another place for the project."
            )
            save_as()
            return False
        return True

    def guard_of(self, path: Path) -> Callable[[], object] | None:
        """What refuses, on any thread, to put a finished save over one that was taken over."""
        lock = self._lock
        if lock is None or not self._is_ours(path):
            return None

        def refuse() -> None:
            if not lock.is_still_ours():
                raise AssetError(
                    f"{path.name} was not saved, because another studio has just taken it over.",
                    "Save your work under another name.",
                )

        return refuse

    def look(self) -> None:
        """Say that this studio is still there; tell once when another has taken over."""
        if self._lock is None or self._lock.beat() is not LockState.TAKEN or self._has_told_loss:
            return
        self._has_told_loss = True
        holder = ProjectLock(self._lock.project).holder()
        who = "" if holder is None else f" ({holder.words})"
        self._context.toast.show_error(
            f"{self._lock.project.name} was taken over by another studio{who}.",
            "Save your work under another name.",
        )

    # within

    def _is_ours(self, path: Path) -> bool:
        return self._lock is not None and lock_path(self._lock.project) == lock_path(path)

    def _follow(self) -> None:
        """Lock what is open now, and nothing else."""
        path = self._context.session.path
        taken_over, self._taken_over = self._taken_over, None
        if path is not None and self._is_ours(path) and taken_over is None:
            return
        self._let_go()
        if path is None:
            return
        self._lock = ProjectLock(path)
        self._has_told_loss = False
        self._lock.acquire(take_over=taken_over is not None and taken_over == path)
        if self._lock.state is LockState.IMPOSSIBLE and path.parent not in self._told:
            self._told.add(path.parent)
            self._tell_unlocked(path.parent)
        self._timer.start()

    def _let_go(self) -> None:
        lock, self._lock = self._lock, None
        self._timer.stop()
        if lock is not None:
            lock.release()

    def _tell_unlocked(self, folder: Path) -> None:
        if is_read_only(folder):
            self._context.toast.show_note(
                f"{folder} cannot be written to.", "Saving will ask for another place."
            )
        else:
            self._context.toast.show_note(
                f"{folder} keeps no locks.",
                "Take care that nobody else saves this project at the same time.",
            )

    def _fetch(self, path: Path, then: Callable[[], object]) -> None:
        """Copy what is packed in a project to where it can be opened, with progress."""
        if not is_to_be_fetched(path):
            then()
            return

        def work(task: TaskContext) -> None:
            fetch_files(path, task.step)

        self.job.run(f"Opening {path.name}", work, lambda _result: then())

    def _rescue(self, path: Path) -> None:
        folder = path.parent
        if is_read_only(folder):
            folder = Path(self._context.preferences.values.projects_folder)

        def work(task: TaskContext) -> tuple[Path, RescuedProject]:
            from avatar_core.io.project_rescue import repair_project, repaired_name

            task.step(0.0, f"Saving what can be saved of {path.name}")
            folder.mkdir(parents=True, exist_ok=True)
            out = repaired_name(folder / path.name)
            return out, repair_project(path, out, task.step)

        self.job.run(f"Opening {path.name}", work, self._rescued)

    def _rescued(self, result: tuple[Path, RescuedProject]) -> None:
        from app.dialogs.losses import LossesDialog

        out, rescued = result
        self._documents.open(out)
        LossesDialog(out, rescued.losses, self._context.window).open()

    def _ask(self, box: QMessageBox) -> None:
        if self._question is not None:
            self._question.reject()
        self._question = box
        box.finished.connect(lambda _result: self._forget(box))

    def _forget(self, box: QMessageBox) -> None:
        if self._question is box:
            self._question = None
