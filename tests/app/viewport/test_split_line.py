from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.viewport.comparison import Compare
from app.viewport.split_line import SplitLine

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Viewport(QWidget):
    """Counts the presses that reach it."""

    presses = 0

    def __init__(self) -> None:
        super().__init__()
        self.resize(400, 300)
        self.line = SplitLine(self)

    def mousePressEvent(self, _event: object) -> None:  # noqa: N802
        self.presses += 1


@pytest.fixture
def viewport(qtbot: QtBot) -> Viewport:
    made = Viewport()
    qtbot.addWidget(made)
    made.show()
    return made


def _drag_to(line: SplitLine, x: float) -> None:
    place = QPointF(x, 150)
    left = Qt.MouseButton.LeftButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, place, line.mapToGlobal(place), left, left,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(line, event)


def test_it_is_there_only_while_something_is_compared(viewport: Viewport) -> None:
    assert not viewport.line.isVisible()
    viewport.line.show_state(Compare.SPLIT, 0.5, viewport.size())
    assert viewport.line.isVisible()
    viewport.line.show_state(Compare.AFTER, 0.5, viewport.size())
    assert not viewport.line.isVisible()


def test_dragging_moves_it_but_not_out_of_the_picture(viewport: Viewport) -> None:
    shares: list[float] = []
    viewport.line.moved.connect(shares.append)
    viewport.line.show_state(Compare.SPLIT, 0.5, viewport.size())
    for x in (100, -50, 900):
        _drag_to(viewport.line, x)
    assert shares[0] == pytest.approx(0.25)
    assert 0 < shares[1] < 0.05
    assert 0.95 < shares[2] < 1


def test_a_double_click_puts_it_into_the_middle(qtbot: QtBot, viewport: Viewport) -> None:
    viewport.line.show_state(Compare.SPLIT, 0.2, viewport.size())
    with qtbot.waitSignal(viewport.line.moved) as told:
        QTest.mouseDClick(viewport.line, Qt.MouseButton.LeftButton, pos=QPoint(80, 100))
    assert told.args == [0.5]


def test_the_mouse_passes_it_by_elsewhere(viewport: Viewport) -> None:
    viewport.line.show_state(Compare.SPLIT, 0.5, viewport.size())
    assert viewport.childAt(60, 100) is None
    assert viewport.childAt(200, 100) is viewport.line
    viewport.line.show_state(Compare.BEFORE, 0.5, viewport.size())
    assert viewport.childAt(200, 100) is None
    assert viewport.childAt(200, 280) is viewport.line  # the word


def test_alone_there_is_nothing_to_drag(viewport: Viewport) -> None:
    shares: list[float] = []
    viewport.line.moved.connect(shares.append)
    viewport.line.show_state(Compare.BEFORE, 0.5, viewport.size())
    _drag_to(viewport.line, 100)
    assert shares == []


def test_words_and_line_are_painted(viewport: Viewport) -> None:
    viewport.line.show_state(Compare.SPLIT, 0.5, viewport.size())
    image = viewport.grab().toImage()
    assert image.pixelColor(200, 20).lightness() > 180
    assert image.pixelColor(60, 20).lightness() < 100
