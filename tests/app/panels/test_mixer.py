from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.panels.mixer import MixerPanel
from avatar_core.motion import ChannelGroup, GroupSettings, MixerSettings
from avatar_core.motion.idle import IdleSettings
from avatar_core.motion.mixer_settings import DriverShare
from avatar_core.motion.speech_style import Mood, SpeechStyle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
CAMERA, MICROPHONE = "camera:0", "mic:"


@pytest.fixture
def panel(qtbot: QtBot) -> MixerPanel:
    widget = MixerPanel()
    qtbot.addWidget(widget)
    widget.resize(392, 800)
    widget.show_mixer(MixerSettings())
    widget.show_drivers([CAMERA, MICROPHONE], {})
    widget.show()
    return widget


def _shown(panel: MixerPanel, group: ChannelGroup, settings: GroupSettings) -> None:
    panel.show_mixer(MixerSettings().with_group(group, settings))


class TestRows:
    def test_a_row_asks_for_whole_settings_of_its_group(
        self, qtbot: QtBot, panel: MixerPanel
    ) -> None:
        _shown(panel, ChannelGroup.JAW, GroupSettings(offset=0.1))
        row = panel.grid.row(ChannelGroup.JAW)
        for field, value in (("gain", 1.5), ("curve", -0.5), ("relative", 0.2)):
            with qtbot.waitSignal(panel.group_edited) as asked:
                getattr(row, field).value_edited.emit(value)
            wanted = replace(GroupSettings(offset=0.1), **{field: value})
            assert asked.args == [ChannelGroup.JAW, wanted]
        with qtbot.waitSignal(panel.group_edited) as asked:
            QTest.mouseClick(row.mute, LEFT)
        assert asked.args == [ChannelGroup.JAW, GroupSettings(offset=0.1, muted=True)]

    def test_a_refresh_starts_no_echo(self, qtbot: QtBot, panel: MixerPanel) -> None:
        settings = MixerSettings(mirror=True, holds_gaze=True, idle=IdleSettings(blinks=1.0))
        muted = settings.with_group(ChannelGroup.LIPS, GroupSettings(muted=True))
        silent = (panel.group_edited, panel.mirror_edited, panel.idle_edited, panel.speech_edited)
        with (
            qtbot.assertNotEmitted(panel.gaze_hold_edited),
            qtbot.assertNotEmitted(silent[0]),
            qtbot.assertNotEmitted(silent[1]),
            qtbot.assertNotEmitted(silent[2]),
            qtbot.assertNotEmitted(silent[3]),
        ):
            panel.show_mixer(muted)
        assert not panel.grid.row(ChannelGroup.LIPS).gain.isEnabled()
        assert panel.mirror.isChecked()
        assert panel.gaze_hold.isChecked()

    def test_smoothing_states_its_lag(self, panel: MixerPanel) -> None:
        row = panel.grid.row(ChannelGroup.LIPS)
        _shown(panel, ChannelGroup.LIPS, GroupSettings(smoothing=0.0))
        assert row.lag.text() == "0 ms"
        _shown(panel, ChannelGroup.LIPS, GroupSettings(smoothing=1.0))
        assert int(row.lag.text().removesuffix(" ms")) > 20

    def test_the_arrow_shows_the_rest_of_a_row(self, panel: MixerPanel) -> None:
        row = panel.grid.row(ChannelGroup.BROWS)
        assert not row.curve.isVisible()
        QTest.mouseClick(row.more, LEFT)
        assert row.curve.isVisible()
        assert not panel.grid.row(ChannelGroup.JAW).curve.isVisible()

    def test_the_arrow_is_lit_while_it_hides_something(self, panel: MixerPanel) -> None:
        row = panel.grid.row(ChannelGroup.BROWS)
        assert not row.hides_something
        _shown(panel, ChannelGroup.BROWS, GroupSettings(curve=0.5))
        assert row.hides_something
        row.set_open(True)
        assert not row.hides_something

    def test_one_button_opens_all_rows_and_folds_them(self, panel: MixerPanel) -> None:
        panel.details.click()
        assert all(panel.grid.row(group).is_open for group in ChannelGroup)
        panel.details.click()
        assert not any(panel.grid.row(group).is_open for group in ChannelGroup)

    def test_an_offset_says_what_it_does(self, panel: MixerPanel) -> None:
        tip = panel.grid.row(ChannelGroup.LIPS).offset.toolTip()
        assert "-1 frown, 1 smile" in tip


class TestDrivers:
    def test_a_row_says_who_moves_it(self, panel: MixerPanel) -> None:
        row = panel.grid.row(ChannelGroup.JAW)
        assert row.drivers.text() == "Main"
        _shown(panel, ChannelGroup.JAW, GroupSettings(drivers=(DriverShare(MICROPHONE),)))
        assert row.drivers.text() == "Mic"
        both = (DriverShare(CAMERA, 1.0), DriverShare(MICROPHONE, 0.5))
        _shown(panel, ChannelGroup.JAW, GroupSettings(drivers=both))
        assert row.drivers.text() == "Camera + Mic"
        several = (*both, DriverShare("livelink:11111"))
        _shown(panel, ChannelGroup.JAW, GroupSettings(drivers=several))
        assert row.drivers.text() == "3 drivers"
        assert "Mic 0.50" in row.drivers.toolTip()

    def test_a_click_opens_a_choice_of_shares(self, qtbot: QtBot, panel: MixerPanel) -> None:
        QTest.mouseClick(panel.grid.row(ChannelGroup.JAW).drivers, LEFT)
        popover = panel.grid.popover
        assert popover.isVisible()
        assert [tick.text() for tick in popover.ticks.values()] == [
            "Camera (main)", "Mic", "Sliders",
        ]  # fmt: skip
        assert not popover.weights[MICROPHONE].isEnabled()
        with qtbot.waitSignal(panel.group_edited) as asked:
            popover.ticks[MICROPHONE].click()
        group, settings = asked.args
        assert (group, settings.drivers) == (ChannelGroup.JAW, (DriverShare(MICROPHONE),))
        popover.hide()

    def test_it_follows_the_document_while_it_is_open(
        self, qtbot: QtBot, panel: MixerPanel
    ) -> None:
        QTest.mouseClick(panel.grid.row(ChannelGroup.JAW).drivers, LEFT)
        shares = (DriverShare(MICROPHONE, 0.5),)
        _shown(panel, ChannelGroup.JAW, GroupSettings(drivers=shares))
        popover = panel.grid.popover
        assert popover.ticks[MICROPHONE].isChecked()
        assert popover.weights[MICROPHONE].value == 0.5
        with qtbot.waitSignal(panel.group_edited) as asked:
            popover.ticks[CAMERA].click()
        assert asked.args[1].drivers == (DriverShare(CAMERA), *shares)
        with qtbot.waitSignal(panel.group_edited) as asked:
            popover.weights[MICROPHONE].value_edited.emit(0.25)
        assert asked.args[1].drivers == (DriverShare(MICROPHONE, 0.25),)
        with qtbot.waitSignal(panel.group_edited) as asked:
            popover.main_alone.click()
        assert asked.args[1].drivers == ()
        popover.hide()

    def test_a_voice_says_nothing_about_gaze(self, panel: MixerPanel) -> None:
        QTest.mouseClick(panel.grid.row(ChannelGroup.GAZE).drivers, LEFT)
        popover = panel.grid.popover
        assert not popover.ticks[MICROPHONE].isEnabled()
        assert popover.ticks[CAMERA].isEnabled()
        popover.hide()

    def test_a_driver_that_is_gone_can_be_unticked(self, panel: MixerPanel) -> None:
        gone = GroupSettings(drivers=(DriverShare("vmc:39539"),))
        _shown(panel, ChannelGroup.JAW, gone)
        QTest.mouseClick(panel.grid.row(ChannelGroup.JAW).drivers, LEFT)
        assert panel.grid.popover.ticks["vmc:39539"].text() == "VMC (not listening)"
        panel.grid.popover.hide()


class TestTheRest:
    def test_presets_are_offered_with_what_they_do(self, qtbot: QtBot, panel: MixerPanel) -> None:
        panel.show_presets({"Calm": "Smooth and small", "Only head": "Head alone"})
        calm, _head = panel.presets.menu().actions()
        assert (calm.text(), calm.toolTip()) == ("Calm", "Smooth and small")
        with qtbot.waitSignal(panel.preset_wanted) as asked:
            calm.trigger()
        assert asked.args == ["Calm"]

    def test_the_mouth_takes_one_click(self, qtbot: QtBot, panel: MixerPanel) -> None:
        with qtbot.waitSignal(panel.mouth_wanted):
            QTest.mouseClick(panel.mouth, LEFT)

    def test_idle_is_asked_for_as_a_whole(self, qtbot: QtBot, panel: MixerPanel) -> None:
        panel.show_mixer(MixerSettings(idle=IdleSettings(head=0.5)))
        with qtbot.waitSignal(panel.idle_edited) as asked:
            panel.idle.blinks.value_edited.emit(1.0)
        assert asked.args == [IdleSettings(blinks=1.0, head=0.5)]

    def test_speech_is_asked_for_as_a_whole(self, qtbot: QtBot, panel: MixerPanel) -> None:
        with qtbot.waitSignal(panel.speech_edited) as asked:
            panel.speech.articulation.value_edited.emit(0.9)
        assert asked.args == [SpeechStyle(articulation=0.9)]
        with qtbot.waitSignal(panel.speech_edited) as asked:
            panel.speech.mood.activated.emit(1)
        assert asked.args == [SpeechStyle(mood=Mood.HAPPY)]
        panel.show_mixer(MixerSettings(speech=SpeechStyle(mood=Mood.ANGRY)))
        assert panel.speech.mood.currentText() == "Angry"

    def test_it_says_what_the_model_learned_from(self, panel: MixerPanel) -> None:
        assert "synthesised voices alone" in panel.speech.words.text()

    def test_a_drag_is_one_gesture(self, qtbot: QtBot, panel: MixerPanel) -> None:
        number = panel.grid.row(ChannelGroup.JAW).gain
        middle = number.rect().center()
        with qtbot.waitSignals([panel.gesture_started, panel.gesture_ended]):
            QTest.mousePress(number, LEFT, pos=middle)
            QTest.mouseMove(number, middle + middle / 2)
            QTest.mouseRelease(number, LEFT, pos=middle + middle / 2)


def test_muting_shows(panel: MixerPanel) -> None:
    row = panel.grid.row(ChannelGroup.JAW)
    before = row.mute.icon().pixmap(16, 16).toImage()
    _shown(panel, ChannelGroup.JAW, GroupSettings(muted=True))
    assert row.mute.icon().pixmap(16, 16).toImage() != before
    assert row.mute.isChecked()
