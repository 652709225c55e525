"""Popovers: small panels that open at a button and close with a click elsewhere or Escape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.theme import GRID_PX, ROW_PX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction, QMouseEvent
    from PySide6.QtWidgets import QLayout

_LABEL_PX = 9 * GRID_PX
_CHIPS_PX = 35 * GRID_PX
_SWATCH_PX = 12


class Popover(QFrame):
    """Rows of a name and what belongs to it.

    Keys of actions that it shows work in it as they do in the window.

    Args:
        title: what it is called, for those who do not see it.
        parent: the window it belongs to.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("popover")
        self.setAccessibleName(title)
        self._opener: QWidget | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(GRID_PX * 2, GRID_PX * 2, GRID_PX * 2, GRID_PX * 2)
        self._grid.setHorizontalSpacing(GRID_PX)
        self._grid.setVerticalSpacing(GRID_PX)
        self._grid.setColumnMinimumWidth(0, _LABEL_PX)
        self._grid.setColumnStretch(1, 1)

    def add_row(self, name: str, content: QLayout | QWidget) -> None:
        """Something with its name at the left, in line with its first row."""
        label = QLabel(name)
        label.setProperty("role", "dim")
        label.setFixedHeight(ROW_PX)
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        if isinstance(content, QWidget):
            self._grid.addWidget(content, row, 1)
        else:
            self._grid.addLayout(content, row, 1)

    def add_line(self) -> None:
        """A line between groups of rows."""
        line = QFrame()
        line.setObjectName("separator")
        self._grid.addWidget(line, self._grid.rowCount(), 0, 1, 2)

    def toggle_at(self, button: QWidget, bar: QWidget) -> None:
        """Open for a button, below the bar it stands in and flush with its end; or close."""
        if self.isVisible():
            self.hide()
        elif button.isVisible():
            self._opener = button
            self._place(bar)
            self.show()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A press elsewhere closes and then does its work there, but for the button itself."""
        opener = self._opener
        if opener is not None:
            inside = opener.rect().contains(opener.mapFromGlobal(event.globalPosition().toPoint()))
            self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay, inside)
        super().mousePressEvent(event)

    def _place(self, bar: QWidget) -> None:
        self.adjustSize()
        corner = bar.mapToGlobal(QPoint(bar.width(), bar.height() + GRID_PX // 2))
        screen = bar.screen().availableGeometry()
        x = min(max(corner.x() - self.width(), screen.left()), screen.right() - self.width())
        y = min(corner.y(), screen.bottom() - self.height())
        self.move(x, max(y, screen.top()))


def chips(actions: Sequence[QAction], columns: int = 3, *, with_icons: bool = False) -> QGridLayout:
    """Buttons with a few words of an action, lit while it is on; in rows of so many alike."""
    gap = GRID_PX // 2
    grid = QGridLayout()
    grid.setSpacing(gap)
    for place, action in enumerate(actions):
        grid.addWidget(_chip(action, with_icons), place // columns, place % columns)
    for column in range(columns):
        grid.setColumnStretch(column, 1)
        grid.setColumnMinimumWidth(column, (_CHIPS_PX - (columns - 1) * gap) // columns)
    return grid


def side_by_side(*widgets: QWidget) -> QHBoxLayout:
    """Widgets in a row; the first takes what room there is."""
    row = QHBoxLayout()
    row.setSpacing(GRID_PX // 2)
    for place, widget in enumerate(widgets):
        row.addWidget(widget, stretch=0 if place else 1)
    return row


def _chip(action: QAction, has_icon: bool) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setProperty("role", "chip")
    style = Qt.ToolButtonStyle
    button.setToolButtonStyle(
        style.ToolButtonTextBesideIcon if has_icon else style.ToolButtonTextOnly
    )
    button.setIconSize(QSize(_SWATCH_PX, _SWATCH_PX))
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    button.setFixedHeight(ROW_PX)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
