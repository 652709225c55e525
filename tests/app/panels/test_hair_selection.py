from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QToolButton

from app.panels.hair_selection import HairSelectionBody
from app.widgets.range_histogram import ValueFormat

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def body(qtbot: QtBot) -> HairSelectionBody:
    widget = HairSelectionBody([], [("opacity", "Opacity"), ("size", "Size")])
    qtbot.addWidget(widget)
    widget.resize(320, 320)
    widget.show()
    widget.show_distribution(np.linspace(0, 1, 1000, dtype=np.float32), ValueFormat(100, 0, " %"))
    return widget


def test_it_says_how_much_is_selected(body: HairSelectionBody) -> None:
    assert body.count_text == "Nothing selected: tools work on all hair"
    body.show_count(1200, 30000)
    assert body.count_text == "1 200 of 30 000 selected"


def test_a_colour_is_asked_for_as_the_fields_say(qtbot: QtBot, body: HairSelectionBody) -> None:
    body.show_colour((0.5, 0.25, 0.125))
    source = next(
        each for each in body.findChildren(QComboBox) if each.accessibleName() == "Which colour"
    )
    source.setCurrentIndex(1)
    find = next(each for each in body.findChildren(QToolButton) if each.text() == "Select")
    with qtbot.waitSignal(body.colour_wanted) as asked:
        find.click()
    colour, tolerance, is_seen, _keys = asked.args
    assert colour == (0.5, 0.25, 0.125)
    assert tolerance == pytest.approx(0.06)
    assert is_seen


def test_a_drag_over_the_histogram_asks_for_that_range(
    qtbot: QtBot, body: HairSelectionBody
) -> None:
    bars = body.histogram
    y, wide = bars.height() // 3, bars.width()
    with qtbot.waitSignal(body.range_wanted) as asked:
        QTest.mousePress(bars, Qt.MouseButton.LeftButton, pos=QPoint(wide // 4, y))
        QTest.mouseMove(bars, QPoint(3 * wide // 4, y))
        QTest.mouseRelease(
            bars, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier,
            QPoint(3 * wide // 4, y),
        )  # fmt: skip
    name, low, high, keys = asked.args
    assert name == "opacity"
    assert low == pytest.approx(0.25, abs=0.02)
    assert high == pytest.approx(0.75, abs=0.02)
    assert keys == Qt.KeyboardModifier.ShiftModifier


def test_choosing_a_property_asks_for_its_values(qtbot: QtBot, body: HairSelectionBody) -> None:
    chooser = next(
        each for each in body.findChildren(QComboBox) if each.accessibleName() == "Property"
    )
    chooser.setCurrentIndex(1)
    with qtbot.waitSignal(body.property_wanted) as asked:
        chooser.activated.emit(1)
    assert asked.args == ["size"]
