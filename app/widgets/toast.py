"""A message over the window that goes away by itself and never stops the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.icons import icon
from app.theme import COLOURS, GRID_PX
from app.widgets.buttons import icon_button

if TYPE_CHECKING:
    from PySide6.QtGui import QEnterEvent, QHideEvent

_WIDTH_PX = 416
_NOTE_MS = 4000
_ERROR_MS = 12000


class Toast(QFrame):
    """One message: what happened, what can be done. A new one replaces the old.

    It lies at the lower edge of the widget it was given and follows that widget's size. While the
    pointer rests on it, it stays.
    """

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("toast")
        self._over = over
        self._symbol = QLabel()
        self._message = QLabel(wordWrap=True)
        self._hint = QLabel(wordWrap=True)
        self._hint.setProperty("role", "dim")
        for label in (self._message, self._hint):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words = QVBoxLayout()
        words.setSpacing(GRID_PX // 2)
        words.addWidget(self._message)
        words.addWidget(self._hint)
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(GRID_PX * 2, GRID_PX + 4, GRID_PX, GRID_PX + 4)
        layout.setSpacing(GRID_PX + 4)
        top = Qt.AlignmentFlag.AlignTop
        layout.addWidget(self._symbol, alignment=top)
        layout.addLayout(words, stretch=1)
        layout.addWidget(icon_button("close", "Close this message", self.hide), alignment=top)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        over.installEventFilter(self)
        self.hide()

    def show_error(self, message: str, hint: str = "") -> None:
        """Something went wrong in the background; the studio goes on."""
        self._show("error", message, hint, _ERROR_MS)

    def show_note(self, message: str, hint: str = "") -> None:
        """Something went right that the user may want to hear about."""
        self._show("note", message, hint, _NOTE_MS)

    @property
    def text(self) -> str:
        """What it says now: message and hint."""
        return f"{self._message.text()} {self._hint.text()}".strip()

    def _show(self, severity: str, message: str, hint: str, stays_ms: int) -> None:
        colour = COLOURS.record if severity == "error" else COLOURS.accent
        self._symbol.setPixmap(
            icon("error" if severity == "error" else "info", colour).pixmap(QSize(20, 20))
        )
        self._message.setText(message)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.setProperty("severity", severity)
        self.style().unpolish(self)
        self.style().polish(self)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(stays_ms)

    def _place(self) -> None:
        width = min(_WIDTH_PX, max(self._over.width() - 2 * GRID_PX, 1))
        self.setFixedWidth(width)
        self._row.activate()  # the words may have changed since it was last laid out
        height = self._row.totalHeightForWidth(width)
        self.resize(width, height)
        self.move((self._over.width() - width) // 2, self._over.height() - height - 3 * GRID_PX)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if watched is self._over and event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        self._timer.start(_NOTE_MS)
        super().leaveEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._timer.stop()
        super().hideEvent(event)
