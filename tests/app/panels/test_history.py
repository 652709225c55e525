from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget

from app.panels.history import HistoryPanel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def panel(qtbot: QtBot) -> HistoryPanel:
    widget = HistoryPanel()
    qtbot.addWidget(widget)
    widget.show_history(["Set jawOpen", "Turn head"], 1)
    widget.show()
    return widget


def test_steps_stand_below_the_opened_state(panel: HistoryPanel) -> None:
    steps = panel.findChild(QListWidget)
    assert [steps.item(row).text() for row in range(3)] == ["Opened", "Set jawOpen", "Turn head"]
    assert steps.currentRow() == 1
    assert steps.item(2).foreground().color() != steps.item(1).foreground().color()


def test_a_click_asks_for_that_many_steps(qtbot: QtBot, panel: HistoryPanel) -> None:
    steps = panel.findChild(QListWidget)
    place = steps.visualItemRect(steps.item(2)).center()
    with qtbot.waitSignal(panel.jump_requested) as asked:
        qtbot.mouseClick(steps.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == [2]


def test_a_refresh_asks_for_nothing(qtbot: QtBot, panel: HistoryPanel) -> None:
    with qtbot.assertNotEmitted(panel.jump_requested):
        panel.show_history(["Set jawOpen"], 0)
    assert panel.findChild(QListWidget).currentRow() == 0
