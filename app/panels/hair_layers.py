"""The Layers panel: edits of the hair, the topmost first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.theme import GRID_PX, ROW_PX
from app.widgets.buttons import action_button
from app.widgets.drag_number import NumberRange
from app.widgets.fields import number
from app.widgets.gestures import pass_gestures
from app.widgets.layer_line import LayerLine
from app.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

_STRENGTH = NumberRange(0.0, 1.0, 1.0, 0.05, 0, scale=100, suffix=" %")
_STRENGTH_PX = 8 * GRID_PX


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer as the list shows it."""

    id: str
    name: str
    is_visible: bool
    strength: float


class HairLayerLine(LayerLine):
    """Eye, name, and how much of the layer counts."""

    strength_edited = Signal(float)
    gesture_started = Signal()
    gesture_ended = Signal()
    gesture_cancelled = Signal()

    def __init__(self, layer: LayerRow, parent: QWidget | None = None) -> None:
        super().__init__(layer.name, parent)
        self.strength = number(_STRENGTH, "", f"How much of {layer.name} counts")
        self.strength.setFixedWidth(_STRENGTH_PX)
        self.strength.value_edited.connect(self.strength_edited)
        pass_gestures(self, self.strength)
        self.row.addWidget(self.name, 1)
        self.row.addWidget(self.strength)
        self.show_layer(layer)

    def show_layer(self, layer: LayerRow) -> None:
        self.show_name(layer.name, is_visible=layer.is_visible)
        self.strength.set_value(layer.strength)


class HairLayersPanel(Panel):
    """The layers and what can be done with the chosen one.

    Args:
        actions: buttons below the list.
    """

    layer_chosen = Signal(str)
    visible_edited = Signal(str, bool)
    strength_edited = Signal(str, float)
    renamed = Signal(str, str)
    gesture_started = Signal()
    gesture_ended = Signal()
    gesture_cancelled = Signal()

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = QListWidget()
        self._list.setAccessibleName("Layers")
        self._list.currentItemChanged.connect(self._choose)
        self._lines: dict[str, HairLayerLine] = {}
        self._empty = QLabel("The first stroke begins a layer.")
        self._empty.setProperty("role", "dim")
        self._empty.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID_PX // 2)
        for action in actions:
            buttons.addWidget(action_button(action))
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX // 2)
        layout.addLayout(buttons)
        layout.addWidget(self._empty)
        layout.addWidget(self._list, 1)
        layout.addStretch()
        self.show_layers((), None)

    def show_layers(self, layers: Sequence[LayerRow], active: str | None) -> None:
        """Show layers, the topmost first; rows of layers that were there stay where they are."""
        self._empty.setVisible(not layers)
        self._list.setVisible(bool(layers))
        if [layer.id for layer in layers] != list(self._lines):
            self._rebuild(layers)
        for layer in layers:
            self._lines[layer.id].show_layer(layer)
        with QSignalBlocker(self._list):
            ids = list(self._lines)
            self._list.setCurrentRow(ids.index(active) if active in ids else -1)

    def line(self, layer_id: str) -> HairLayerLine:
        return self._lines[layer_id]

    @property
    def names(self) -> list[str]:
        return [line.name.text() for line in self._lines.values()]

    @property
    def list(self) -> QListWidget:
        return self._list

    def _rebuild(self, layers: Sequence[LayerRow]) -> None:
        with QSignalBlocker(self._list):
            self._list.clear()
            self._lines = {}
            for layer in layers:
                item = QListWidgetItem()
                item.setSizeHint(QSize(0, ROW_PX + GRID_PX // 2))
                item.setData(Qt.ItemDataRole.UserRole, layer.id)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, layer.name)
                self._list.addItem(item)
                self._lines[layer.id] = self._line(layer)
                self._list.setItemWidget(item, self._lines[layer.id])

    def _line(self, layer: LayerRow) -> HairLayerLine:
        line = HairLayerLine(layer)
        line.visible_edited.connect(lambda on: self.visible_edited.emit(layer.id, on))
        line.strength_edited.connect(lambda share: self.strength_edited.emit(layer.id, share))
        line.renamed.connect(lambda name: self.renamed.emit(layer.id, name))
        pass_gestures(self, line)
        return line

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.layer_chosen.emit(item.data(Qt.ItemDataRole.UserRole))
