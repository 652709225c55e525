from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QToolButton

from app.panels.take_curves import shown_curve
from app.panels.timeline import TimelinePanel
from app.widgets.time_marks import TimeMarks

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from avatar_core.motion import Take


@dataclass
class Recording:
    is_clip: bool
    elapsed_s: float
    dropped: int = 0
    is_punch: bool = False


@pytest.fixture
def panel(qtbot: QtBot) -> TimelinePanel:
    widget = TimelinePanel([QAction("Play")], [QAction("Take"), QAction("Clip")])
    qtbot.addWidget(widget)
    widget.resize(800, 160)
    widget.show()
    return widget


def _texts(panel: TimelinePanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel)]


def test_buttons_are_the_actions(panel: TimelinePanel) -> None:
    buttons = panel.findChildren(QToolButton)
    assert [button.defaultAction().text() for button in buttons] == ["Play", "Take", "Clip"]


def test_scrubbing_asks_for_times(qtbot: QtBot, panel: TimelinePanel) -> None:
    panel.show_time(0.0, 10.0)
    asked: list[float] = []
    panel.seek_requested.connect(asked.append)
    middle = QPoint(panel.ruler.width() // 2, 40)
    with qtbot.waitSignals([panel.scrub_started, panel.scrub_ended]):
        qtbot.mouseClick(panel.ruler, Qt.MouseButton.LeftButton, pos=middle)
    assert asked == pytest.approx([5.0], abs=0.05)


def test_it_tells_time_and_length(panel: TimelinePanel) -> None:
    panel.show_time(3.25, 61.5)
    assert "0:03.25 / 1:01.50" in _texts(panel)
    panel.show_time(0.0, None)
    assert "0:00.00" in _texts(panel)


def test_it_tells_what_is_recorded_and_what_was_lost(panel: TimelinePanel) -> None:
    panel.show_recording(Recording(is_clip=False, elapsed_s=1.5))
    assert panel.recording_text == "● Take 0:01.50"
    panel.show_recording(Recording(is_clip=True, elapsed_s=2.0, dropped=3))
    assert panel.recording_text == "● Clip 0:02.00   3 dropped"
    panel.show_recording(Recording(is_clip=False, elapsed_s=0.5, is_punch=True))
    assert panel.recording_text == "● Over take 0:00.50"
    panel.show_recording(None)
    assert panel.recording_text == ""


def test_a_countdown_stands_until_it_ends_though_nothing_is_recorded_yet(
    panel: TimelinePanel,
) -> None:
    panel.show_countdown(3)
    panel.show_recording(None)  # as comes several times a second
    assert panel.recording_text == "● in 3"
    panel.show_countdown(0)
    assert panel.recording_text == ""


def test_it_draws_the_strip_of_a_take(panel: TimelinePanel, takes: list[Take]) -> None:
    panel.show_time(0.0, 2.0)
    empty = panel.ruler.grab().toImage()
    panel.show_material(takes[0])
    with_sound = panel.ruler.grab().toImage()
    panel.show_material(takes[1])
    without_sound = panel.ruler.grab().toImage()
    assert empty != with_sound
    assert with_sound != without_sound
    assert "Smiles" in _texts(panel)
    panel.show_material(None, "face.mp4")
    assert "face.mp4" in _texts(panel)
    assert panel.ruler.grab().toImage() == empty


def test_marks_and_curve_of_a_take_do_not_lie_over_a_film(
    panel: TimelinePanel, takes: list[Take]
) -> None:
    take, marks = takes[0], TimeMarks(0.2, 0.8, ((0.5, "Nod"),))
    panel.show_material(take)
    panel.show_marks(marks)
    panel.show_curve(shown_curve(take, "jawOpen"))
    assert (panel.ruler.marks, panel.lane.isHidden()) == (marks, False)
    panel.show_material(None, "face.mp4")
    assert (panel.ruler.marks, panel.lane.isHidden()) == (TimeMarks(), True)
    panel.show_marks(marks)
    assert panel.ruler.marks == TimeMarks()
    panel.show_material(take)
    assert (panel.ruler.marks, panel.lane.isHidden()) == (marks, False)
