from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QFileDialog

from app.handlers import drivers
from app.handlers.driving import DrivingHandler
from app.panels.driving import DrivingPanel
from app.workers.device_list import Devices
from avatar_core.commands import AddDriver, AddTake, SetBlendshape, SetDriverProfile, SetSource
from avatar_core.motion import DriverProfile, MotionFrame
from avatar_core.project import take_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from avatar_core.motion import Take


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


class TestSources:
    def test_a_main_driver_is_an_undoable_step(
        self, context: StudioContext, engine: Any, handler: DrivingHandler
    ) -> None:
        handler.list.add("camera:1")
        assert context.project.source == "camera:1"
        assert engine.asked("set_source")[-1] == ("camera:1",)
        context.session.undo()
        assert engine.asked("set_source")[-1] == ("sliders",)

    @pytest.mark.usefixtures("handler")
    def test_a_file_is_asked_for_and_driven_from(
        self, context: StudioContext, engine: Any, tmp_path: Path
    ) -> None:
        context.actions["perform.open_driver"].trigger()
        dialog = context.window.findChild(QFileDialog)
        dialog.fileSelected.emit(str(tmp_path / "face.mp4"))
        dialog.close()
        assert engine.asked("set_source")[-1] == (f"file:{tmp_path / 'face.mp4'}",)

    def test_a_voice_drives_beside_what_is_there(
        self, context: StudioContext, handler: DrivingHandler, tmp_path: Path
    ) -> None:
        handler.list.add("camera:0")
        handler.hear_from(tmp_path / "voice.wav")
        assert context.project.source == "camera:0"
        assert context.project.drivers == (f"sound:{tmp_path / 'voice.wav'}",)

    def test_asking_again_for_the_main_driver_tries_it_again_without_a_step(
        self, context: StudioContext, engine: Any, handler: DrivingHandler
    ) -> None:
        handler.list.add("camera:0")
        handler.list.set_main("camera:0")
        assert engine.asked("set_source") == [("sliders",), ("camera:0",), ("camera:0",)]
        assert len(context.session.history.steps) == 1

    def test_a_driver_beside_leaves_the_main_one_alone(
        self, context: StudioContext, engine: Any, handler: DrivingHandler
    ) -> None:
        handler.list.add("camera:0")
        asked = len(engine.asked("set_source"))
        handler.list.add("mic:")
        assert len(engine.asked("set_source")) == asked
        assert engine.asked("set_drivers")[-1][0] == ("mic:",)
        context.session.undo()
        assert engine.asked("set_drivers")[-1][0] == ()

    def test_a_take_as_driver_plays_and_becomes_the_active_one(
        self, context: StudioContext, engine: Any, handler: DrivingHandler, take: Take
    ) -> None:
        context.push(AddTake.of(context.project, take))
        handler.list.add(take_source("first"))
        played, is_paused = engine.asked("play_take")[-1]
        assert (played.id, is_paused) == ("first", False)
        assert context.project.active_take == "first"
        assert len(context.session.history.steps) == 2

    @pytest.mark.usefixtures("handler")
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
    def test_the_engine_knows_the_takes_that_drivers_may_name(
        self, context: StudioContext, engine: Any, take: Take
    ) -> None:
        context.push(AddTake.of(context.project, take))
        context.push(AddDriver.of(context.project, take_source("first")))
        uris, takes = engine.asked("set_drivers")[-1]
        assert (uris, list(takes)) == (("take:first",), ["first"])


@pytest.mark.usefixtures("handler")
def test_mirroring_reaches_the_engine_and_its_action(context: StudioContext, engine: Any) -> None:
    context.actions["perform.mirror"].trigger()
    (mixer,) = engine.asked("set_mixer")[-1]
    assert mixer.mirror
    context.session.undo()
    assert not context.actions["perform.mirror"].isChecked()


@pytest.mark.usefixtures("handler")
def test_sliders_reach_the_engine(context: StudioContext, engine: Any) -> None:
    context.push(SetBlendshape.of(context.project, "jawOpen", 1.0))
    (expression,) = engine.asked("set_sliders")[-1]
    assert expression.weight("jawOpen") == 1.0


def test_calibration_calls_a_driver_by_the_name_of_its_device(
    qtbot: QtBot, handler: DrivingHandler, panel: DrivingPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drivers, "list_devices", lambda: Devices((("camera:0", "Webcam"),)))
    handler.list.add("camera:0")
    assert panel.calibration.known.text().startswith("Camera 0: ")
    handler.list.list_devices()
    qtbot.waitUntil(lambda: panel.calibration.known.text().startswith("Webcam: "))


def test_another_project_has_other_calibrations(
    context: StudioContext, handler: DrivingHandler, panel: DrivingPanel
) -> None:
    handler.list.add("camera:0")
    profile = DriverProfile(neutral=MotionFrame())
    context.push(SetDriverProfile.of(context.project, "camera:0", profile))
    assert "neutral face kept" in panel.calibration.known.text()
    context.session.new()
    assert panel.calibration.known.text() == "Choose a driver above that sees a face."
