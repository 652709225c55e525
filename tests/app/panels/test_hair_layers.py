from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtTest import QTest

from app.panels.hair_layers import HairLayersPanel, LayerRow

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

_ROWS = (LayerRow("2", "Fringe", True, 0.5), LayerRow("1", "Cut", False, 1.0))


@pytest.fixture
def panel(qtbot: QtBot) -> HairLayersPanel:
    widget = HairLayersPanel([])
    qtbot.addWidget(widget)
    widget.resize(320, 240)
    widget.show()
    widget.show_layers(_ROWS, "2")
    return widget


def test_the_topmost_layer_comes_first(panel: HairLayersPanel) -> None:
    assert panel.names == ["Fringe", "Cut"]
    assert panel.list.currentRow() == 0
    assert panel.line("2").strength.value == 0.5


def test_the_eye_asks_for_the_opposite(qtbot: QtBot, panel: HairLayersPanel) -> None:
    with qtbot.waitSignal(panel.visible_edited) as asked:
        panel.line("1").eye.click()
    assert asked.args == ["1", True]
    with qtbot.waitSignal(panel.visible_edited) as asked:
        panel.line("2").eye.click()
    assert asked.args == ["2", False]


def test_strength_and_choice_name_their_layer(qtbot: QtBot, panel: HairLayersPanel) -> None:
    with qtbot.waitSignal(panel.strength_edited) as asked:
        panel.line("1").strength.value_edited.emit(0.25)
    assert asked.args == ["1", 0.25]
    with qtbot.waitSignal(panel.layer_chosen) as asked:
        panel.list.setCurrentRow(1)
    assert asked.args == ["1"]


def test_a_name_is_written_anew(qtbot: QtBot, panel: HairLayersPanel) -> None:
    line = panel.line("2")
    line.edit_name()
    assert line.editor is not None
    line.editor.setText("  Bangs ")
    with qtbot.waitSignal(panel.renamed) as asked:
        line.editor.editingFinished.emit()
    assert asked.args == ["2", "Bangs"]
    line.edit_name()
    line.editor.setText("   ")
    with qtbot.assertNotEmitted(panel.renamed):
        line.editor.editingFinished.emit()


def test_a_refresh_asks_for_nothing_and_keeps_the_lines(
    qtbot: QtBot, panel: HairLayersPanel
) -> None:
    line = panel.line("2")
    with qtbot.assertNotEmitted(panel.layer_chosen):
        panel.show_layers((LayerRow("2", "Fringe", True, 0.8), _ROWS[1]), "1")
    assert panel.line("2") is line  # so that a drag of its strength goes on
    assert line.strength.value == 0.8
    assert panel.list.currentRow() == 1


def test_none_is_said_to_be_none(panel: HairLayersPanel) -> None:
    panel.show_layers((), None)
    assert panel.names == []
    assert panel.list.isHidden()
    QTest.qWait(1)
