"""ToolShelf: buttons of tools in groups, and a few words about the one in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from app.theme import GRID_PX, ROW_PX
from app.widgets.buttons import action_button
from app.widgets.fields import column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

_BUTTON_PX = ROW_PX + 4
_TITLE_PX = 7 * GRID_PX
_COLUMNS = 6


class ToolShelf(QWidget):
    """Groups of tools, what is being worked out for them, and which one is in hand.

    Args:
        groups: a title and its actions, from top to bottom.
    """

    def __init__(
        self, groups: Sequence[tuple[str, Sequence[QAction]]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._doing = QLabel(wordWrap=True)
        self._doing.setProperty("role", "dim")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setRange(0, 1000)
        self._bar.setFixedHeight(GRID_PX // 2)
        self._working = column(self._doing, self._bar, margin_px=0)
        self._title = QLabel()
        self._title.setProperty("role", "heading")
        self._tip = QLabel(wordWrap=True)
        self._tip.setProperty("role", "dim")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(_buttons(groups))
        for widget in (self._working, _rule(), self._title, self._tip):
            layout.addWidget(widget)
        self.show_progress(None)

    @property
    def title(self) -> str:
        """What the tool in hand is called."""
        return self._title.text()

    @property
    def progress_text(self) -> str:
        """What is told to be going on; empty when nothing is."""
        return "" if self._working.isHidden() else self._doing.text()

    def show_tool(self, label: str, tip: str) -> None:
        """The tool in hand: what it is called, and a sentence."""
        self._title.setText(label)
        self._tip.setText(tip)

    def show_progress(self, progress: tuple[float, str] | None) -> None:
        """What is being worked out in the background, 0..1 and a few words; None for nothing."""
        self._working.setVisible(progress is not None)
        if progress is not None:
            fraction, text = progress
            self._bar.setValue(round(1000 * fraction))
            self._doing.setText(text)


def _buttons(groups: Sequence[tuple[str, Sequence[QAction]]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(GRID_PX // 2)
    grid.setVerticalSpacing(GRID_PX // 2)
    grid.setColumnMinimumWidth(0, _TITLE_PX)
    row = 0
    for title, actions in groups:
        label = QLabel(title)
        label.setProperty("role", "dim")
        grid.addWidget(label, row, 0)
        for place, action in enumerate(actions):
            button = action_button(action, _BUTTON_PX)
            grid.addWidget(button, row + place // _COLUMNS, 1 + place % _COLUMNS)
        row += 1 + (len(actions) - 1) // _COLUMNS
    grid.setColumnStretch(_COLUMNS + 1, 1)
    return grid


def _rule() -> QWidget:
    rule = QWidget()
    rule.setObjectName("rule")
    rule.setFixedHeight(1)
    return rule
