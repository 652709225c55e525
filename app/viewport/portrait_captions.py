"""PortraitCaptions: what is written over the pictures of the portrait view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QWidget

from app.theme import COLOURS, GRID_PX, number_font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

    from app.viewport.portrait_wall import Caption

_BACKDROP = QColor(18, 18, 18, 185)
_ROW_PX = 2 * GRID_PX
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
_MIDDLE = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap


class PortraitCaptions(QWidget):
    """Lies over the view and lets the mouse through; words alone are painted anew."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._captions: tuple[tuple[QRect, Caption], ...] = ()
        self._message = ""
        self._is_reading = True

    @property
    def captions(self) -> tuple[Caption, ...]:
        """What is written now."""
        return tuple(caption for _, caption in self._captions)

    def show_captions(self, captions: Sequence[tuple[QRect, Caption]]) -> None:
        """Write at the lower edges of these places; equal words need no repaint."""
        wanted = tuple(captions)
        if wanted != self._captions:
            self._captions = wanted
            self.update()

    def set_readings_visible(self, are_visible: bool) -> None:
        """Show or hide names and numbers; what cannot perform is always told."""
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
        for place, caption in self._captions:
            if self._is_reading or caption.problem:
                _write(painter, place, caption)
        if self._message:
            painter.fillRect(self.rect(), QColor(COLOURS.window))
            painter.setPen(QColor(COLOURS.text))
            margin = min(6 * GRID_PX, self.width() // 8)
            painter.drawText(
                self.rect().adjusted(margin, margin, -margin, -margin), _MIDDLE, self._message
            )
        painter.end()


def _write(painter: QPainter, place: QRect, caption: Caption) -> None:
    metrics = QFontMetrics(painter.font())
    most = place.width() - 4 * GRID_PX
    if most < 4 * GRID_PX:
        return
    detail = _fitting(caption.details, metrics, most)
    wanted = max(map(metrics.horizontalAdvance, (caption.title, detail))) + 1
    problem = QRect(0, 0, most, place.height())
    problem = metrics.boundingRect(problem, _WRAPPED, caption.problem)
    height = _ROW_PX * (2 if detail else 1)
    if caption.problem:
        wanted, height = max(wanted, problem.width() + 1), height + problem.height() + GRID_PX // 2
    width = min(wanted, most)
    panel = QRect(
        place.x() + GRID_PX,
        place.bottom() - height - 2 * GRID_PX,
        width + 2 * GRID_PX,
        height + GRID_PX,
    )
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_BACKDROP)
    painter.drawRoundedRect(panel, 6, 6)
    row = QRect(panel.x() + GRID_PX, panel.y() + GRID_PX // 2, width, _ROW_PX)
    _line(painter, row, caption.title, COLOURS.text)
    if detail:
        row.translate(0, _ROW_PX)
        tone = COLOURS.warning if caption.problem else COLOURS.text_dim
        _line(painter, row, detail, tone)
    if caption.problem:
        painter.setPen(QColor(COLOURS.text))
        below = QRect(row.x(), row.bottom() + 1 + GRID_PX // 2, width, problem.height())
        painter.drawText(below, _WRAPPED, caption.problem)


def _fitting(details: Sequence[str], metrics: QFontMetrics, most_px: int) -> str:
    """As many details as fit on a line, at least the first."""
    for count in range(len(details), 1, -1):
        words = " · ".join(details[:count])
        if metrics.horizontalAdvance(words) < most_px:
            return words
    return "".join(details[:1])


def _line(painter: QPainter, row: QRect, words: str, colour: str) -> None:
    painter.setPen(QColor(colour))
    shown = QFontMetrics(painter.font()).elidedText(words, Qt.TextElideMode.ElideRight, row.width())
    painter.drawText(row, _LEFT, shown)
