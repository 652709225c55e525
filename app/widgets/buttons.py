"""Flat icon buttons that all look and behave alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton

from app.icons import icon
from app.theme import COLOURS, ICON_PX, ROW_PX

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMenu, QWidget


def icon_button(
    name: str,
    tip: str,
    clicked: Callable[[], object] | None = None,
    *,
    colour: str = COLOURS.text,
    checkable: bool = False,
) -> QToolButton:
    """A square button with an icon; `tip` is also its accessible name."""
    button = QToolButton()
    button.setIcon(icon(name, colour))
    _shape(button, tip)
    button.setCheckable(checkable)
    if clicked is not None:
        button.clicked.connect(lambda: clicked())
    return button


def action_button(action: QAction, size_px: int = ROW_PX + 4) -> QToolButton:
    """A button that shows an action: icon, tip, state and shortcut stay in step with it."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setIconSize(QSize(ICON_PX, ICON_PX))
    button.setFixedSize(size_px, size_px)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def menu_button(name: str, tip: str, menu: QMenu, *, colour: str = COLOURS.text) -> QToolButton:
    """A square button with an icon that opens a menu below it."""
    button = icon_button(name, tip, colour=colour)
    button.clicked.connect(lambda: menu.popup(button.mapToGlobal(button.rect().bottomLeft())))
    return button


def _shape(button: QWidget, tip: str) -> None:
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFixedSize(ROW_PX, ROW_PX)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
