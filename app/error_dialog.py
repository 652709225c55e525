"""Errors shown: a dialog for what the user asked, a toast for what failed in the background."""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import COLOURS, GRID_PX
from avatar_core.errors import AvatarError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_logger = logging.getLogger(__name__)

UNEXPECTED_HINT = (
    "Your work is still here: save it under a new name. Help → Open log shows the details."
)


class ErrorDialog(QDialog):
    """One sentence about what happened, one about what to do. It blocks nothing."""

    def __init__(self, title: str, message: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        symbol = QLabel()
        symbol.setPixmap(icon("error", COLOURS.record).pixmap(QSize(32, 32)))
        self._message = QLabel(message)
        self._hint = QLabel(hint)
        self._hint.setProperty("role", "dim")
        words = QVBoxLayout()
        words.setSpacing(GRID_PX)
        for label in (self._message, self._hint):
            label.setWordWrap(True)
            label.setMinimumWidth(45 * GRID_PX)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.addWidget(label)
        self._hint.setVisible(bool(hint))
        row = QHBoxLayout()
        row.setSpacing(GRID_PX * 2)
        row.addWidget(symbol, alignment=Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, stretch=1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok)
        buttons.accepted.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX * 3, GRID_PX * 3, GRID_PX * 2, GRID_PX * 2)
        layout.setSpacing(GRID_PX * 2)
        layout.addLayout(row)
        layout.addWidget(buttons)

    @property
    def text(self) -> str:
        return f"{self._message.text()} {self._hint.text()}".strip()


class ErrorReporter(QObject):
    """Turns exceptions into words on the screen; one dialog at a time, everything in the log."""

    _unexpected = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._dialog: ErrorDialog | None = None
        self._unexpected.connect(self._show_unexpected)

    @property
    def dialog(self) -> ErrorDialog | None:
        """The dialog that is open, if any."""
        return self._dialog

    def show(self, error: AvatarError) -> None:
        """Show an error of something the user asked for."""
        _logger.warning("%s", error)
        self._open("This did not work", error.message, error.hint)

    def show_unexpected(self, error: BaseException) -> None:
        """Show an error nobody foresaw. May be called from any thread."""
        self._unexpected.emit(error)

    def attempt(self, work: Callable[[], object]) -> bool:
        """Do something the user asked; show its `AvatarError`. Returns whether it went well."""
        try:
            work()
        except AvatarError as error:
            self.show(error)
            return False
        return True

    @Slot(object)
    def _show_unexpected(self, error: BaseException) -> None:
        if isinstance(error, AvatarError):
            self._open("This did not work", error.message, error.hint)
        else:
            message = f"Something unexpected happened: {type(error).__name__}."
            self._open("Unexpected error", message, UNEXPECTED_HINT)

    def _open(self, title: str, message: str, hint: str) -> None:
        if self._dialog is not None:  # a fault that repeats every frame opens one dialog, not all
            return
        dialog = ErrorDialog(title, message, hint, self._window)
        self._dialog = dialog
        dialog.finished.connect(self._forget)
        dialog.open()

    def _forget(self) -> None:
        self._dialog = None


def catch_everything(reporter: ErrorReporter) -> Callable[[], None]:
    """Send exceptions that nobody caught, of all threads, to the log and the reporter.

    Returns:
        A function that puts the former hooks back.
    """
    former, former_thread = sys.excepthook, threading.excepthook

    def report(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            former(kind, error, trace)
            return
        _logger.error("Not caught", exc_info=(kind, error, trace))
        reporter.show_unexpected(error)

    def report_thread(details: threading.ExceptHookArgs) -> None:
        if details.exc_value is not None:
            report(details.exc_type, details.exc_value, details.exc_traceback)

    def restore() -> None:
        sys.excepthook, threading.excepthook = former, former_thread

    sys.excepthook, threading.excepthook = report, report_thread
    return restore
