from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton

from app.widgets.tool_shelf import ToolShelf

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def shelf(qtbot: QtBot) -> ToolShelf:
    many = [QAction(f"Tool {number}") for number in range(8)]
    one = [QAction("Other tool")]
    widget = ToolShelf([("Many", many), ("One", one)])
    for action in (*many, *one):
        action.setParent(widget)
    qtbot.addWidget(widget)
    widget.show()
    return widget


def test_long_groups_go_on_in_another_row(shelf: ToolShelf) -> None:
    buttons = {each.text(): each for each in shelf.findChildren(QToolButton)}
    assert len(buttons) == 9
    heights = [buttons[f"Tool {number}"].y() for number in range(8)]
    assert len(set(heights[:6])) == 1
    assert heights[6] == heights[7] > heights[0]
    assert buttons["Other tool"].y() > heights[7]
    assert buttons["Other tool"].x() == buttons["Tool 6"].x() == buttons["Tool 0"].x()


def test_the_tool_in_hand_is_named(shelf: ToolShelf) -> None:
    shelf.show_tool("Comb", "Combs hair")
    assert shelf.title == "Comb"


def test_work_in_the_background_is_told_while_it_lasts(shelf: ToolShelf) -> None:
    assert shelf.progress_text == ""
    shelf.show_progress((0.4, "Tracing guides"))
    assert shelf.progress_text == "Tracing guides"
    shelf.show_progress(None)
    assert shelf.progress_text == ""
