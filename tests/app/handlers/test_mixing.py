from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.handlers.driving import DrivingHandler
from app.handlers.mixing import MixingHandler
from app.panels.driving import DrivingPanel
from avatar_core.motion import ChannelGroup, DriverShare, GroupSettings, IdleSettings, SpeechStyle
from avatar_core.project.digest import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.drivers import DriverListHandler

CAMERA, MICROPHONE = "camera:0", "mic:"
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def drivers(context: StudioContext, engine: Any, qtbot: QtBot) -> Iterator[DriverListHandler]:
    panel = DrivingPanel()
    qtbot.addWidget(panel)
    handler = DrivingHandler(context, engine, panel)
    handler.refresh()
    yield handler.list
    handler.shutdown()


@pytest.fixture
def desk(context: StudioContext, drivers: DriverListHandler, qtbot: QtBot) -> MixingHandler:
    mixing = MixingHandler(context, drivers)
    qtbot.addWidget(mixing.panel)
    mixing.panel.resize(392, 800)
    mixing.refresh()
    mixing.panel.show()
    return mixing


def test_edits_of_a_row_are_undoable_and_come_back_to_the_panel(
    context: StudioContext, engine: Any, desk: MixingHandler
) -> None:
    desk.panel.group_edited.emit(ChannelGroup.JAW, GroupSettings(gain=1.5))
    (mixer,) = engine.asked("set_mixer")[-1]
    assert mixer.groups[ChannelGroup.JAW].gain == 1.5
    assert desk.panel.grid.row(ChannelGroup.JAW).gain.value == 1.5
    context.session.undo()
    assert desk.panel.grid.row(ChannelGroup.JAW).gain.value == 1.0


def test_a_drag_is_one_step(context: StudioContext, desk: MixingHandler) -> None:
    number = desk.panel.grid.row(ChannelGroup.JAW).gain
    middle = number.rect().center()
    QTest.mousePress(number, LEFT, pos=middle)
    for step in (4, 8, 12):
        QTest.mouseMove(number, middle + middle * step / 40)
    QTest.mouseRelease(number, LEFT, pos=middle)
    assert len(context.session.history.steps) == 1
    assert context.project.mixer.groups[ChannelGroup.JAW].gain > 1.0


def test_options_idle_and_speech_reach_the_document(
    context: StudioContext, desk: MixingHandler
) -> None:
    before = digest(context.project.mixer)
    desk.panel.mirror.click()
    desk.panel.gaze_hold.click()
    desk.panel.relative_edited.emit(0.5)
    desk.panel.idle_edited.emit(IdleSettings(blinks=1.0))
    desk.panel.speech_edited.emit(SpeechStyle(amount=1.5))
    mixer = context.project.mixer
    assert (mixer.mirror, mixer.holds_gaze, mixer.relative) == (True, True, 0.5)
    assert (mixer.idle.blinks, mixer.speech.amount) == (1.0, 1.5)
    for _ in range(5):
        context.session.undo()
    assert digest(context.project.mixer) == before
    assert not desk.panel.mirror.isChecked()
    assert not desk.panel.gaze_hold.isChecked()


def test_resetting_the_mixer_is_one_step(context: StudioContext, desk: MixingHandler) -> None:
    for group in (ChannelGroup.JAW, ChannelGroup.LIPS):
        desk.panel.group_edited.emit(group, GroupSettings(gain=0.5))
    desk.panel.reset_requested.emit()
    assert all(each == GroupSettings() for each in context.project.mixer.groups.values())
    context.session.undo()
    assert context.project.mixer.groups[ChannelGroup.LIPS].gain == 0.5


class TestMouthFromMicrophone:
    def test_one_click_adds_the_microphone_and_gives_it_the_mouth(
        self, context: StudioContext, desk: MixingHandler, drivers: DriverListHandler
    ) -> None:
        drivers.add(CAMERA)
        before = digest(context.project)
        QTest.mouseClick(desk.panel.mouth, LEFT)
        project = context.project
        assert (project.source, project.drivers) == (CAMERA, (MICROPHONE,))
        assert DriverShare(MICROPHONE) in project.mixer.groups[ChannelGroup.JAW].drivers
        assert project.mixer.groups[ChannelGroup.BROWS].drivers == ()
        assert desk.panel.grid.row(ChannelGroup.JAW).drivers.text() == "Mic + Camera"
        context.session.undo()
        assert digest(context.project) == before

    def test_a_key_does_the_same(
        self, context: StudioContext, desk: MixingHandler, drivers: DriverListHandler
    ) -> None:
        drivers.add(CAMERA)
        context.actions["perform.mouth"].trigger()
        assert context.project.drivers == (MICROPHONE,)

    def test_a_second_voice_can_be_given_the_mouth(
        self, context: StudioContext, drivers: DriverListHandler, desk: MixingHandler
    ) -> None:
        for uri in (CAMERA, MICROPHONE, "sound:/voices/a.wav"):
            drivers.add(uri)
        drivers._panel.settings.mouth_wanted.emit("sound:/voices/a.wav")
        project = context.project
        assert project.drivers == (MICROPHONE, "sound:/voices/a.wav")
        told = {share.driver for share in project.mixer.groups[ChannelGroup.JAW].drivers}
        assert told == {CAMERA, "sound:/voices/a.wav"}


def test_presets_are_offered_and_undone_in_one_step(
    context: StudioContext, desk: MixingHandler
) -> None:
    before = digest(context.project.mixer)
    offered = {action.text(): action for action in desk.panel.presets.menu().actions()}
    offered["Calm"].trigger()
    assert context.project.mixer.groups[ChannelGroup.HEAD_TURN].gain < 1.0
    assert len(context.session.history.steps) == 1
    context.session.undo()
    assert digest(context.project.mixer) == before


def test_a_preset_that_changes_nothing_is_no_step(
    context: StudioContext, desk: MixingHandler
) -> None:
    desk.panel.preset_wanted.emit("Main driver")
    assert len(context.session.history.steps) == 0


def test_the_choice_of_drivers_follows_the_list(
    desk: MixingHandler, drivers: DriverListHandler
) -> None:
    drivers.add(CAMERA)
    drivers.add(MICROPHONE)
    QTest.mouseClick(desk.panel.grid.row(ChannelGroup.JAW).drivers, LEFT)
    popover = desk.panel.grid.popover
    assert [tick.text() for tick in popover.ticks.values()] == [
        "Camera (main)", "Mic", "Sliders",
    ]  # fmt: skip
    popover.hide()
