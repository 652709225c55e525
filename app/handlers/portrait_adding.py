"""Adding portraits: files are asked for, read in the background, and put into the project."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.dialogs.files import PORTRAIT, PORTRAIT_SOURCE, ask_open
from app.library import image_of
from app.widgets.job_progress import JobProgress
from app.workers.portrait_maker import FoundFaces, MadePortrait, PortraitMaker, portraits_folder
from app.workers.tasks import TaskRunner
from avatar_core.project import is_bundled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.dialogs.face_picker import FacePicker
    from app.handlers.context import StudioContext
    from app.workers.tasks import TaskContext
    from avatar_core.errors import AvatarError

_FOLDER = "portrait_pictures_folder"


class PortraitAdder(QObject):
    """One picture after the other becomes a portrait; each is a step of its own.

    Args:
        context: the document.
        maker: reads pictures; one that saves among the user's own portraits when left out.
    """

    added = Signal(str)
    """Id of a portrait that has come into the project."""
    saved = Signal(str)
    """The file of a portrait that was not there before."""

    def __init__(self, context: StudioContext, maker: PortraitMaker | None = None) -> None:
        super().__init__(context.window)
        self._context = context
        self._maker = maker or PortraitMaker(portraits_folder())
        self._waiting: deque[str] = deque()
        self._picker: FacePicker | None = None
        self._progress: JobProgress | None = None
        self._reading = ""
        self._runner = TaskRunner("The portrait", self)
        self._runner.progressed.connect(self._show_progress)
        self._runner.finished.connect(self._go_on)
        self._runner.failed.connect(self._failed)
        self._runner.cancelled.connect(self._end_progress)
        context.actions["portrait.add"].triggered.connect(self.ask)
        context.events.replaced.connect(self._leave_document)

    @property
    def picker(self) -> FacePicker | None:
        """The question which face is meant, while it is open."""
        return self._picker

    @property
    def progress(self) -> JobProgress | None:
        """What shows how far it is, while anything is read."""
        return self._progress

    def ask(self) -> None:
        """Ask for a picture or a portrait."""
        preferences = self._context.preferences
        folder = str(preferences.remembered(_FOLDER) or preferences.values.projects_folder)
        ask_open(self._context.window, "Add portrait", folder, PORTRAIT_SOURCE, self._take)

    def add(self, paths: Sequence[Path]) -> None:
        """Add pictures and `.portrait` files, one after the other."""
        self._waiting.extend(str(path) for path in paths)
        self._next()

    def use(self, reference: str) -> None:
        """Add a portrait that is there: `demo:NAME` or the path of a `.portrait` file."""
        self._waiting.append(reference)
        self._next()

    def shutdown(self) -> None:
        """Stop, and close what is open."""
        self._waiting.clear()
        self._end_progress()
        if self._picker is not None:
            self._picker.reject()
        self._runner.shutdown()

    def _take(self, path: Path) -> None:
        self._context.preferences.remember(_FOLDER, str(path.parent))
        self.add([path])

    def _next(self) -> None:
        if self._runner.is_running or self._picker is not None or not self._waiting:
            return
        item = self._waiting.popleft()
        if is_bundled(item) or PORTRAIT.matches(Path(item)):
            self._runner.start(lambda task: self._load(item, task))
            return
        self._begin_progress(Path(item).name)
        self._runner.start(lambda task: self._maker.look(Path(item), task))

    def _load(self, reference: str, task: TaskContext) -> str:
        """Read a portrait, so that it is at hand when the window asks for it."""
        task.step(0.0)
        self._context.session.portraits.load(reference)
        return reference

    def _go_on(self, result: str | FoundFaces | MadePortrait) -> None:
        if isinstance(result, FoundFaces):
            self._pick(result)
            return
        self._end_progress()
        if isinstance(result, MadePortrait):
            self.saved.emit(str(result.path))
            self._use(str(result.path), result)
        else:
            self._use(result)
        self._next()

    def _pick(self, found: FoundFaces) -> None:
        if len(found.boxes) == 1:
            self._make(found, 0)
            return
        from app.dialogs.face_picker import FacePicker

        self._end_progress()
        self._picker = FacePicker(image_of(found.picture), found.boxes, self._context.window)
        self._picker.face_chosen.connect(lambda face: self._make(found, face))
        self._picker.finished.connect(lambda _answer: self._picked())
        self._picker.open()

    def _picked(self) -> None:
        self._picker = None
        self._next()

    def _make(self, found: FoundFaces, face: int) -> None:
        if self._progress is None:
            self._begin_progress(found.source.name)
        self._runner.start(lambda task: self._maker.make(found, face, task))

    def _use(self, reference: str, made: MadePortrait | None = None) -> None:
        context, ids = self._context, list[str]()
        if not context.errors.attempt(lambda: ids.append(context.session.use_portrait(reference))):
            return
        self.added.emit(ids[0])
        if made is not None and made.notices:
            context.toast.show_note(f"{made.name} performs now.", " ".join(made.notices))

    def _failed(self, error: AvatarError) -> None:
        self._end_progress()
        self._context.errors.show(error)
        self._next()

    # progress

    def _begin_progress(self, name: str) -> None:
        self._end_progress()
        self._reading = name
        self._progress = JobProgress(
            "Add portrait", f"Reading {name}", self._cancel, self._context.window
        )

    def _show_progress(self, fraction: float, text: str) -> None:
        if self._progress is not None:
            words = f"Reading {self._reading}\n{text} …".removesuffix("\n …")
            self._progress.show_progress(fraction, words)

    def _leave_document(self) -> None:
        """A portrait belongs to the document that it was asked for in."""
        self._cancel()
        if self._picker is not None:
            self._picker.reject()

    def _cancel(self) -> None:
        self._waiting.clear()
        self._runner.stop()

    def _end_progress(self) -> None:
        dialog, self._progress = self._progress, None
        if dialog is not None:
            dialog.end()
