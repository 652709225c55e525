"""What dialogs that start an import have in common: progress, outcome, start and stop."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from app.theme import GRID_PX

if TYPE_CHECKING:
    from collections.abc import Sequence

_STOPPED = "The import was stopped; nothing was saved."
_TRY_AGAIN = "Nothing was saved or changed. Put it right, then import again."
_STEPS = 100


class ImportJobDialog(QDialog):
    """Asks, shows progress, tells the outcome; the import itself is done elsewhere.

    Subclasses lay out `message`, `hint`, `step_words`, `progress` and `buttons()`, put what is
    asked into `_fields`, and say what "Import" does.

    Args:
        title: of the window.
        parent: the window.
    """

    import_requested = Signal(object)
    """What is wanted."""
    stop_requested = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._is_running = False
        self._fields: Sequence[QWidget] = ()
        self.message, self.hint = selectable_words("warning"), selectable_words("dim")
        self.step_words = selectable_words("dim")
        self.progress = QProgressBar(textVisible=False)
        self.progress.setRange(0, _STEPS)
        self.progress.setFixedHeight(GRID_PX)
        self.start_button, self.close_button = QPushButton("Import"), QPushButton("Close")
        self.start_button.setDefault(True)
        self.start_button.clicked.connect(self._start)
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self._stop_or_close)
        for part in (self.message, self.hint, self.step_words, self.progress):
            part.hide()

    # what is told

    def show_progress(self, fraction: float, text: str) -> None:
        """How far the import is; nothing while none is running."""
        if self._is_running:
            self.progress.setValue(round(fraction * _STEPS))
            self.step_words.setText(f"{text} …")

    def show_stopped(self) -> None:
        """Back to the question; everything stands as it was filled in."""
        self._set_running(False)
        self._say(_STOPPED, "")

    def show_error(self, message: str, hint: str) -> None:
        """Back to the question, with what went wrong."""
        self._set_running(False)
        self._say(message, hint or _TRY_AGAIN, is_bad=True)

    @property
    def outcome(self) -> str:
        """The sentence about what came of it, with its hint; empty when there is none."""
        return f"{self.message.text()} {self.hint.text()}".strip()

    # for subclasses

    def buttons(self) -> QHBoxLayout:
        """A row with the two buttons."""
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.start_button)
        row.addWidget(self.close_button)
        return row

    @abstractmethod
    def _start(self) -> None:
        """Look at the fields, and `_request` what they ask for."""

    def _request(self, wanted: object) -> None:
        """Show that an import begins, and ask for it."""
        self._say("", "")
        self._set_running(True)
        self.show_progress(0.0, "Starting")
        self.import_requested.emit(wanted)

    def _set_running(self, is_running: bool) -> None:
        self._is_running = is_running
        for field in self._fields:
            field.setEnabled(not is_running)
        self.progress.setVisible(is_running)
        self.step_words.setVisible(is_running)
        self._show_buttons()

    def _show_buttons(self) -> None:
        self.close_button.setText("Stop" if self._is_running else "Close")

    def _say(self, message: str, hint: str, *, is_bad: bool = False) -> None:
        for label, words in ((self.message, message), (self.hint, hint)):
            label.setText(words)
            label.setVisible(bool(words))

    def _stop_or_close(self) -> None:
        if self._is_running:
            self.stop_requested.emit()
        else:
            self.reject()


def selectable_words(role: str, text: str = "") -> QLabel:
    """Plain words that wrap and can be copied."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setProperty("role", role)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def set_role(label: QLabel, role: str) -> None:
    """Let a label look like another role of the theme."""
    label.setProperty("role", role)
    label.style().polish(label)
