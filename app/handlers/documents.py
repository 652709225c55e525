"""New, open, save, close: the project as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QMenu, QMessageBox

from app.dialogs.files import PROJECT, ask_open, ask_save
from app.recent import RecentFiles
from app.workers.saver import Saver
from avatar_core.errors import AvatarError, NewerFormatError, ProjectFormatError
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from avatar_core.commands.saving import Saving
    from avatar_core.project import Project

_Button = QMessageBox.StandardButton
_CLIP_MS = 50
"""Between looks at whether a clip that was recorded is whole."""


class Gate(Protocol):
    """Who else has a project, and what becomes of a damaged one; see `ProjectGate`."""

    def enter(self, path: Path, go_on: Callable[[bool], object]) -> None: ...
    def offer_rescue(self, path: Path, error: AvatarError) -> None: ...
    def may_write(self, path: Path, save_as: Callable[[], object]) -> bool: ...
    def guard_of(self, path: Path) -> Callable[[], object] | None: ...


class DocumentHandler(QObject):
    """Keeps anyone from losing work: whatever would drop unsaved edits asks first.

    Projects are written in the background. Editing goes on; another save, another project and the
    end of the program wait until that is done.
    """

    about_to_save = Signal()
    """View state that belongs into the project is to be put into the session now."""
    state_changed = Signal(str, bool)
    """Title of the project, and whether it has unsaved edits."""
    saving_changed = Signal(bool)
    """Whether the project is being written."""

    def __init__(self, context: StudioContext) -> None:
        super().__init__(context.window)
        self._context = context
        self.gate: Gate | None = None
        """Asked before a project is opened or written; everything is allowed without one."""
        self._question: QMessageBox | None = None
        self.saver = Saver(self)
        self.saver.written.connect(self._saved)
        self.saver.failed.connect(self._not_saved)
        self._saving: Saving | None = None
        self._after: list[Callable[[], object]] = []
        self._then: Callable[[], object] | None = None
        self.end_recording: Callable[[], bool] = lambda: False
        """Keeps what is being recorded; says whether some of it comes only later."""
        self._recent = RecentFiles(context.preferences)
        self.recent_menu = QMenu("Open re&cent", context.window)
        self.recent_menu.aboutToShow.connect(self._fill_recent)
        actions = context.actions
        actions["file.new"].triggered.connect(self.new)
        actions["file.open"].triggered.connect(self.ask_open)
        actions["file.save"].triggered.connect(lambda: self.save())
        actions["file.save_as"].triggered.connect(lambda: self.save_as())
        context.events.changed.connect(lambda _change: self.announce())
        context.events.replaced.connect(self.announce)

    @property
    def question(self) -> QMessageBox | None:
        """The question about unsaved edits that is open, if any."""
        return self._question

    @property
    def is_saving(self) -> bool:
        """Whether the project is being written."""
        return self._saving is not None

    def shutdown(self) -> None:
        """Wait until everything is written."""
        self.saver.shutdown()

    def announce(self) -> None:
        session = self._context.session
        self.state_changed.emit(session.title, session.dirty)

    # opening

    def new(self) -> None:
        self.when_kept(self._context.session.new)

    def open_demo(self) -> None:
        """Open the bundled project as one that has no file yet."""
        session = self._context.session
        try:
            session.open(resource_path("demo", "demo.studio"), as_copy=True)
        except AvatarError as error:
            session.new()
            self._context.toast.show_error(error.message, error.hint)

    def ask_open(self) -> None:
        folder = self._context.preferences.values.projects_folder
        ask_open(self._context.window, "Open project", folder, PROJECT, self.open)

    def open(self, path: Path) -> None:
        """Open a project once the present one is safe."""
        self.when_kept(lambda: self._open(path))

    def open_copy(self, path: Path) -> None:
        """Open a file as a project that has none yet, once the present one is safe."""
        session, attempt = self._context.session, self._context.errors.attempt
        self.when_kept(lambda: attempt(lambda: session.open(path, as_copy=True)))

    def _open(self, path: Path) -> None:
        if self.gate is None:
            self._enter(path)
        else:
            self.gate.enter(path, lambda as_copy: self._enter(path, as_copy))

    def _enter(self, path: Path, as_copy: bool = False) -> None:
        try:
            self._context.session.open(path, as_copy=as_copy)
        except AvatarError as error:
            is_damaged = isinstance(error, ProjectFormatError)
            if self.gate is not None and is_damaged and not isinstance(error, NewerFormatError):
                self.gate.offer_rescue(path, error)
            else:
                self._context.errors.show(error)
        else:
            self._recent.add(path)

    # saving

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Save, asking where to if the project has no file yet; `then` follows only success."""
        path = self._context.session.path
        if path is None:
            self.save_as(then)
        else:
            self._save(path, then)

    def save_as(self, then: Callable[[], object] | None = None) -> None:
        session = self._context.session
        folder = session.path.parent if session.path else self._projects_folder()
        suggestion = folder / f"{session.title}.studio"
        ask_save(
            self._context.window,
            "Save project",
            suggestion,
            PROJECT,
            lambda path: self._save(path, then),
        )

    def _save(self, path: Path, then: Callable[[], object] | None) -> None:
        if self._saving is not None:
            project = self._context.project
            self._after.append(lambda: self._save_if_open(project, path, then))
            return
        if self.gate is not None and not self.gate.may_write(path, lambda: self.save_as(then)):
            return
        self.about_to_save.emit()
        self._saving, self._then = self._context.session.begin_save(path), then
        self._saving.guard = None if self.gate is None else self.gate.guard_of(path)
        self.saving_changed.emit(True)
        self.saver.write(self._saving)

    def _save_if_open(
        self, project: Project, path: Path, then: Callable[[], object] | None
    ) -> None:
        """A save that had to wait; whatever was opened meanwhile does not go over that file."""
        if self._context.project is project:
            self._save(path, then)

    def _saved(self, saving: Saving) -> None:
        if saving is not self._saving:
            return
        self._context.session.finish_save(saving)
        self._recent.add(saving.path)
        self._context.toast.show_note(f"Saved {saving.path.name}.")
        self._end_saving(self._then)

    def _not_saved(self, saving: Saving, error: AvatarError) -> None:
        if saving is not self._saving:
            return
        self._context.session.fail_save(saving)
        self._context.errors.show(error)
        self._end_saving(None)

    def _end_saving(self, then: Callable[[], object] | None) -> None:
        self._saving = self._then = None
        self.saving_changed.emit(False)
        self.announce()
        waiting, self._after = self._after, []
        for each in (*waiting, then):
            if each is not None:
                each()

    def _projects_folder(self) -> Path:
        folder = Path(self._context.preferences.values.projects_folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return Path.home()
        return folder

    # unsaved edits

    def when_kept(self, go_on: Callable[[], object]) -> None:
        """Go on at once when nothing can be lost; else ask, and go on when the answer allows.

        What is being recorded ends before, and belongs to the document that it was recorded in.
        """
        if self._question is not None:
            self._question.raise_()
            return
        if self.end_recording():
            QTimer.singleShot(_CLIP_MS, self, lambda: self.when_kept(go_on))
            return
        if self._saving is not None:
            self._after.append(lambda: self.when_kept(go_on))
            return
        if not self._context.session.dirty:
            go_on()
            return
        title = self._context.session.title
        box = QMessageBox(self._context.window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)  # names of files are no mark-up
        box.setWindowTitle("Unsaved changes")
        box.setText(f"Save the changes to “{title}”?")
        box.setInformativeText("They are lost if you do not save them.")
        box.setStandardButtons(_Button.Save | _Button.Discard | _Button.Cancel)
        box.setDefaultButton(_Button.Save)
        box.finished.connect(lambda button: self._answered(_Button(button), go_on))
        self._question = box
        box.open()

    def _answered(self, button: QMessageBox.StandardButton, go_on: Callable[[], object]) -> None:
        self._question = None
        if button == _Button.Save:
            self.save(lambda: self.when_kept(go_on))  # edits made meanwhile are not in the file
        elif button == _Button.Discard:
            go_on()

    # recent files

    def _fill_recent(self) -> None:
        self.recent_menu.clear()
        for path in self._recent.paths():
            entry = self.recent_menu.addAction(path.name)
            entry.setToolTip(str(path))
            entry.triggered.connect(lambda _checked=False, path=path: self.open(path))
        self.recent_menu.addSeparator()
        demo = self.recent_menu.addAction("Demo project")
        demo.triggered.connect(lambda: self.when_kept(self.open_demo))
        clear = self.recent_menu.addAction("Clear list", self._recent.clear)
        clear.setEnabled(bool(self._recent.paths()))
