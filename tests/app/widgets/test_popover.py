from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.widgets.popover import Popover, chips

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Bar(QWidget):
    """A bar with one button that opens a popover of two chips."""

    def __init__(self) -> None:
        super().__init__()
        self.setGeometry(100, 60, 300, 32)
        self.button = QToolButton(text="Open")
        QHBoxLayout(self).addWidget(self.button)
        self.action = QAction("Wireframe", self, checkable=True, shortcut="W")
        self.popover = Popover("Display", self)
        self.popover.add_row("Face", chips([self.action, QAction("Depth", self)]))
        self.popover.add_line()
        self.popover.add_row("", QWidget())
        self.button.clicked.connect(self.toggle)

    def toggle(self) -> None:
        self.popover.toggle_at(self.button, self)


@pytest.fixture
def bar(qtbot: QtBot) -> Bar:
    made = Bar()
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_opens_below_the_bar_flush_with_its_end(bar: Bar) -> None:
    bar.toggle()
    assert bar.popover.isVisible()
    assert bar.popover.y() >= bar.mapToGlobal(bar.rect().bottomLeft()).y()
    right = bar.popover.x() + bar.popover.width()
    screen = bar.screen().availableGeometry()
    expected = max(bar.x() + bar.width(), screen.left() + bar.popover.width())
    assert right == pytest.approx(expected, abs=1)
    bar.toggle()
    assert not bar.popover.isVisible()


def test_it_stays_on_the_screen(bar: Bar) -> None:
    screen = bar.screen().availableGeometry()
    bar.move(screen.left() - 200, screen.bottom() - 40)
    bar.toggle()
    assert screen.contains(bar.popover.geometry())
    bar.toggle()


def test_escape_closes_it(qtbot: QtBot, bar: Bar) -> None:
    bar.toggle()
    qtbot.keyClick(bar.popover, Qt.Key.Key_Escape)
    assert not bar.popover.isVisible()


def test_it_does_not_open_where_its_button_is_not_to_be_seen(bar: Bar) -> None:
    bar.hide()
    bar.toggle()
    assert not bar.popover.isVisible()


def test_chips_are_alike_and_follow_their_actions(bar: Bar) -> None:
    bar.toggle()
    first, second = bar.popover.findChildren(QToolButton)
    assert first.size() == second.size()
    first.click()
    assert bar.action.isChecked()
    assert bar.popover.isVisible()  # one thing is compared with another
    bar.action.setChecked(False)
    assert not first.isChecked()
    assert "W" in first.toolTip() or bar.action.shortcut().toString() == "W"
    bar.toggle()
