"""EmptyPortraits: the portrait view before there is a portrait."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import COLOURS, GRID_PX

_ICON_PX = 6 * GRID_PX


class EmptyPortraits(QWidget):
    """Says what belongs here, and has a button for those who do not drag.

    Signals:
        add_requested(): the user wants to choose a picture.
    """

    add_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        symbol = QLabel()
        symbol.setPixmap(icon("picture", COLOURS.text_off).pixmap(QSize(_ICON_PX, _ICON_PX)))
        words = QLabel("Drop a picture of a person here, and it performs along with the avatar.")
        words.setWordWrap(True)
        words.setProperty("role", "dim")
        button = QPushButton("Choose picture …")
        button.clicked.connect(lambda: self.add_requested.emit())
        middle = Qt.AlignmentFlag.AlignHCenter
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * GRID_PX, GRID_PX, 4 * GRID_PX, GRID_PX)
        layout.setSpacing(2 * GRID_PX)
        layout.addStretch(1)
        layout.addWidget(symbol, alignment=middle)
        layout.addWidget(words)
        layout.addWidget(button, alignment=middle)
        layout.addStretch(1)
