"""What all panels have in common: the surface they are painted on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


class Panel(QWidget):
    """A widget with the panels' background."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        # Without it Qt paints no style sheet background on subclasses of QWidget.
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
