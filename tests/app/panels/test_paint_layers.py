from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QLabel

from app.panels.paint_layer_settings import PaintLayerSettings
from app.panels.paint_layers import PaintLayerRow, PaintLayersPanel
from avatar_core.project.paint import Blend, LayerKind, TexturePart

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

_WHERE = QAbstractItemView.DropIndicatorPosition
ROWS = (
    PaintLayerRow("4", "Lips", LayerKind.GROUP),
    PaintLayerRow("3", "Shine", part=TexturePart.GLOSS, parent="4"),
    PaintLayerRow("2", "Red", parent="4", opacity=0.5, blend=Blend.MULTIPLY),
    PaintLayerRow("1", "Tone", LayerKind.FILL, colour=(1.0, 0.0, 0.0)),
)


@pytest.fixture
def panel(qtbot: QtBot) -> PaintLayersPanel:
    widget = PaintLayersPanel(PaintLayerSettings(), (), QLabel())
    qtbot.addWidget(widget)
    widget.resize(320, 500)
    widget.show()
    widget.show_layers(ROWS, "2")
    return widget


def test_layers_are_shown_within_their_groups(panel: PaintLayersPanel) -> None:
    assert panel.names == ["Lips", "Shine", "Red", "Tone"]
    tree = panel.tree
    assert tree.topLevelItemCount() == 2
    assert tree.topLevelItem(0).childCount() == 2
    assert tree.topLevelItem(0).isExpanded()
    assert panel.settings.blend.currentText() == "Multiply"
    assert panel.settings.opacity.value == 0.5
    assert panel.line("2").note.text() == "50 %, multiply"
    assert not panel.line("1").note.isVisible()


def test_choosing_a_layer_is_told_and_showing_one_is_not(panel: PaintLayersPanel) -> None:
    chosen: list[str] = []
    panel.layer_chosen.connect(chosen.append)
    panel.show_layers(ROWS, "1")
    assert chosen == []
    panel.tree.setCurrentItem(panel.tree.topLevelItem(0))
    assert chosen == ["4"]


def test_lines_stay_while_the_layers_do(panel: PaintLayersPanel) -> None:
    line = panel.line("1")
    panel.show_layers((*ROWS[:3], PaintLayerRow("1", "Base", LayerKind.FILL)), "1")
    assert panel.line("1") is line
    assert line.name.text() == "Base"
    panel.show_layers(ROWS[3:], None)
    assert panel.names == ["Tone"]
    assert not panel.settings.isEnabled()
    panel.show_layers((), None)
    assert not panel.tree.isVisible()


def test_a_folded_group_stays_folded_when_layers_come(panel: PaintLayersPanel) -> None:
    panel.tree.topLevelItem(0).setExpanded(False)
    panel.show_layers((PaintLayerRow("5", "New"), *ROWS), "5")
    assert not panel.tree.topLevelItem(1).isExpanded()


def test_the_eye_the_name_and_the_pictures_ask(qtbot: QtBot, panel: PaintLayersPanel) -> None:
    told: list[object] = []
    panel.visible_edited.connect(lambda *each: told.append(each))
    panel.renamed.connect(lambda *each: told.append(each))
    panel.mask_chosen.connect(lambda *each: told.append(each))
    mask = QImage(8, 8, QImage.Format.Format_Grayscale8)
    panel.show_layers((*ROWS[:3], PaintLayerRow("1", "Tone", LayerKind.FILL, mask=mask)), "1")
    line = panel.line("1")
    line.eye.click()
    line.mask_picture.click()
    line.picture.click()
    QTest.mouseDClick(line.name, Qt.MouseButton.LeftButton)
    assert line.editor is not None
    line.editor.setText("  Base ")
    QTest.keyClick(line.editor, Qt.Key.Key_Return)
    assert told == [("1", False), ("1", True), ("1", False), ("1", "Base")]
    assert line.editor is None


def test_drops_say_group_and_place(panel: PaintLayersPanel) -> None:
    told: list[object] = []
    panel.tree.layer_dropped.connect(lambda *each: told.append(each))
    tree, items = panel.tree, panel._items
    tree.setCurrentItem(items["1"])
    tree.drop_at(items["4"], _WHERE.OnItem)  # into the group, on top
    tree.drop_at(items["4"], _WHERE.AboveItem)  # above the group
    tree.drop_at(items["3"], _WHERE.BelowItem)  # between the members
    tree.drop_at(items["2"], _WHERE.BelowItem)  # the lowest member
    tree.drop_at(None, _WHERE.OnViewport)  # below all
    tree.drop_at(items["1"], _WHERE.OnItem)  # on itself
    assert told == [("1", "4", 2), ("1", None, 1), ("1", "4", 1), ("1", "4", 0), ("1", None, 0)]


def test_what_is_on_the_mask_is_framed(panel: PaintLayersPanel) -> None:
    mask = QImage(8, 8, QImage.Format.Format_Grayscale8)
    rows = (*ROWS[:3], PaintLayerRow("1", "Tone", LayerKind.FILL, mask=mask))
    panel.show_layers(rows, "1", on_mask=True)
    assert panel.line("1").mask_picture.isChecked()
    assert not panel.line("1").picture.isChecked()
    panel.show_layers(rows, "1")
    assert not panel.line("1").mask_picture.isChecked()
    assert panel.line("1").picture.isChecked()


def test_settings_tell_the_layer_they_are_of(panel: PaintLayersPanel) -> None:
    told: list[object] = []
    settings = panel.settings
    settings.blend_edited.connect(lambda *each: told.append(each))
    settings.part_edited.connect(lambda *each: told.append(each))
    settings.blend.activated.emit(list(Blend).index(Blend.SCREEN))
    settings.part.activated.emit(list(TexturePart).index(TexturePart.SCULPT))
    assert told == [("2", Blend.SCREEN), ("2", TexturePart.SCULPT)]
    panel.show_layers(ROWS, "4")
    assert not settings.part.isVisible()  # a group holds layers of any part
