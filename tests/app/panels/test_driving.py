from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton

from app.panels.driving import DrivingPanel, SourceChoice
from avatar_core.motion import ChannelGroup, GroupSettings, MixerSettings, MotionFrame

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@dataclass
class Status:
    source: str = "camera:0"
    tracking: str = "tracked"
    driver_fps: float = 29.8
    take_id: str | None = None
    is_playing: bool = False


@pytest.fixture
def panel(qtbot: QtBot) -> DrivingPanel:
    widget = DrivingPanel()
    qtbot.addWidget(widget)
    widget.resize(400, 700)
    widget.show_mixer(MixerSettings())
    widget.show_sources([SourceChoice("camera:0", "Webcam", "camera")], "sliders")
    widget.show()
    return widget


def _words(panel: DrivingPanel) -> str:
    return " | ".join(label.text() for label in panel.findChildren(QLabel))


def _pick(panel: DrivingPanel, text: str) -> None:
    """What a user does: take a line of the opened list."""
    chooser = panel.findChild(QComboBox)
    index = chooser.findText(text)
    assert index >= 0
    chooser.setCurrentIndex(index)
    chooser.activated.emit(index)


def test_choosing_a_camera_asks_for_it_and_waits_for_the_answer(
    qtbot: QtBot, panel: DrivingPanel
) -> None:
    with qtbot.waitSignal(panel.source_chosen) as asked:
        _pick(panel, "Webcam")
    assert asked.args == ["camera:0"]
    assert panel.findChild(QComboBox).currentText() == "Sliders only"
    panel.show_sources([SourceChoice("camera:0", "Webcam", "camera")], "camera:0")
    assert panel.findChild(QComboBox).currentText() == "Webcam"


def test_the_last_line_opens_a_file(qtbot: QtBot, panel: DrivingPanel) -> None:
    with qtbot.waitSignal(panel.file_requested), qtbot.assertNotEmitted(panel.source_chosen):
        _pick(panel, "Open video or picture …")


def test_a_source_that_is_not_listed_is_shown_by_its_name(panel: DrivingPanel) -> None:
    panel.show_sources([], "file:/films/face one.mp4")
    assert panel.findChild(QComboBox).currentText() == "face one.mp4"
    panel.show_sources([], "camera:3")
    assert panel.findChild(QComboBox).currentText() == "Camera 3"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status(), "Face tracked, 30 pictures a second"),
        (Status(tracking="lost"), "No face in the picture: easing to neutral"),
        (Status(tracking="idle"), "Waiting for the first picture"),
        (Status(source="sliders", tracking="idle"), "Only the sliders move the avatar"),
        (Status(take_id="first", is_playing=True), "A take plays"),
        (Status(take_id="first"), "A take holds"),
    ],
)
def test_it_says_what_becomes_of_the_face(panel: DrivingPanel, status: Status, words: str) -> None:
    panel.show_status(status)
    assert words in _words(panel)


def test_calibrate_needs_a_driver_and_may_count_down(qtbot: QtBot, panel: DrivingPanel) -> None:
    button = panel.findChild(QPushButton)
    panel.show_status(Status(source="sliders"))
    assert not button.isEnabled()
    panel.show_status(Status())
    with qtbot.waitSignal(panel.calibrate_requested) as asked:
        button.click()
    assert asked.args == [False]
    next(box for box in panel.findChildren(QCheckBox) if box.text() == "Count down").click()
    with qtbot.waitSignal(panel.calibrate_requested) as asked:
        button.click()
    assert asked.args == [True]
    panel.show_countdown(2)
    assert button.text() == "Calibrating in 2 …"
    panel.show_countdown(0)
    assert button.text() == "Calibrate"


def test_a_neutral_face_enables_what_depends_on_it(panel: DrivingPanel) -> None:
    assert not panel.relative.isEnabled()
    panel.show_mixer(MixerSettings(neutral=MotionFrame(), relative=0.5))
    assert panel.relative.isEnabled()
    assert panel.relative.value == 0.5
    assert "A neutral face is set." in _words(panel)


def test_mixer_rows_ask_for_whole_settings_of_their_group(
    qtbot: QtBot, panel: DrivingPanel
) -> None:
    settings = MixerSettings().with_group(ChannelGroup.JAW, GroupSettings(offset=0.1))
    panel.show_mixer(settings)
    row = panel.mixer.row(ChannelGroup.JAW)
    with qtbot.waitSignal(panel.group_edited) as asked:
        row.gain.value_edited.emit(1.5)
    assert asked.args == [ChannelGroup.JAW, GroupSettings(gain=1.5, offset=0.1)]
    with qtbot.waitSignal(panel.group_edited) as asked:
        row.mute.click()
    assert asked.args == [ChannelGroup.JAW, GroupSettings(offset=0.1, muted=True)]


def test_a_refresh_starts_no_echo(qtbot: QtBot, panel: DrivingPanel) -> None:
    muted = MixerSettings(mirror=True).with_group(ChannelGroup.LIPS, GroupSettings(muted=True))
    with qtbot.assertNotEmitted(panel.group_edited), qtbot.assertNotEmitted(panel.mirror_edited):
        panel.show_mixer(muted)
    assert not panel.mixer.row(ChannelGroup.LIPS).gain.isEnabled()


def test_smoothing_states_its_lag(panel: DrivingPanel) -> None:
    row = panel.mixer.row(ChannelGroup.LIPS)
    panel.show_mixer(MixerSettings().with_group(ChannelGroup.LIPS, GroupSettings(smoothing=0.0)))
    assert row.lag.text() == "0 ms"
    panel.show_mixer(MixerSettings().with_group(ChannelGroup.LIPS, GroupSettings(smoothing=1.0)))
    assert int(row.lag.text().removesuffix(" ms")) > 20
