from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QComboBox, QFileDialog

from app.handlers.driving import DrivingHandler
from app.panels.driving import DrivingPanel
from avatar_core.commands import AddTake, SetBlendshape, SetSource
from avatar_core.motion import ChannelGroup, GroupSettings, MotionFrame, Take
from avatar_core.project import take_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext


@pytest.fixture
def panel(qtbot: QtBot) -> DrivingPanel:
    widget = DrivingPanel()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def handler(context: StudioContext, engine: Any, panel: DrivingPanel) -> Iterator[DrivingHandler]:
    driving = DrivingHandler(context, engine, panel)
    driving.refresh()
    yield driving
    driving.shutdown()


@pytest.mark.usefixtures("handler")
class TestSources:
    def test_a_chosen_source_is_an_undoable_step(
        self, context: StudioContext, engine: Any, panel: DrivingPanel
    ) -> None:
        panel.source_chosen.emit("camera:1")
        assert context.project.source == "camera:1"
        assert engine.asked("set_source")[-1] == ("camera:1",)
        context.session.undo()
        assert engine.asked("set_source")[-1] == ("sliders",)
        assert panel.findChild(QComboBox).currentText() == "Sliders only"

    def test_a_file_is_asked_for_and_driven_from(
        self, context: StudioContext, engine: Any, panel: DrivingPanel, tmp_path: Path
    ) -> None:
        panel.file_requested.emit()
        dialog = context.window.findChild(QFileDialog)
        dialog.fileSelected.emit(str(tmp_path / "face.mp4"))
        dialog.close()
        assert engine.asked("set_source")[-1] == (f"file:{tmp_path / 'face.mp4'}",)

    def test_asking_again_for_the_same_source_opens_it_again_without_a_step(
        self, context: StudioContext, engine: Any, panel: DrivingPanel
    ) -> None:
        panel.source_chosen.emit("camera:0")
        panel.source_chosen.emit("camera:0")
        assert len(engine.asked("set_source")) == 3
        assert len(context.session.history.steps) == 1

    def test_a_take_as_source_plays_and_becomes_the_active_one(
        self, context: StudioContext, engine: Any, panel: DrivingPanel, take: Take
    ) -> None:
        context.push(AddTake.of(context.project, take))
        panel.source_chosen.emit(take_source("first"))
        played, is_paused = engine.asked("play_take")[-1]
        assert (played.id, is_paused) == ("first", False)
        assert context.project.active_take == "first"
        assert len(context.session.history.steps) == 2

    def test_an_opened_project_holds_its_take_at_the_start(
        self, context: StudioContext, engine: Any, take: Take, tmp_path: Path
    ) -> None:
        context.push(AddTake.of(context.project, take))
        context.push(SetSource.of(context.project, take_source("first")))
        context.session.save(tmp_path / "take.studio")
        context.session.new()
        context.session.open(tmp_path / "take.studio")
        assert engine.asked("play_take")[-1][1] is True


@pytest.mark.usefixtures("handler")
def test_mixer_edits_reach_the_engine_and_come_back_to_the_panel(
    context: StudioContext, engine: Any, panel: DrivingPanel
) -> None:
    panel.group_edited.emit(ChannelGroup.JAW, GroupSettings(gain=1.5))
    panel.mirror_edited.emit(True)
    panel.relative_edited.emit(0.5)
    (mixer,) = engine.asked("set_mixer")[-1]
    assert mixer.groups[ChannelGroup.JAW].gain == 1.5
    assert (mixer.mirror, mixer.relative) == (True, 0.5)
    assert panel.mixer.row(ChannelGroup.JAW).gain.value == 1.5
    assert context.actions["perform.mirror"].isChecked()


@pytest.mark.usefixtures("handler")
def test_resetting_the_mixer_is_one_step(context: StudioContext, panel: DrivingPanel) -> None:
    for group in (ChannelGroup.JAW, ChannelGroup.LIPS):
        panel.group_edited.emit(group, GroupSettings(gain=0.5))
    panel.mixer_reset_requested.emit()
    assert all(each == GroupSettings() for each in context.project.mixer.groups.values())
    context.session.undo()
    assert context.project.mixer.groups[ChannelGroup.LIPS].gain == 0.5


@pytest.mark.usefixtures("handler")
def test_sliders_reach_the_engine(context: StudioContext, engine: Any) -> None:
    context.push(SetBlendshape.of(context.project, "jawOpen", 1.0))
    (expression,) = engine.asked("set_sliders")[-1]
    assert expression.weight("jawOpen") == 1.0


@pytest.mark.usefixtures("handler")
class TestCalibration:
    def test_the_answer_becomes_the_neutral_face(
        self, context: StudioContext, engine: Any, panel: DrivingPanel
    ) -> None:
        panel.calibrate_requested.emit(False)
        assert engine.asked("calibrate") == [()]
        neutral = MotionFrame.from_units(jawOpen=0.2)
        engine.calibrated.emit(neutral)
        assert context.project.mixer.neutral is neutral
        panel.neutral_cleared.emit()
        assert context.project.mixer.neutral is None

    def test_a_countdown_comes_first(
        self, qtbot: QtBot, context: StudioContext, engine: Any, handler: DrivingHandler
    ) -> None:
        handler._countdown.setInterval(1)
        context.actions["perform.countdown"].trigger()
        assert engine.asked("calibrate") == []
        qtbot.waitUntil(lambda: engine.asked("calibrate") == [()])

    def test_a_second_press_stops_the_countdown(
        self, qtbot: QtBot, context: StudioContext, engine: Any, handler: DrivingHandler
    ) -> None:
        handler._countdown.setInterval(1)
        context.actions["perform.countdown"].trigger()
        context.actions["perform.countdown"].trigger()
        qtbot.wait(20)
        assert engine.asked("calibrate") == []


def test_cameras_are_listed_in_the_background(
    qtbot: QtBot, handler: DrivingHandler, panel: DrivingPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from avatar_core.driving import camera

    infos = [camera.CameraInfo(0, "Webcam"), camera.CameraInfo(2, "Phone")]
    monkeypatch.setattr(camera, "list_cameras", lambda: infos)
    handler.list_cameras()
    chooser = panel.findChild(QComboBox)
    qtbot.waitUntil(lambda: chooser.findText("Phone") >= 0)
    assert chooser.itemData(chooser.findText("Phone")) == "camera:2"
