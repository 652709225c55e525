"""Runs in the window, with a stand-in for the child process."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QImage

from app.handlers.training import TrainingHandler
from app.panels.losses import LossesPanel
from app.panels.training import RunState, TrainingPanel
from app.panels.training_preview import TrainingPreviewPanel
from app.workers.capture_review import CaptureContents
from app.workers.training_process import RunEnd, TrainingRequest
from avatar_core.errors import AvatarError
from avatar_core.resources import resource_path
from avatar_core.training.captures import STUDIO_LABELS, Capture
from avatar_core.training.run_events import FinishedTold, PreviewTold, StepTold
from avatar_core.training.run_record import (
    CHECKPOINT,
    LOG,
    PREVIEW,
    PreviewNote,
    RunRecord,
    append_preview,
    write_record,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QAbstractButton
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext


class FakeProcess(QObject):
    """Remembers what was wanted; the test says what happens."""

    told = Signal(object)
    ended = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.wanted: list[TrainingRequest] = []
        self.is_running = self.was_stopped = self.was_shut_down = False

    def start(self, wanted: TrainingRequest) -> None:
        self.wanted.append(wanted)
        self.is_running, self.was_stopped = True, False

    def stop(self) -> None:
        self.was_stopped = True

    def shutdown(self) -> None:
        self.was_shut_down = True

    def step(self, step: int = 1, stage: str = "hair") -> None:
        self.told.emit(StepTold(stage, step, 10, step, 30, 5.0, 60.0, {"rgb": 1 / step}))

    def end(self, end: RunEnd | None = None) -> None:
        self.is_running = False
        self.ended.emit(end or RunEnd())


class FakeProbe(QObject):
    answered = Signal(bool)
    asked = 0

    def ask(self) -> None:
        self.asked += 1

    def shutdown(self) -> None:
        pass


class Workspace:
    """The handler with its real panels."""

    def __init__(self, qtbot: QtBot, context: StudioContext) -> None:
        self.panel, self.losses, self.preview = (
            TrainingPanel(), LossesPanel(), TrainingPreviewPanel()
        )  # fmt: skip
        for widget in (self.panel, self.losses, self.preview):
            qtbot.addWidget(widget)
            widget.show()
        self.process, self.probe = FakeProcess(), FakeProbe()
        self.handler = TrainingHandler(
            context, self.panel, self.losses, self.preview, self.process, self.probe
        )  # type: ignore[arg-type]


@pytest.fixture
def contents(tmp_path: Path) -> CaptureContents:
    head: object = "a head"
    capture = Capture(tmp_path / "rosa", {}, STUDIO_LABELS)
    return CaptureContents(capture, (), {}, (0, 0, 0), head)  # type: ignore[arg-type]


@pytest.fixture
def workspace(
    qtbot: QtBot, context: StudioContext, contents: CaptureContents, tmp_path: Path
) -> Iterator[Workspace]:
    values = replace(context.preferences.values, projects_folder=str(tmp_path / "Studio"))
    context.preferences.apply(values)
    made = Workspace(qtbot, context)
    made.handler.show_capture(contents)
    yield made
    made.handler.shutdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the run of the capture goes by default."""
    return tmp_path / "Studio" / "Training" / "Rosa"


def keep_run(folder: Path, capture: Path, step: int = 12, avatar: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CHECKPOINT).touch()
    write_record(folder, RunRecord(str(capture), "Rosa", "official", 3, "", step, 30, 9.0, avatar))


def press(workspace: Workspace, words: str) -> None:
    """Answer the question."""
    assert workspace.handler.question is not None
    box: list[QAbstractButton] = workspace.handler.question.buttons()
    next(each for each in box if each.text() == words).click()


def test_a_capture_is_proposed_a_name_and_a_folder(
    context: StudioContext, workspace: Workspace, folder: Path
) -> None:
    assert workspace.panel.choices.name == "Rosa"
    assert workspace.panel.choices.folder == str(folder)
    assert workspace.panel.folder_words == "A new run begins here."
    assert context.actions["train.start"].isEnabled()
    assert not context.actions["train.pause"].isEnabled()


def test_what_was_chosen_is_trained(
    context: StudioContext, workspace: Workspace, contents: CaptureContents, folder: Path
) -> None:
    workspace.panel.fill_in(name="Rosa the second", preset="official", device="cpu")
    context.actions["train.start"].trigger()
    assert workspace.process.wanted == [
        TrainingRequest(contents.folder, folder, "Rosa the second", "official", 7, "cpu")
    ]
    assert workspace.panel.state is RunState.STARTING
    workspace.process.step(1)
    assert workspace.panel.state is RunState.RUNNING
    assert "step 1 of 10" in workspace.panel.numbers
    workspace.losses.redraw()
    assert workspace.losses.curve_names == ("rgb",)
    assert not context.actions["train.start"].isEnabled()
    assert context.actions["train.cancel"].isEnabled()


def test_a_run_that_goes_on_may_get_another_name(
    qtbot: QtBot, workspace: Workspace, contents: CaptureContents, tmp_path: Path
) -> None:
    keep_run(tmp_path / "run", contents.folder)
    workspace.handler.open_run(tmp_path / "run")
    assert workspace.panel.choices.name == "Rosa"
    workspace.panel.name.clear()
    qtbot.keyClicks(workspace.panel.name, "Rosalind")
    workspace.panel.preset.setCurrentIndex(0)
    assert workspace.panel.choices.preset == "official"  # the run's own
    workspace.handler.start()
    assert workspace.process.wanted[-1].name == "Rosalind"


def test_previews_are_shown(workspace: Workspace, tmp_path: Path) -> None:
    workspace.handler.start()
    image = QImage(96, 32, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    image.save(str(tmp_path / "sheet.png"))
    note = PreviewNote("hair", 3, 18.0, "test/1", True)
    workspace.process.told.emit(PreviewTold(str(tmp_path / "sheet.png"), note))
    assert workspace.preview.picture.image.width() == 96
    assert "18.0 dB" in workspace.preview.words


def test_a_pause_keeps_the_run_and_resume_goes_on_with_it(
    context: StudioContext, workspace: Workspace, contents: CaptureContents, folder: Path
) -> None:
    workspace.handler.start()
    workspace.process.step(5)
    context.actions["train.pause"].trigger()
    assert workspace.process.was_stopped
    assert workspace.panel.state is RunState.STOPPING
    keep_run(folder, contents.folder)
    workspace.process.end()
    assert workspace.panel.state is RunState.PAUSED
    assert not workspace.panel.folder.isEnabled()
    context.actions["train.start"].trigger()
    assert workspace.process.wanted[-1].resume
    assert workspace.process.wanted[-1].preset == "compact"  # as it was begun
    assert workspace.panel.state is RunState.STARTING


def test_cancel_asks_and_going_on_changes_nothing(
    context: StudioContext, workspace: Workspace
) -> None:
    workspace.handler.start()
    workspace.process.step(5)
    context.actions["train.cancel"].trigger()
    press(workspace, "Go on training")
    assert workspace.handler.question is None
    assert not workspace.process.was_stopped
    assert workspace.panel.state is RunState.RUNNING


def test_cancel_keeps_the_run_for_another_time(
    context: StudioContext, workspace: Workspace, contents: CaptureContents, folder: Path
) -> None:
    workspace.handler.start()
    workspace.process.step(5)
    context.actions["train.cancel"].trigger()
    press(workspace, "Stop and keep")
    assert workspace.process.was_stopped
    keep_run(folder, contents.folder)
    workspace.process.end()
    assert workspace.panel.state is RunState.IDLE
    assert "can be resumed" in workspace.panel.status
    assert "12 of 30 steps" in workspace.panel.folder_words
    assert workspace.panel.start_button.text() == "Resume training"


@pytest.mark.parametrize("is_paused", [False, True])
def test_only_what_the_user_throws_away_is_deleted(
    context: StudioContext, workspace: Workspace, contents: CaptureContents, folder: Path,
    is_paused: bool,
) -> None:  # fmt: skip
    workspace.handler.start()
    keep_run(folder, contents.folder)
    (folder / "notes.txt").touch()
    workspace.process.step(5)
    if is_paused:
        workspace.handler.pause()
        workspace.process.end()
    workspace.handler.cancel()
    workspace.handler.cancel()  # one question
    press(workspace, "Throw away")
    assert (folder / CHECKPOINT).exists() is not is_paused
    if not is_paused:
        workspace.process.end()
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert workspace.panel.state is RunState.IDLE
    assert workspace.panel.folder_words == "A new run begins here."
    assert "thrown away" in context.toast.text


def test_a_run_that_ends_takes_the_question_with_it(workspace: Workspace) -> None:
    workspace.handler.start()
    workspace.process.step(5)
    workspace.handler.cancel()
    workspace.process.end(RunEnd(error=AvatarError("It is broken.", "Mend it.")))
    assert workspace.handler.question is None


def test_an_error_is_told_with_its_hint_and_the_run_can_go_on(
    context: StudioContext, workspace: Workspace, contents: CaptureContents, folder: Path
) -> None:
    workspace.handler.start()
    workspace.process.step(5)
    keep_run(folder, contents.folder)
    error = AvatarError("The training was ended from outside.", "Press Resume.")
    workspace.process.end(RunEnd(error=error))
    assert context.toast.text == "The training was ended from outside. Press Resume."
    assert workspace.panel.status == context.toast.text
    assert workspace.panel.state is RunState.IDLE
    context.actions["train.start"].trigger()
    wanted = workspace.process.wanted[-1]
    assert (wanted.resume, wanted.preset, wanted.seed) == (True, "official", 3)


def test_a_finished_avatar_goes_into_the_library_and_is_offered(
    qtbot: QtBot, context: StudioContext, workspace: Workspace, contents: CaptureContents,
    folder: Path, tmp_path: Path,
) -> None:  # fmt: skip
    workspace.handler.start()
    workspace.process.step(30, "joint")
    avatar = folder / "rosa.avatar"
    keep_run(folder, contents.folder, 30, str(avatar))
    shutil.copy(resource_path("demo", "rosa.avatar"), avatar)
    workspace.process.told.emit(FinishedTold(str(avatar)))
    with qtbot.waitSignal(workspace.handler.delivered) as told:
        workspace.process.end(RunEnd(avatar=avatar))
    (entry,) = told.args
    assert (entry.name, Path(entry.reference)) == (
        "Rosa", tmp_path / "Studio" / "Avatars" / "Rosa.avatar"
    )  # fmt: skip
    assert Path(entry.reference).is_file()
    assert workspace.panel.state is RunState.FINISHED
    assert "in the library" in workspace.panel.status
    assert "in the library" in context.toast.text
    with qtbot.waitSignal(workspace.handler.stage_requested) as wanted:
        workspace.panel.stage_button.click()
    assert wanted.args == [entry.reference]
    assert len(list(Path(entry.reference).parent.iterdir())) == 1


def test_an_avatar_that_cannot_be_delivered_is_told(
    qtbot: QtBot, context: StudioContext, workspace: Workspace, tmp_path: Path
) -> None:
    workspace.handler.start()
    workspace.process.end(RunEnd(avatar=tmp_path / "gone.avatar"))
    qtbot.waitUntil(lambda: workspace.panel.state is RunState.IDLE)
    assert "gone.avatar" in context.toast.text


def test_a_run_of_before_is_shown_and_resumed_after_a_restart(
    qtbot: QtBot, context: StudioContext, workspace: Workspace, contents: CaptureContents,
    tmp_path: Path,
) -> None:  # fmt: skip
    folder = tmp_path / "elsewhere"
    keep_run(folder, contents.folder)
    (folder / LOG).write_text('{"stage": "hair", "step": 10, "rgb": 0.5}\n')
    append_preview(folder, PreviewNote("hair", 10, 17.0, "test/1", True))
    image = QImage(96, 32, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    image.save(str(folder / PREVIEW))
    workspace.handler.open_run(folder)
    workspace.handler.start()
    again = Workspace(qtbot, context)
    again.handler.restore()
    again.handler.restore()
    assert again.panel.folder_words == "Choose a capture first."
    again.handler.show_capture(contents)
    assert again.panel.choices.folder == str(folder)
    assert again.panel.choices.preset == "official"
    assert "12 of 30 steps" in again.panel.folder_words
    assert again.losses.curve_names == ("rgb",)
    assert "17.0 dB" in again.preview.words
    again.panel.start_button.click()
    assert again.process.wanted[-1].resume
    again.handler.shutdown()


def test_a_dropped_run_brings_its_capture(
    qtbot: QtBot, workspace: Workspace, tmp_path: Path
) -> None:
    keep_run(tmp_path / "run", tmp_path / "omar")
    with qtbot.waitSignal(workspace.handler.capture_wanted) as wanted:
        workspace.handler.open_run(tmp_path / "run")
    assert wanted.args == [tmp_path / "omar"]
    assert "not from the capture that is open" in workspace.panel.folder_words
    assert not workspace.panel.start_button.isEnabled()


def test_another_capture_does_not_disturb_a_run(
    context: StudioContext, workspace: Workspace, contents: CaptureContents, tmp_path: Path
) -> None:
    workspace.handler.start()
    workspace.process.step(5)
    other = replace(contents, capture=replace(contents.capture, folder=tmp_path / "omar"))
    workspace.handler.show_capture(other)
    workspace.handler.open_run(tmp_path)
    assert workspace.panel.choices.name == "Rosa"
    assert workspace.panel.state is RunState.RUNNING
    assert "A run is going on." in context.toast.text


def test_curves_of_an_attempt_without_a_checkpoint_are_forgotten(
    workspace: Workspace, folder: Path
) -> None:
    folder.mkdir(parents=True)
    (folder / LOG).write_text('{"stage": "hair", "step": 10, "rgb": 0.5}\n')
    workspace.handler.start()
    assert workspace.losses.curve_names == ()


def test_a_capture_that_needs_flame_asks_for_it(
    workspace: Workspace, contents: CaptureContents
) -> None:
    import numpy as np

    capture = replace(contents.capture, flame_identity=np.zeros(3, np.float32))
    workspace.handler.show_capture(replace(contents, capture=capture))
    assert workspace.panel._flame_row.isVisible()
    workspace.panel.fill_in(flame="/my/flame")
    workspace.handler.start()
    assert workspace.process.wanted[-1].flame == Path("/my/flame")


def test_cuda_is_offered_where_there_is_any(context: StudioContext, workspace: Workspace) -> None:
    context.preferences.remember("training", {"device": "cuda"})
    workspace.handler.restore()
    assert workspace.probe.asked == 1
    assert workspace.panel.choices.device == "auto"
    workspace.probe.answered.emit(True)
    assert workspace.panel.choices.device == "cuda"


def test_closing_ends_the_run_cleanly(workspace: Workspace) -> None:
    workspace.handler.start()
    workspace.handler.cancel()
    workspace.handler.shutdown()
    assert workspace.process.was_shut_down
    assert workspace.handler.question is None


def test_the_look_of_the_curves_is_remembered(
    qtbot: QtBot, context: StudioContext, workspace: Workspace
) -> None:
    workspace.losses._log.click()
    again = Workspace(qtbot, context)
    assert not again.losses._log.isChecked()
    assert again.losses._smooth.isChecked()
