"""The ticks of a time scale."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPen

from app.theme import COLOURS
from app.widgets.times import clock

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QPainter

    from app.widgets.time_axis import TimeAxis

_TICK_STEPS_S = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_TICK_PX = 72


def paint_scale(painter: QPainter, axis: TimeAxis, area: QRectF, scale_px: float) -> None:
    """Draw a line for every round moment in sight, and over it which one it is.

    Args:
        painter: where to.
        axis: what is in sight.
        area: of the whole strip.
        scale_px: height of the words at its top; 0 for lines alone.
    """
    most = max(area.width() / _TICK_PX, 1.0)
    step = next((each for each in _TICK_STEPS_S if axis.span_s / each <= most), _TICK_STEPS_S[-1])
    end_s = axis.start_s + axis.span_s
    for number in range(ceil(axis.start_s / step - 1e-6), floor(end_s / step + 1e-6) + 1):
        x = axis.x(number * step, area.width())
        painter.setPen(QPen(QColor(COLOURS.line), 1))
        painter.drawLine(QPointF(x, max(scale_px - 5, 2)), QPointF(x, area.bottom() - 4))
        if scale_px and x < area.width() - 40:
            painter.setPen(QColor(COLOURS.text_dim))
            painter.drawText(QPointF(x + 4, scale_px - 7), _tick_text(number * step, step))


def _tick_text(time_s: float, step_s: float) -> str:
    text = clock(time_s)
    if step_s < 0.1:
        return text
    return text[:-1] if step_s < 1 else text[:-3]
