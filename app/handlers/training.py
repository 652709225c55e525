"""Training: what is asked for, the run in its own process, what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from app.dialogs.stop_training import AfterStop, ask_stop
from app.handlers.delivery import AvatarDelivery
from app.handlers.training_choices import TrainingChoices
from app.panels.training import RunState
from app.widgets.times import duration
from app.workers.device_probe import DeviceProbe
from app.workers.training_process import RunEnd, TrainingProcess
from avatar_core.training.run_events import FinishedTold, PreviewTold, StepTold
from avatar_core.training.run_record import (
    PREVIEW,
    discard_run,
    holds_run,
    read_losses,
    read_previews,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

    from app.handlers.context import StudioContext
    from app.handlers.run_folders import FolderState
    from app.library import LibraryEntry
    from app.panels.losses import LossesPanel
    from app.panels.training import TrainingPanel
    from app.panels.training_preview import TrainingPreviewPanel
    from app.workers.capture_review import CaptureContents
    from app.workers.training_process import TrainingRequest
    from avatar_core.errors import AvatarError
    from avatar_core.training.run_events import RunEvent

_LOOK = "loss_curves"
_PAUSED = "Paused. What is learnt is kept; resuming takes some seconds."
_LOCKED = (RunState.STARTING, RunState.RUNNING, RunState.STOPPING, RunState.PAUSED)


class TrainingHandler(QObject):
    """One run at a time, in a process of its own; closing the window keeps what it has reached.

    Args:
        context: the document.
        panel, losses, preview: what shows the run.
        process: does it.
        probe: knows whether there is CUDA.
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
        probe: DeviceProbe | None = None,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._panel = panel
        self._losses = losses
        self._preview = preview
        self._process = process or TrainingProcess(self)
        self._choices = TrainingChoices(context, panel)
        self._choices.flame_chosen.connect(self.flame_chosen)
        self._choices.capture_wanted.connect(self.capture_wanted)
        self._choices.edited.connect(self._edited)
        self._choices.refreshed.connect(self._refreshed)
        self._is_restored = False
        self._last: StepTold | None = None
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
        self._probe = probe or DeviceProbe(self)
        self._probe.answered.connect(self._know_cuda)
        self._connect_panel()
        self._connect_actions()
        self._choices.refresh()

    @property
    def question(self) -> QMessageBox | None:
        """The question what becomes of the run, if it is open."""
        return self._question

    @property
    def is_running(self) -> bool:
        return self._process.is_running

    # what is trained

    def restore(self) -> None:
        """Fill in the run of last time and find out what can compute; the first time only."""
        if not self._is_restored:
            self._is_restored = True
            self._probe.ask()
            self._choices.restore()

    def show_capture(self, contents: CaptureContents | None) -> None:
        """Train from this capture; a run that is going on stays as it is."""
        self._choices.take_capture(contents, is_free=self._panel.state not in _LOCKED)

    def open_run(self, folder: Path) -> None:
        """Take up the run in a folder, and its capture."""
        if self._panel.state in _LOCKED:
            self._context.toast.show_error(
                "A run is going on.", "Cancel it before another one is taken up."
            )
            return
        self._choices.take_run(folder)

    def _refreshed(self, state: FolderState) -> None:
        self._avatar = state.avatar
        self._show_run(self._choices.folder)
        self._show_actions()

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
        wanted = self._choices.request()
        if wanted is not None and not self._process.is_running:
            self._choices.keep()
            self._run(wanted)

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
        told = self._last
        reached = (
            f"{told.step:,} steps, {duration(told.seconds)} of training" if told else "nothing"
        )
        box = ask_stop(self._context.window, self._wanted.name, reached, self._cancelled)
        box.finished.connect(self._forget_question)
        self._question = box

    def shutdown(self) -> None:
        """End the run with a checkpoint."""
        if self._question is not None:
            self._question.close()
        self._delivery.shutdown()
        self._probe.shutdown()
        self._process.shutdown()

    def _run(self, wanted: TrainingRequest) -> None:
        resumes = holds_run(wanted.folder)
        wanted = self._wanted = replace(wanted, resume=resumes)
        self._avatar = self._last = None
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
            self._last = event
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
            self._choices.refresh()
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
        self._choices.refresh()

    def _delivered(self, entry: LibraryEntry) -> None:
        self.delivered.emit(entry)
        if self._panel.state is not RunState.FINISHED:
            return
        said = f"{entry.name} is finished and in the library."
        self._show_state(RunState.FINISHED, said, f"Saved as {entry.reference}.")
        self._choices.refresh()
        self._context.toast.show_note(said, f"Put {entry.name} on the stage from here.")

    def _delivery_failed(self, error: AvatarError) -> None:
        self._show_state(RunState.IDLE, error.message, error.hint)
        self._context.toast.show_error(error.message, error.hint)
        self._choices.refresh()

    # small things

    def _connect_panel(self) -> None:
        panel = self._panel
        panel.start_requested.connect(self.start)
        panel.pause_requested.connect(self.pause)
        panel.cancel_requested.connect(self.cancel)
        panel.stage_requested.connect(self._put_on_stage)
        kept = self._context.preferences.remembered(_LOOK)
        if isinstance(kept, list) and len(kept) == 2:
            self._losses.set_look(smooth=bool(kept[0]), log=bool(kept[1]))
        self._losses.look_changed.connect(
            lambda smooth, log: self._context.preferences.remember(_LOOK, [smooth, log])
        )

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

    def _edited(self) -> None:
        if self._panel.state is RunState.FINISHED:
            self._show_state(RunState.IDLE)

    def _know_cuda(self, is_there: bool) -> None:
        if is_there and self._panel.state not in _LOCKED:
            self._choices.offer_cuda()

    def _put_on_stage(self) -> None:
        if self._avatar is not None:
            self._delivery.deliver(self._avatar, to_stage=True)

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._panel.choices.folder))

    def _forget_question(self) -> None:
        self._question = None
