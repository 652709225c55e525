"""LossesDialog: what is not in a project that was saved from a damaged file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QVBoxLayout, QWidget

from app.dialogs.import_job import selectable_words
from app.theme import GRID_PX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class LossesDialog(QDialog):
    """Tells where the saved project lies, and lists every loss.

    Args:
        path: the project that was made of the damaged one.
        losses: what is not in it, each in one sentence.
        parent: the window.
    """

    def __init__(self, path: Path, losses: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("What was saved")
        self.resize(64 * GRID_PX, (44 if losses else 20) * GRID_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*4 * (GRID_PX * 2,))
        layout.setSpacing(GRID_PX * 3 // 2)
        words = "Everything could be saved." if not losses else "This could not be saved:"
        layout.addWidget(
            selectable_words("", f"The damaged file stays as it is. You work on {path.name} now.")
        )
        layout.addWidget(selectable_words("" if not losses else "warning", words))
        self.list = QListWidget()
        self.list.setWordWrap(True)
        self.list.setAccessibleName("What could not be saved")
        self.list.addItems(list(losses))
        self.list.setVisible(bool(losses))
        layout.addWidget(self.list, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons, alignment=Qt.AlignmentFlag.AlignBottom)
