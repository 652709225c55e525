"""FileJobDialog: how far work on a project's files is, and a button that stops it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.theme import GRID_PX
from app.widgets.elided_label import ElidedLabel

_STEPS = 1000


class FileJobDialog(QDialog):
    """Words, a bar, and "Stop". Closing it stops, too.

    Args:
        title: of the window.
        parent: the window that it belongs to.
    """

    stop_requested = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setFixedWidth(56 * GRID_PX)
        self.words = ElidedLabel("Starting …")
        self.progress = QProgressBar(textVisible=False)
        self.progress.setRange(0, _STEPS)
        self.progress.setFixedHeight(GRID_PX)
        self.stop_button = QPushButton("Stop")
        self.stop_button.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.stop_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*4 * (GRID_PX * 2,))
        layout.setSpacing(GRID_PX * 3 // 2)
        layout.addWidget(self.words)
        layout.addWidget(self.progress)
        layout.addLayout(row)
        self.rejected.connect(self.stop_requested)

    def show_progress(self, fraction: float, text: str) -> None:
        """How far it is, 0..1, and what is at hand."""
        self.progress.setValue(round(fraction * _STEPS))
        self.words.setText(text)
