from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest

from app.panels.hair_dye import HairDyeBody

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def body(qtbot: QtBot) -> Iterator[HairDyeBody]:
    owner = QObject()
    presets = [("Black", (0.1, 0.1, 0.1)), ("Copper", (0.6, 0.3, 0.15))]
    widget = HairDyeBody(presets, QAction("Dye", owner), QAction("Picture", owner))
    qtbot.addWidget(widget)
    widget.resize(320, 500)
    widget.show()
    yield widget
    owner.deleteLater()


def test_a_preset_becomes_the_dye(qtbot: QtBot, body: HairDyeBody) -> None:
    with qtbot.waitSignal(body.colour_edited) as asked:
        body.preset_buttons[1].click()
    assert asked.args == [(0.6, 0.3, 0.15)]
    assert body.colour == pytest.approx((0.6, 0.3, 0.15), abs=0.01)


def test_the_dye_is_reached_unless_lightness_is_to_be_kept(body: HairDyeBody) -> None:
    assert not body.keeps_lightness


def test_a_gradient_asks_for_both_ends(qtbot: QtBot, body: HairDyeBody) -> None:
    with qtbot.waitSignal(body.gradient_wanted) as asked:
        body.gradient_button.click()
    root, tip = asked.args
    assert sum(root) < sum(tip)


def test_a_grade_is_tried_while_it_is_dragged_and_lands_once(
    qtbot: QtBot, body: HairDyeBody
) -> None:
    heard: list[str] = []
    for told in ("started", "moved", "landed", "dropped"):
        getattr(body.grades, told).connect(lambda *_, told=told: heard.append(told))
    field = body.grades.fields["contrast"]
    y = field.height() // 2
    QTest.mousePress(field, Qt.MouseButton.LeftButton, pos=QPoint(100, y))
    for x in (110, 130, 150):
        QTest.mouseMove(field, QPoint(x, y))
    assert field.value > 0
    QTest.mouseRelease(field, Qt.MouseButton.LeftButton, pos=QPoint(150, y))
    assert heard[0] == "started"
    assert set(heard[1:-1]) == {"moved"}
    assert heard[-1] == "landed"
    assert field.value == 0.0  # ready for the next change


def test_escape_drops_a_grade(qtbot: QtBot, body: HairDyeBody) -> None:
    field = body.grades.fields["saturation"]
    y = field.height() // 2
    field.setFocus()
    QTest.mousePress(field, Qt.MouseButton.LeftButton, pos=QPoint(100, y))
    QTest.mouseMove(field, QPoint(140, y))
    with qtbot.waitSignal(body.grades.dropped) as told:
        QTest.keyClick(field, Qt.Key.Key_Escape)
    assert told.args == ["saturation"]
    assert field.value == 0.0
    QTest.mouseRelease(field, Qt.MouseButton.LeftButton, pos=QPoint(140, y))


def test_a_typed_value_is_a_whole_change(qtbot: QtBot, body: HairDyeBody) -> None:
    heard: list[str] = []
    body.grades.moved.connect(lambda name, value: heard.append(f"{name} {value:.2f}"))
    body.grades.landed.connect(heard.append)
    body.grades.fields["brightness"].value_edited.emit(0.5)
    assert heard == ["brightness 0.50", "brightness"]
