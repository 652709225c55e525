"""The history panel: every step, the way back and forth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.theme import COLOURS, GRID_PX, ROW_PX
from app.widgets.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence


class HistoryPanel(Panel):
    """A list of steps; a click goes to the state after that step."""

    jump_requested = Signal(int)
    """How many steps should be done: 0 is the state the project was opened in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = QListWidget()
        self._list.setToolTip("Click a step to go back or forth to it")
        self._list.currentRowChanged.connect(self.jump_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.addWidget(self._list)
        self.show_history([], 0)

    def show_history(self, labels: Sequence[str], done: int) -> None:
        """Show the steps; the first `done` of them are in effect, the rest can be redone."""
        with QSignalBlocker(self._list):
            self._list.clear()
            for row, label in enumerate(["Opened", *labels]):
                item = QListWidgetItem(label)
                item.setSizeHint(QSize(0, ROW_PX))
                if row > done:
                    item.setForeground(QBrush(QColor(COLOURS.text_off)))
                self._list.addItem(item)
            self._list.setCurrentRow(done)
        self._list.scrollToItem(self._list.item(done))
