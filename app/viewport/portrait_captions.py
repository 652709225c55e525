"""PortraitCaptions: what is written over the pictures of the portrait view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from app.theme import COLOURS, GRID_PX
from app.viewport.picture_words import PictureWords, paint_backdrop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from app.viewport.portrait_wall import Caption

_ROW_PX = 2 * GRID_PX
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


class PortraitCaptions(PictureWords):
    """Names, numbers and problems at the lower edges of pictures."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._captions: tuple[tuple[QRect, Caption], ...] = ()

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

    def _paint(self, painter: QPainter) -> None:
        for place, caption in self._captions:
            if self._is_reading or caption.problem:
                _write(painter, place, caption)
        self._paint_message(painter)


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
    paint_backdrop(painter, panel)
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
