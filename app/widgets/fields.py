"""Rows of fields, laid out alike in every panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import GRID_PX, ROW_PX
from app.widgets.drag_number import DragNumber, NumberRange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

_GAP_PX = GRID_PX // 2
_LABEL_PX = 9 * GRID_PX


def column(*rows: QWidget | QLayout, margin_px: int = _GAP_PX) -> QWidget:
    """Widgets and layouts one below the other, as the body of a section; a margin at the left."""
    body = QWidget()
    layout = QVBoxLayout(body)
    layout.setContentsMargins(margin_px, 0, 0, 0)
    layout.setSpacing(_GAP_PX)
    for row in rows:
        if isinstance(row, QWidget):
            layout.addWidget(row)
        else:
            layout.addLayout(row)
    return body


def line(*widgets: QWidget) -> QHBoxLayout:
    """Widgets side by side, each with an equal share where it can grow."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(_GAP_PX)
    for widget in widgets:
        row.addWidget(widget, 1 if _can_grow(widget) else 0)
    return row


def heading(text: str) -> QLabel:
    """A few words over what belongs together."""
    label = QLabel(text)
    label.setProperty("role", "dim")
    label.setFixedHeight(ROW_PX)
    label.setAlignment(Qt.AlignmentFlag.AlignBottom)
    return label


def named(label: str, field: QWidget) -> QWidget:
    """A field with its name at the left, in line with others of the kind."""
    name = QLabel(label)
    name.setProperty("role", "dim")
    name.setFixedWidth(_LABEL_PX)
    return column(line(name, field), margin_px=0)


def number(limits: NumberRange, label: str, tip: str) -> DragNumber:
    """A number with its name inside."""
    field = DragNumber(limits, label)
    field.setToolTip(f"{tip}\nDrag to change, double-click to reset, Enter to type")
    field.setAccessibleName(label)
    return field


def action_chip(action: QAction) -> QToolButton:
    """A button with a few words of an action; it is lit while that is on."""
    button = chip("", "")
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return button


def chip(text: str, tip: str) -> QToolButton:
    """A button with a few words."""
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setProperty("role", "chip")
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    button.setFixedHeight(ROW_PX)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def action_chips(actions: Sequence[QAction], columns: int) -> QGridLayout:
    """Chips in rows of so many of equal width."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setSpacing(_GAP_PX)
    for place, action in enumerate(actions):
        grid.addWidget(action_chip(action), place // columns, place % columns)
    for each in range(columns):
        grid.setColumnStretch(each, 1)
    return grid


def scrolled(content: QWidget) -> QScrollArea:
    """Content that scrolls upright where there is too little room."""
    content.setObjectName("scrolled")
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    return area


def _can_grow(widget: QWidget) -> bool:
    fixed = widget.minimumWidth() == widget.maximumWidth()
    return not fixed and widget.sizePolicy().horizontalPolicy() != QSizePolicy.Policy.Fixed
