"""PictureWords: a layer of words over a view's picture."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app.theme import COLOURS, GRID_PX, number_font

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QPaintEvent

_BACKDROP = QColor(18, 18, 18, 185)
_MIDDLE = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap


class PictureWords(QWidget):
    """Lies over the view and lets the mouse through; words alone are painted anew."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._message = ""
        self._is_reading = True

    def set_readings_visible(self, are_visible: bool) -> None:
        """Show or hide names and numbers; what goes wrong is always told."""
        self._is_reading = are_visible
        self.update()

    def show_message(self, message: str) -> None:
        """Say, in the middle, why there is no picture; empty for none."""
        self._message = message
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(number_font())
        self._paint(painter)
        painter.end()

    @abstractmethod
    def _paint(self, painter: QPainter) -> None:
        """Write everything; the message is `_paint_message`'s work."""

    def _paint_message(self, painter: QPainter) -> None:
        """Cover the picture with the message, if there is one."""
        if self._message:
            painter.fillRect(self.rect(), QColor(COLOURS.window))
            painter.setPen(QColor(COLOURS.text))
            margin = min(6 * GRID_PX, self.width() // 8)
            area = self.rect().adjusted(margin, margin, -margin, -margin)
            painter.drawText(area, _MIDDLE, self._message)


def paint_backdrop(painter: QPainter, area: QRect) -> None:
    """A dark plate that words can be read on whatever lies below."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_BACKDROP)
    painter.drawRoundedRect(area, 6, 6)
