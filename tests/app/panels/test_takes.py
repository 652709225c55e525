from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton, QTreeWidget

from app.panels.takes import TakesPanel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from avatar_core.motion import Take


@pytest.fixture
def panel(qtbot: QtBot, takes: list[Take]) -> TakesPanel:
    widget = TakesPanel()
    qtbot.addWidget(widget)
    widget.resize(380, 300)
    widget.show_takes(takes, "first")
    widget.show()
    return widget


def _button(panel: TakesPanel, tip: str) -> QToolButton:
    return next(each for each in panel.findChildren(QToolButton) if each.toolTip() == tip)


def test_it_lists_takes_and_marks_the_active_one(panel: TakesPanel) -> None:
    assert panel.names == ["Monologue", "Smiles"]
    assert panel.current == "first"
    item = panel.findChild(QTreeWidget).topLevelItem(0)
    assert (item.text(1), item.text(2)) == ("0:02.00", "30 fps")


def test_without_takes_it_says_how_to_get_one(panel: TakesPanel) -> None:
    panel.show_takes([], None)
    words = [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
    assert any("Press R to record one" in text for text in words)
    assert not _button(panel, "Play the take (double-click)").isEnabled()


def test_choosing_and_playing(qtbot: QtBot, panel: TakesPanel) -> None:
    with qtbot.waitSignal(panel.selected) as chosen:
        panel.choose("second")
    assert chosen.args == ["second"]
    with qtbot.waitSignal(panel.play_requested) as played:
        _button(panel, "Play the take (double-click)").click()
    assert played.args == ["second"]


def test_a_name_is_edited_in_place(qtbot: QtBot, panel: TakesPanel) -> None:
    tree = panel.findChild(QTreeWidget)
    tree.setFocus()
    panel.edit_name()
    editor = tree.findChild(QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, "Opening")
    with qtbot.waitSignal(panel.rename_requested) as asked:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert asked.args == ["first", "Opening"]


def test_delete_asks_for_the_chosen_take(qtbot: QtBot, panel: TakesPanel) -> None:
    with qtbot.waitSignal(panel.delete_requested) as asked:
        _button(panel, "Delete the take (Delete)").click()
    assert asked.args == ["first"]


def test_exports_name_their_format(qtbot: QtBot, panel: TakesPanel) -> None:
    menu = _button(panel, "Export the take").menu()
    as_take, as_csv, as_flame, as_wav = menu.actions()
    with qtbot.waitSignal(panel.export_take_requested):
        as_take.trigger()
    with qtbot.waitSignal(panel.export_csv_requested):
        as_csv.trigger()
    with qtbot.waitSignal(panel.export_flame_requested):
        as_flame.trigger()
    with qtbot.waitSignal(panel.export_sound_requested):
        as_wav.trigger()


def test_a_refresh_starts_no_echo(qtbot: QtBot, panel: TakesPanel, takes: list[Take]) -> None:
    with (
        qtbot.assertNotEmitted(panel.selected),
        qtbot.assertNotEmitted(panel.rename_requested),
    ):
        panel.show_takes(takes[1:], "second")
        panel.show_playing("second")
    assert panel.current == "second"
