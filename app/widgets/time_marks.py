"""In and out points and markers of a time ruler: where they are, and how they look."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPen, QPolygonF

from app.theme import COLOURS

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPainter

_NEAR_PX = 6
_FLAG_PX = 9
_SHADE = "#000000"


class End(Enum):
    """The two ends of the range that edits work on."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class TimeMarks:
    """What a ruler shows of a take beside its time.

    Args:
        start_s: the in point.
        end_s: the out point; both 0 when there is no range.
        markers: time and name of each, in the order of their times.
    """

    start_s: float = 0.0
    end_s: float = 0.0
    markers: tuple[tuple[float, str], ...] = field(default=())

    def at(self, x_px: float, x: Callable[[float], float]) -> End | int | None:
        """What the mouse would grab there: an end, a marker by its number, or nothing."""
        reachable: list[tuple[float, End | int]] = []
        if self.end_s > self.start_s:
            reachable += [(x(self.start_s), End.IN), (x(self.end_s), End.OUT)]
        reachable += [(x(time_s), number) for number, (time_s, _) in enumerate(self.markers)]
        distances = [(abs(place - x_px), which) for place, which in reachable]
        near = [each for each in distances if each[0] <= _NEAR_PX]
        return min(near, key=lambda each: each[0])[1] if near else None


def paint_range(
    painter: QPainter, marks: TimeMarks, x: Callable[[float], float], area: QRectF, scale_px: float
) -> None:
    """Darken what lies outside of the range, and draw its two brackets."""
    if marks.end_s <= marks.start_s:
        return
    left, right = x(marks.start_s), x(marks.end_s)
    shade = QColor(_SHADE)
    shade.setAlpha(110)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.drawRect(QRectF(area.topLeft(), QPointF(max(left, area.left()), area.bottom())))
    painter.drawRect(QRectF(QPointF(min(right, area.right()), area.top()), area.bottomRight()))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(COLOURS.warning), 2))
    for place, inwards in ((left, 1), (right, -1)):
        top, bottom = area.top() + 2, area.top() + scale_px - 1
        painter.drawPolyline(
            QPolygonF([QPointF(place + 5 * inwards, top), QPointF(place, top),
                       QPointF(place, bottom), QPointF(place + 5 * inwards, bottom)])
        )  # fmt: skip
        painter.drawLine(QPointF(place, bottom), QPointF(place, area.bottom() - 2))


def paint_markers(
    painter: QPainter, marks: TimeMarks, x: Callable[[float], float], area: QRectF, scale_px: float
) -> None:
    """Draw a flag with its name for every marker; a name that would cover the next is left out."""
    places = [x(time_s) for time_s, _ in marks.markers]
    metrics = painter.fontMetrics()
    for number, (_, name) in enumerate(marks.markers):
        place = places[number]
        if not area.left() - _FLAG_PX <= place <= area.right():
            continue
        top = area.top() + scale_px - 2
        painter.setPen(QPen(QColor(COLOURS.good), 1))
        painter.drawLine(QPointF(place, top), QPointF(place, area.bottom() - 2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(COLOURS.good))
        painter.drawPolygon(
            QPolygonF([QPointF(place, top), QPointF(place + _FLAG_PX, top + 4),
                       QPointF(place, top + 8)])
        )  # fmt: skip
        following = places[number + 1] if number + 1 < len(places) else area.right()
        room = following - place - _FLAG_PX - 6
        if room > 24:
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room))
            painter.setPen(QColor(COLOURS.text))
            painter.drawText(QPointF(place + _FLAG_PX + 3, top + 8), words)
