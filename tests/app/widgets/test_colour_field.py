from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.widgets.colour_button import ColourButton
from app.widgets.colour_field import ColourField

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

_LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def field(qtbot: QtBot) -> ColourField:
    widget = ColourField()
    qtbot.addWidget(widget)
    widget.resize(200, 120)
    widget.show()
    widget.show_colour((0.5, 0.25, 0.25))
    return widget


def test_it_shows_a_colour_and_asks_for_nothing(qtbot: QtBot, field: ColourField) -> None:
    with qtbot.assertNotEmitted(field.colour_edited):
        field.show_colour((0.2, 0.4, 0.8))
    assert field.colour == pytest.approx((0.2, 0.4, 0.8), abs=0.005)


def test_corners_of_the_square_are_white_pure_and_black(field: ColourField) -> None:
    heard: list[tuple[float, float, float]] = []
    field.colour_edited.connect(heard.append)
    QTest.mousePress(field, _LEFT, pos=QPoint(1, 0))
    QTest.mouseMove(field, QPoint(250, -20))
    QTest.mouseMove(field, QPoint(0, 110))
    QTest.mouseRelease(field, _LEFT, pos=QPoint(0, 110))
    assert heard[0] == pytest.approx((1, 1, 1), abs=0.01)
    assert heard[1] == pytest.approx((1, 0, 0), abs=0.01)
    assert heard[2] == pytest.approx((0, 0, 0), abs=0.01)


def test_the_strip_changes_the_hue_alone(field: ColourField) -> None:
    QTest.mouseClick(field, _LEFT, pos=QPoint(67, 112))  # a third: green
    assert field.colour == pytest.approx((0.25, 0.5, 0.25), abs=0.02)


def test_greys_keep_the_hue_there_was(field: ColourField) -> None:
    QTest.mouseClick(field, _LEFT, pos=QPoint(133, 112))
    field.show_colour((0.5, 0.5, 0.5))
    QTest.mouseClick(field, _LEFT, pos=QPoint(199, 0))
    assert field.colour == pytest.approx((0, 0, 1), abs=0.05)


def test_arrow_keys_move_in_small_steps(field: ColourField) -> None:
    before = max(field.colour)
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert max(field.colour) == pytest.approx(before + 0.02, abs=0.005)
    hue = field.colour
    QTest.keyClick(field, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert field.colour != hue


def test_a_button_opens_a_field_and_tells_what_is_chosen(qtbot: QtBot) -> None:
    button = ColourButton("The colour", "Root")
    qtbot.addWidget(button)
    button.show()
    button.show_colour((0.5, 0.25, 0.25))
    button.click()
    assert button.field is not None
    assert button.field.isVisible()
    with qtbot.waitSignal(button.colour_edited) as asked:
        QTest.mouseClick(button.field, _LEFT, pos=QPoint(1, 0))
    assert asked.args[0] == pytest.approx((1, 1, 1), abs=0.01)
    assert button.colour == asked.args[0]
    button.field.window().close()
