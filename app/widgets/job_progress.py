"""JobProgress: how far a job in the background is, and a button that cancels it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QProgressDialog

from app.theme import GRID_PX

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

_WIDTH_PX = 52 * GRID_PX
_SHOWS_AFTER_MS = 300


class JobProgress(QProgressDialog):
    """Words and a bar beside a window that stays usable; a quick job never shows them.

    Args:
        title: of the dialog.
        words: what is at hand.
        cancel: called when the user has had enough.
        window: that it belongs to.
    """

    def __init__(self, title: str, words: str, cancel: Callable[[], None], window: QWidget) -> None:
        super().__init__(words, "Cancel", 0, 100, window)
        self.setBar(QProgressBar(self, textVisible=False))
        self.setFixedWidth(_WIDTH_PX)
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.NonModal)
        self.setAutoReset(False)
        self.setAutoClose(False)
        self.setMinimumDuration(_SHOWS_AFTER_MS)
        self.canceled.connect(cancel)
        self.setValue(0)

    def show_progress(self, fraction: float, words: str) -> None:
        """How far it is, 0..1, and what is at hand."""
        self.setValue(round(100 * fraction))
        self.setLabelText(words)

    def end(self) -> None:
        """The job is over, one way or another."""
        self.blockSignals(True)  # closing counts as a click on Cancel
        self.reset()
        self.close()
        self.deleteLater()
