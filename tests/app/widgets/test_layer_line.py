"""The line of a layer: what it shows of a name, and what it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from app.widgets.layer_line import LayerLine

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def line(qtbot: QtBot) -> LayerLine:
    line = LayerLine("Fringe")
    qtbot.addWidget(line)
    line.show_name("Fringe", is_visible=True)
    return line


def test_the_eye_asks_for_the_other_state(line: LayerLine, qtbot: QtBot) -> None:
    with qtbot.waitSignal(line.visible_edited) as asked:
        line.eye.click()
    assert asked.args == [False]
    line.show_name("Fringe", is_visible=False)
    with qtbot.waitSignal(line.visible_edited) as asked:
        line.eye.click()
    assert asked.args == [True]


def test_a_name_is_shown_letter_by_letter(line: LayerLine) -> None:
    line.show_name("<b>Bold</b>", is_visible=True)
    assert line.name.text() == "<b>Bold</b>"
    assert line.name.textFormat() is Qt.TextFormat.PlainText


def test_a_new_name_is_asked_for_once(line: LayerLine, qtbot: QtBot) -> None:
    names: list[str] = []
    line.renamed.connect(names.append)
    line.edit_name()
    assert line.editor is not None
    line.editor.setText("Bangs")
    qtbot.keyClick(line.editor, Qt.Key.Key_Return)
    assert names == ["Bangs"]
    assert line.editor is None
