"""Speech models of the user's own, and takes made of sound files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from app.dialogs.files import SOUND, FileKind, ask_open
from app.widgets.buttons import menu_button
from app.widgets.job_progress import JobProgress
from app.workers.speech_files import import_speech_file, speech_words, take_of_sound
from app.workers.tasks import TaskRunner
from avatar_core.commands import AddTake, SetActiveTake

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.context import StudioContext
    from app.panels.mixer import MixerPanel
    from app.workers.tasks import TaskContext
    from avatar_core.errors import AvatarError
    from avatar_core.exchange.speech_import import ImportedSpeech
    from avatar_core.motion import Take

SPEECH = FileKind("Speech model or Whisper model", ("npz", "safetensors", "pt", "bin"))

_MODEL, _BUNDLED, _TAKE = "perform.speech_model", "perform.bundled_speech", "perform.take_of_sound"
_MENU = "Speech model: which one speaks, and takes from sound files"


class SpeechFilesHandler(QObject):
    """One job at a time, with progress that can be cancelled.

    Args:
        context: the document.
        panel: its section on speech says which model speaks, and offers others.
    """

    model_changed = Signal()
    """Another model speaks from now on."""

    def __init__(self, context: StudioContext, panel: MixerPanel) -> None:
        super().__init__(context.window)
        self._context = context
        self._words = panel.speech.words
        self._usual_words = self._words.text()
        self._progress: JobProgress | None = None
        self._import = self._runner("The import", self._imported)
        self._sound = self._runner("The sound", self._spoken)
        self._look = TaskRunner("The speech models", self)
        self._look.finished.connect(self._show_words)
        context.events.replaced.connect(self._leave_document)
        actions = context.actions
        actions[_MODEL].triggered.connect(self.ask_model)
        actions[_BUNDLED].triggered.connect(self.use_bundled)
        actions[_TAKE].triggered.connect(self.ask_sound)
        menu = QMenu(panel)
        menu.setToolTipsVisible(True)
        menu.addActions([actions[each] for each in (_MODEL, _BUNDLED, _TAKE)])
        panel.sections["speech"].add_button(menu_button("microphone", _MENU, menu))

    @property
    def progress(self) -> JobProgress | None:
        """The dialog of the job that runs, if any."""
        return self._progress

    def refresh(self) -> None:
        """Say which model speaks."""
        from avatar_core.io.speech_files import user_speech_path

        if user_speech_path().is_file():
            self._look.start(lambda _task: speech_words())
        else:
            self._look.stop()  # what it found is no longer so
            self._show_words("")

    def ask_model(self) -> None:
        """Ask for a speech model or a Whisper model."""
        folder = Path.home()
        ask_open(self._context.window, "Import speech model", folder, SPEECH, self.import_model)

    def import_model(self, path: Path) -> None:
        """Make a file part of the studio, in the background."""
        self._begin(self._import, "Import", path, lambda task: import_speech_file(path, task))

    def use_bundled(self) -> None:
        """Go back to the studio's own model."""
        from avatar_core.io.speech_files import forget_user_speech

        if self._context.errors.attempt(forget_user_speech):
            self._context.toast.show_note("The studio's own speech model speaks.")
            self.model_changed.emit()
        self.refresh()

    def ask_sound(self) -> None:
        """Ask for a sound file to make a take of."""
        folder = self._context.preferences.values.recordings_folder
        ask_open(self._context.window, "Take from sound", folder, SOUND, self.speak)

    def speak(self, path: Path) -> None:
        """Make a take of what is said in a file, in the background."""
        style = self._context.project.mixer.speech
        self._begin(self._sound, "Take from sound", path, lambda t: take_of_sound(path, style, t))

    def shutdown(self) -> None:
        """Stop what runs."""
        self._end_progress()
        for runner in (self._import, self._sound, self._look):
            runner.shutdown()

    def _runner(self, name: str, done: Callable[[Any], None]) -> TaskRunner:
        runner = TaskRunner(name, self)
        runner.progressed.connect(self._show_progress)
        runner.finished.connect(done)
        runner.failed.connect(self._failed)
        return runner

    def _begin(
        self, runner: TaskRunner, title: str, path: Path, job: Callable[[TaskContext], object]
    ) -> None:
        for other in (self._import, self._sound):
            other.stop()
        self._end_progress()
        self._progress = JobProgress(title, path.name, self._cancel, self._context.window)
        runner.start(job)

    def _show_progress(self, fraction: float, text: str) -> None:
        if self._progress is not None:
            self._progress.show_progress(fraction, f"{text} …")

    def _cancel(self) -> None:
        self._import.stop()
        self._sound.stop()
        self._end_progress()

    def _leave_document(self) -> None:
        """A take belongs to the document that it was asked for in; a model belongs to none."""
        if self._sound.is_running:
            self._cancel()

    def _end_progress(self) -> None:
        dialog, self._progress = self._progress, None
        if dialog is not None:
            dialog.end()

    def _imported(self, made: ImportedSpeech) -> None:
        self._end_progress()
        self._context.toast.show_note(f"The {made.part} is imported: {made.title}.", made.note)
        self.model_changed.emit()
        self.refresh()

    def _spoken(self, take: Take) -> None:
        self._end_progress()
        session, project = self._context.session, self._context.project

        def add() -> None:
            with session.gesture(f"Take from {take.name}"):
                command = AddTake.of(project, take)
                session.push(command)
                session.push(SetActiveTake.of(project, command.take.id))

        if self._context.errors.attempt(add):
            self._context.toast.show_note(f"{take.name} is a take now; Space plays it.")

    def _failed(self, error: AvatarError) -> None:
        self._end_progress()
        self._context.errors.show(error)

    def _show_words(self, words: str) -> None:
        self._words.setText(words or self._usual_words)
