"""A number that drags."""

from __future__ import annotations

from math import degrees, radians
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit

from app.widgets.drag_number import DragNumber, NumberRange

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

_LEFT = Qt.MouseButton.LeftButton
_PLAIN = Qt.KeyboardModifier.NoModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier


class Owner:
    """Does what the handlers do: takes what was asked and shows it."""

    def __init__(self, number: DragNumber) -> None:
        self.asked: list[float] = []
        self.gestures: list[str] = []
        self._number = number
        number.value_edited.connect(self._take)
        number.gesture_started.connect(lambda: self.gestures.append("start"))
        number.gesture_ended.connect(lambda: self.gestures.append("end"))
        number.gesture_cancelled.connect(lambda: self.gestures.append("cancel"))

    def _take(self, value: float) -> None:
        self.asked.append(value)
        self._number.set_value(value)


@pytest.fixture
def number(qtbot: QtBot) -> DragNumber:
    widget = DragNumber(NumberRange(0.0, 2.0, 1.0, 0.05))
    qtbot.addWidget(widget)
    widget.resize(200, 24)
    widget.show()
    return widget


def _drag(qtbot: QtBot, number: DragNumber, distances: list[int], fine: bool = False) -> None:
    """Press in the middle and move to places relative to it; the button stays down."""
    start = QPoint(100, 12)
    qtbot.mousePress(number, _LEFT, _PLAIN, start)
    for distance in distances:
        _move(number, start + QPoint(distance, 0), _SHIFT if fine else _PLAIN)


def _move(number: DragNumber, place: QPoint, keys: Qt.KeyboardModifier) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),
        number.mapToGlobal(QPointF(place)),
        Qt.MouseButton.NoButton,
        _LEFT,
        keys,
    )
    QApplication.sendEvent(number, event)


def test_a_drag_over_the_width_covers_the_range_and_is_one_gesture(
    qtbot: QtBot, number: DragNumber
) -> None:
    owner = Owner(number)
    _drag(qtbot, number, [20, 50])
    qtbot.mouseRelease(number, _LEFT, _PLAIN, QPoint(150, 12))
    assert owner.asked == pytest.approx([1.2, 1.5])
    assert owner.gestures == ["start", "end"]


def test_shift_makes_a_drag_ten_times_finer(qtbot: QtBot, number: DragNumber) -> None:
    owner = Owner(number)
    _drag(qtbot, number, [50], fine=True)
    qtbot.mouseRelease(number, _LEFT)
    assert owner.asked == pytest.approx([1.05])


def test_a_drag_stops_at_the_limits(qtbot: QtBot, number: DragNumber) -> None:
    owner = Owner(number)
    _drag(qtbot, number, [-300, 400])
    qtbot.mouseRelease(number, _LEFT)
    assert owner.asked == [0.0, 2.0]


def test_a_trembling_press_is_no_drag(qtbot: QtBot, number: DragNumber) -> None:
    owner = Owner(number)
    _drag(qtbot, number, [1, 2, -2])
    qtbot.mouseRelease(number, _LEFT, _PLAIN, QPoint(102, 12))
    assert owner.asked == []
    assert owner.gestures == []


def test_escape_takes_a_drag_back(qtbot: QtBot, number: DragNumber) -> None:
    owner = Owner(number)
    number.setFocus()
    _drag(qtbot, number, [50])
    qtbot.keyClick(number, Qt.Key.Key_Escape)
    _move(number, QPoint(190, 12), _PLAIN)
    qtbot.mouseRelease(number, _LEFT)
    assert owner.gestures == ["start", "cancel"]
    assert owner.asked == pytest.approx([1.5])


def test_a_double_click_asks_for_the_default(qtbot: QtBot, number: DragNumber) -> None:
    owner = Owner(number)
    number.set_value(1.7)
    qtbot.mouseDClick(number, _LEFT, _PLAIN, QPoint(100, 12))
    assert owner.asked == [1.0]


def test_the_arrows_at_the_ends_step(qtbot: QtBot, number: DragNumber) -> None:
    owner = Owner(number)
    qtbot.mouseClick(number, _LEFT, _PLAIN, QPoint(195, 12))
    qtbot.mouseClick(number, _LEFT, _PLAIN, QPoint(4, 12))
    qtbot.mouseClick(number, _LEFT, _SHIFT, QPoint(4, 12))
    assert owner.asked == pytest.approx([1.05, 1.0, 0.995])


def test_keys_step_and_reset(qtbot: QtBot, number: DragNumber) -> None:
    owner = Owner(number)
    qtbot.keyClick(number, Qt.Key.Key_Right)
    qtbot.keyClick(number, Qt.Key.Key_Right, _SHIFT)
    qtbot.keyClick(number, Qt.Key.Key_Left)
    qtbot.keyClick(number, Qt.Key.Key_Delete)
    assert owner.asked == pytest.approx([1.05, 1.055, 1.005, 1.0])


@pytest.mark.parametrize(
    ("typed", "asked"), [("0.25", [0.25]), ("1,5", [1.5]), ("9", [2.0]), ("soon", []), ("nan", [])]
)
def test_enter_opens_an_editor_that_takes_numbers(
    qtbot: QtBot, number: DragNumber, typed: str, asked: list[float]
) -> None:
    owner = Owner(number)
    qtbot.keyClick(number, Qt.Key.Key_Return)
    editor = number.findChild(QLineEdit)
    assert editor.selectedText() == "1.00"
    qtbot.keyClicks(editor, typed)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert owner.asked == asked
    assert editor.isHidden()


def test_the_wheel_scrolls_past_unless_ctrl_is_held(qtbot: QtBot, number: DragNumber) -> None:
    owner = Owner(number)
    assert not _wheel(number, _PLAIN)
    assert owner.asked == []
    assert _wheel(number, Qt.KeyboardModifier.ControlModifier)
    assert owner.asked == pytest.approx([1.05])


def _wheel(number: DragNumber, keys: Qt.KeyboardModifier) -> bool:
    place = QPointF(100, 12)
    phase = Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(
        place, place, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, keys, phase, False
    )
    QApplication.sendEvent(number, event)
    return event.isAccepted()


def test_showing_a_value_asks_for_nothing(number: DragNumber) -> None:
    owner = Owner(number)
    number.set_value(0.3)
    number.set_live(0.9)
    assert (number.value, owner.asked) == (0.3, [])


def test_the_bar_reaches_from_the_default_to_the_value(qtbot: QtBot, number: DragNumber) -> None:
    number.set_value(2.0)
    image = number.grab().toImage()
    left, right = image.pixelColor(40, 5), image.pixelColor(160, 5)
    assert left != right
    number.set_value(1.0)
    image = number.grab().toImage()
    assert image.pixelColor(160, 5) == left


def test_text_is_scaled_and_never_says_minus_nothing() -> None:
    angle = NumberRange(-1.0, 1.0, scale=degrees(1), decimals=0, suffix="°")
    assert angle.text(radians(30)) == "30°"
    assert angle.text(-1e-9) == "0°"
    assert angle.parse("30 °") == pytest.approx(radians(30))
    assert angle.parse("") is None
