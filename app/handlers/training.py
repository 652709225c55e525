"""Training: what is asked for, the run in its own process, what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from app.dialogs.files import ask_folder
from app.dialogs.stop_training import AfterStop, ask_stop
from app.handlers.delivery import AvatarDelivery
from app.handlers.run_folders import FolderState, look_at_folder, proposed_folder
from app.panels.training import RunState
from app.workers.training_process import SEED, RunEnd, TrainingProcess, TrainingRequest
from avatar_core.io.flame_sources import flame_folder
from avatar_core.training.run_events import FinishedTold, PreviewTold, StepTold
from avatar_core.training.run_record import (
    PREVIEW,
    discard_run,
    holds_run,
    read_losses,
    read_previews,
    read_record,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

    from app.handlers.context import StudioContext
    from app.library import LibraryEntry
    from app.panels.losses import LossesPanel
    from app.panels.training import TrainingPanel
    from app.panels.training_preview import TrainingPreviewPanel
    from app.workers.capture_review import CaptureContents
    from avatar_core.errors import AvatarError
    from avatar_core.training.run_events import RunEvent

_LAST = "training"
_PAUSED = "Paused. What is learnt is kept; resuming takes some seconds."
_LOCKED = (RunState.STARTING, RunState.RUNNING, RunState.STOPPING, RunState.PAUSED)


class TrainingHandler(QObject):
    """One run at a time, in a process of its own; closing the window keeps what it has reached.

    Args:
        context: the document.
        panel, losses, preview: what shows the run.
        process: does it.
    """

    delivered = Signal(object)
    """A `LibraryEntry`: an avatar that was finished and copied among the user's own."""
    stage_requested = Signal(str)
    """The file of an avatar that the user wants on the stage."""
    flame_chosen = Signal(object)
    """Path of the folder with the user's FLAME files."""
    capture_wanted = Signal(object)
    """Path of the capture that a chosen run learns from."""

    def __init__(
        self,
        context: StudioContext,
        panel: TrainingPanel,
        losses: LossesPanel,
        preview: TrainingPreviewPanel,
        process: TrainingProcess | None = None,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._panel = panel
        self._losses = losses
        self._preview = preview
        self._process = process or TrainingProcess(self)
        self._contents: CaptureContents | None = None
        self._wanted: TrainingRequest | None = None
        self._after = AfterStop.PAUSE
        self._avatar: Path | None = None
        self._shown: Path | None = None
        self._question: QMessageBox | None = None
        self._delivery = AvatarDelivery(context)
        self._delivery.delivered.connect(self._delivered)
        self._delivery.stage_requested.connect(self.stage_requested)
        self._delivery.failed.connect(self._delivery_failed)
        self._process.told.connect(self._hear)
        self._process.ended.connect(self._ended)
        self._connect_panel()
        self._connect_actions()
        self._refresh_folder()

    @property
    def question(self) -> QMessageBox | None:
        """The question what becomes of the run, if it is open."""
        return self._question

    @property
    def is_running(self) -> bool:
        return self._process.is_running

    # what is trained

    def restore(self) -> None:
        """Fill in the run of last time."""
        kept = self._context.preferences.remembered(_LAST)
        if isinstance(kept, dict) and self._panel.state not in _LOCKED:
            known = {key: str(kept[key]) for key in ("preset", "device", "folder") if key in kept}
            self._panel.fill_in(**known)
            self._refresh_folder()

    def show_capture(self, contents: CaptureContents | None) -> None:
        """Train from this capture; a run that is going on stays as it is."""
        self._contents = contents
        if self._panel.state in _LOCKED:
            return
        if contents is not None:
            self._panel.ask_flame(is_needed=contents.needs_flame)
            self._propose(contents)
        self._refresh_folder()

    def open_run(self, folder: Path) -> None:
        """Take up the run in a folder, and its capture."""
        if self._panel.state in _LOCKED:
            self._context.toast.show_error(
                "A run is going on.", "Pause and cancel it before another one is taken up."
            )
            return
        self._panel.fill_in(folder=str(folder))
        record = read_record(folder)
        now = None if self._contents is None else self._contents.folder.absolute()
        if record is not None and now != Path(record.capture):
            self.capture_wanted.emit(Path(record.capture))
        self._refresh_folder()

    def _propose(self, contents: CaptureContents) -> None:
        """A name and a folder for a capture, unless the folder's run is of this capture."""
        record = read_record(Path(self._panel.choices.folder or "."))
        if record is not None and Path(record.capture) == contents.folder.absolute():
            return
        name = contents.folder.name.capitalize()
        projects = Path(self._context.preferences.values.projects_folder)
        self._panel.fill_in(name=name, folder=str(proposed_folder(projects, name)))

    def _refresh_folder(self) -> None:
        """Look again at what lies in the chosen folder."""
        state = self._folder_state()
        if state.record is not None:
            self._panel.fill_in(name=state.record.name, preset=state.record.preset)
        self._panel.show_folder(
            state.words, may_start=state.may_start, resumes=state.resumes, warns=state.warns
        )
        self._avatar = state.avatar
        self._panel.offer_avatar(
            state.record.name if state.avatar is not None and state.record is not None else ""
        )
        self._show_run(Path(self._panel.choices.folder))
        self._show_actions()

    def _folder_state(self) -> FolderState:
        return look_at_folder(self._panel.choices.folder, self._contents)

    def _show_run(self, folder: Path) -> None:
        """Curves and preview of the run in a folder; looked up once for each folder."""
        if folder == self._shown:
            return
        self._shown = folder
        previews = read_previews(folder)
        self._losses.show_run(read_losses(folder), previews)
        self._preview.show_run(folder / PREVIEW, previews)

    # asking

    def start(self) -> None:
        """Begin a run, or go on with the one in the folder."""
        if self._panel.state is RunState.PAUSED and self._wanted is not None:
            self._run(self._wanted)
            return
        state, contents, choices = self._folder_state(), self._contents, self._panel.choices
        if self._process.is_running or contents is None or not state.may_start:
            return
        folder = Path(choices.folder)
        self._remember()
        self._run(
            TrainingRequest(
                capture=contents.folder.absolute(),
                folder=folder.absolute(),
                name=choices.name or contents.folder.name.capitalize(),
                preset=choices.preset if state.record is None else state.record.preset,
                seed=SEED if state.record is None else state.record.seed,
                device=choices.device,
                threads=self._context.preferences.values.threads,
                flame=self._flame(contents),
            )
        )

    def pause(self) -> None:
        """End the process with a checkpoint; the run stays open."""
        if self._process.is_running:
            self._stop(AfterStop.PAUSE, "Pausing: the step is finished and kept …")

    def cancel(self) -> None:
        """Ask what becomes of the run."""
        if self._question is not None or self._wanted is None:
            return
        if self._panel.state not in _LOCKED:
            return
        record = read_record(self._wanted.folder)
        reached = "nothing yet" if record is None else f"{record.step:,} steps"
        box = ask_stop(self._context.window, self._wanted.name, reached, self._cancelled)
        box.finished.connect(self._forget_question)
        self._question = box

    def shutdown(self) -> None:
        """End the run with a checkpoint."""
        if self._question is not None:
            self._question.close()
        self._delivery.shutdown()
        self._process.shutdown()

    def _run(self, wanted: TrainingRequest) -> None:
        resumes = holds_run(wanted.folder)
        wanted = self._wanted = replace(wanted, resume=resumes)
        self._avatar = None
        self._panel.offer_avatar("")
        self._shown = None
        if resumes:
            self._show_run(wanted.folder)
        else:
            self._losses.show_run({}, ())
            self._preview.clear()
        said = "Resuming: networks and pictures are loaded …" if resumes else "Starting …"
        self._show_state(RunState.STARTING, said)
        self._process.start(wanted)

    def _stop(self, after: AfterStop, words: str) -> None:
        self._after = after
        self._show_state(RunState.STOPPING, words)
        self._process.stop()

    def _cancelled(self, after: AfterStop) -> None:
        if self._process.is_running:
            self._stop(after, "Stopping: the step is finished and kept …")
        elif self._panel.state is RunState.PAUSED:
            self._after = after
            self._stopped()

    # hearing

    def _hear(self, event: RunEvent) -> None:
        if isinstance(event, StepTold):
            if self._panel.state is RunState.STARTING:
                self._show_state(RunState.RUNNING)
            self._panel.show_step(event)
            self._losses.append(event)
        elif isinstance(event, PreviewTold):
            self._preview.show_preview(Path(event.path), event.note)
            self._losses.append_preview(event.note)
        elif isinstance(event, FinishedTold):
            self._panel.show_progress(1, 1)

    def _ended(self, end: RunEnd) -> None:
        if self._question is not None:
            self._question.close()
        self._losses.redraw()
        if end.avatar is not None:
            self._show_state(RunState.FINISHED, "Finished. The avatar goes into the library …")
            self._delivery.deliver(end.avatar)
        elif end.error is not None:
            self._show_state(RunState.IDLE, end.error.message, end.error.hint)
            self._context.toast.show_error(end.error.message, end.error.hint)
            self._refresh_folder()
        else:
            self._stopped()

    def _stopped(self) -> None:
        """The process has ended as it was asked to."""
        if self._after is AfterStop.PAUSE:
            self._show_state(RunState.PAUSED, _PAUSED)
            return
        words = "Stopped. The run is kept and can be resumed."
        if self._after is AfterStop.DISCARD and self._wanted is not None:
            folder = self._wanted.folder
            words = ""
            if self._context.errors.attempt(lambda: discard_run(folder)):
                self._context.toast.show_note("The run was thrown away.")
                self._shown = None
        self._show_state(RunState.IDLE, words)
        self._refresh_folder()

    def _delivered(self, entry: LibraryEntry) -> None:
        self.delivered.emit(entry)
        if self._panel.state is not RunState.FINISHED:
            return
        said = f"{entry.name} is finished and in the library."
        self._show_state(RunState.FINISHED, said, f"Saved as {entry.reference}.")
        self._refresh_folder()
        self._context.toast.show_note(said, f"Put {entry.name} on the stage from here.")

    def _delivery_failed(self, error: AvatarError) -> None:
        self._show_state(RunState.IDLE, error.message, error.hint)
        self._context.toast.show_error(error.message, error.hint)
        self._refresh_folder()

    # small things

    def _connect_panel(self) -> None:
        panel = self._panel
        panel.start_requested.connect(self.start)
        panel.pause_requested.connect(self.pause)
        panel.cancel_requested.connect(self.cancel)
        panel.stage_requested.connect(self._put_on_stage)
        panel.folder_requested.connect(self._ask_folder)
        panel.flame_requested.connect(self._ask_flame)
        panel.choices_changed.connect(self._choices_changed)

    def _connect_actions(self) -> None:
        actions = self._context.actions
        actions["train.start"].triggered.connect(self.start)
        actions["train.pause"].triggered.connect(self.pause)
        actions["train.cancel"].triggered.connect(self.cancel)
        actions["train.folder"].triggered.connect(self._open_folder)

    def _show_state(self, state: RunState, words: str = "", hint: str = "") -> None:
        self._panel.show_state(state, words, hint)
        self._show_actions()

    def _show_actions(self) -> None:
        actions, panel = self._context.actions, self._panel
        actions["train.start"].setEnabled(panel.can_start)
        actions["train.pause"].setEnabled(panel.can_pause)
        actions["train.cancel"].setEnabled(panel.can_cancel)
        folder = panel.choices.folder
        actions["train.folder"].setEnabled(bool(folder) and Path(folder).is_dir())

    def _choices_changed(self) -> None:
        if self._panel.state is RunState.FINISHED:
            self._show_state(RunState.IDLE)
        self._refresh_folder()
        self._remember()

    def _remember(self) -> None:
        choices = self._panel.choices
        kept = {"preset": choices.preset, "device": choices.device, "folder": choices.folder}
        self._context.preferences.remember(_LAST, kept)

    def _ask_folder(self) -> None:
        start = self._panel.choices.folder or self._context.preferences.values.projects_folder
        ask_folder(self._context.window, "Choose a folder for the run", start, self.open_run)

    def _ask_flame(self) -> None:
        start = self._panel.choices.flame or str(flame_folder())
        ask_folder(
            self._context.window, "Choose the folder with your FLAME files", start, self._use_flame
        )

    def _use_flame(self, folder: Path) -> None:
        self._panel.fill_in(flame=str(folder))
        self.flame_chosen.emit(folder)

    def _flame(self, contents: CaptureContents) -> Path | None:
        chosen = self._panel.choices.flame
        return Path(chosen) if contents.needs_flame and chosen else None

    def _put_on_stage(self) -> None:
        if self._avatar is not None:
            self._delivery.deliver(self._avatar, to_stage=True)

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._panel.choices.folder))

    def _forget_question(self) -> None:
        self._question = None
