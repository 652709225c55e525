"""SplitLine: the line between before and after, to be dragged, with the words for both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QRegion
from PySide6.QtWidgets import QWidget

from app.theme import COLOURS, GRID_PX, ROW_PX
from app.viewport.comparison import Compare

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent

_GRIP_PX = 2 * GRID_PX
_WORDS_PX = 8 * GRID_PX
_LEAST, _MOST = 0.02, 0.98
_BACKDROP = QColor(18, 18, 18, 185)


class SplitLine(QWidget):
    """Lies over the viewport; the mouse passes it by but for the line and the words."""

    moved = Signal(float)
    """The share of the width that shows before, 0..1."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setToolTip("Drag to compare before and after")
        self.setAccessibleName("Line between before and after")
        self._mode = Compare.AFTER
        self._share = 0.5
        self.hide()

    def show_state(self, mode: Compare, share: float, area: QSize) -> None:
        """Lie over an area of that size, with the line at a share of its width."""
        self._mode, self._share = mode, share
        self.setGeometry(QRect(0, 0, area.width(), area.height()))
        self.setVisible(mode is not Compare.AFTER)
        grip = [self._grip] if mode is Compare.SPLIT else []
        region = QRegion()
        for place in (*grip, *(place for place, _ in self._words)):
            region += place
        self.setMask(region)
        self.update()

    @property
    def _x(self) -> int:
        return round(self._share * self.width())

    @property
    def _grip(self) -> QRect:
        return QRect(self._x - _GRIP_PX // 2, 0, _GRIP_PX, self.height())

    @property
    def _words(self) -> list[tuple[QRect, str]]:
        """Where words stand, at the lower edge, and what they say."""
        top = self.height() - ROW_PX - GRID_PX
        if self._mode is Compare.BEFORE:
            return [(QRect((self.width() - _WORDS_PX) // 2, top, _WORDS_PX, ROW_PX), "Before")]
        left = QRect(self._x - _GRIP_PX // 2 - _WORDS_PX, top, _WORDS_PX, ROW_PX)
        right = QRect(self._x + _GRIP_PX // 2, top, _WORDS_PX, ROW_PX)
        return [(left, "Before"), (right, "After")]

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._mode is Compare.SPLIT and event.buttons() & Qt.MouseButton.LeftButton:
            self.moved.emit(min(max(event.position().x() / max(self.width(), 1), _LEAST), _MOST))
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.moved.emit(0.5)
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._mode is Compare.SPLIT:
            self._paint_line(painter)
        for place, word in self._words:
            is_loud = self._mode is Compare.BEFORE
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(COLOURS.accent) if is_loud else _BACKDROP)
            painter.drawRoundedRect(place, 6, 6)
            painter.setPen(QColor(COLOURS.on_accent if is_loud else COLOURS.text))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, word)
        painter.end()

    def _paint_line(self, painter: QPainter) -> None:
        x, middle = self._x, self.height() / 2
        painter.fillRect(QRect(x - 1, 0, 3, self.height()), QColor(0, 0, 0, 120))
        painter.fillRect(QRect(x, 0, 1, self.height()), QColor(COLOURS.text))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(COLOURS.text))
        knob = QRectF(x + 0.5 - 3, middle - 2 * GRID_PX, 6, 4 * GRID_PX)
        painter.drawRoundedRect(knob, 3, 3)
