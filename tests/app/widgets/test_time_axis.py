from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent

from app.widgets.time_axis import TimeAxis
from app.widgets.time_marks import End, TimeMarks
from app.widgets.time_ruler import TimeRuler

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

WIDTH = 216  # 200 pixels of time between the margins


@pytest.fixture
def axis() -> TimeAxis:
    each = TimeAxis()
    each.set_duration(10.0)
    return each


def test_all_is_shown_at_first(axis: TimeAxis) -> None:
    assert (axis.x(0, WIDTH), axis.x(10, WIDTH)) == (8, 208)
    assert axis.time(108, WIDTH) == pytest.approx(5)
    assert (axis.start_s, axis.span_s) == (0.0, 10.0)


def test_zooming_keeps_the_moment_under_the_mouse(axis: TimeAxis) -> None:
    place = axis.x(3.0, WIDTH)
    axis.zoom(0.5, 3.0)
    assert axis.span_s == 5.0
    assert axis.x(3.0, WIDTH) == pytest.approx(place)
    axis.zoom(100, 3.0)
    assert (axis.start_s, axis.span_s) == (0.0, 10.0)


def test_panning_stops_at_the_ends(axis: TimeAxis) -> None:
    axis.zoom(0.5, 0.0)
    axis.pan(-3)
    assert axis.start_s == 0
    axis.pan(99)
    assert axis.start_s == 5.0


def test_the_page_turns_with_the_playhead(axis: TimeAxis) -> None:
    axis.zoom(0.2, 0.0)
    axis.reveal(1.0)
    assert axis.start_s == 0
    axis.reveal(7.0)
    assert axis.start_s <= 7.0 <= axis.start_s + axis.span_s


def test_nothing_to_show_is_no_trouble(qtbot: QtBot) -> None:
    empty = TimeAxis()
    empty.zoom(0.5, 0.0)
    empty.pan(1.0)
    assert empty.time(100, WIDTH) == 0
    with qtbot.assertNotEmitted(empty.changed):
        empty.set_duration(0.0)


def test_the_nearest_mark_is_grabbed() -> None:
    marks = TimeMarks(1.0, 5.0, ((2.0, "a"), (2.1, "b")))

    def x(time_s: float) -> float:
        return 100 * time_s

    assert marks.at(101, x) is End.IN
    assert marks.at(496, x) is End.OUT
    assert marks.at(207, x) == 1
    assert marks.at(300, x) is None
    assert TimeMarks().at(0, x) is None


def test_ctrl_wheel_zooms_and_marks_stay_where_they_are(qtbot: QtBot) -> None:
    ruler = TimeRuler()
    qtbot.addWidget(ruler)
    ruler.resize(WIDTH, 80)
    ruler.set_duration(10.0)
    ruler.set_marks(TimeMarks(2.0, 8.0, ((5.0, "Smile"),)))
    ruler.show()
    whole = ruler.grab().toImage()
    place = QPointF(108, 40)
    turn = QWheelEvent(
        place, ruler.mapToGlobal(place), QPoint(), QPoint(0, 360), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    ruler.wheelEvent(turn)
    assert ruler.axis.span_s == pytest.approx(10 * 0.8**3)
    assert ruler.axis.x(5.0, WIDTH) == pytest.approx(108)
    assert ruler.grab().toImage() != whole
