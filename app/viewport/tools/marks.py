"""Marks over the picture: lines and dots that show on dark hair as well as on bright skin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPen, QPolygonF

from app.theme import COLOURS

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from avatar_core.geometry import Float32

INK = QColor(COLOURS.text)
ACCENT = QColor(COLOURS.accent)
_HALO = QColor(0, 0, 0, 130)
_LINE_PX, _HALO_PX = 1.4, 3.4
_DASH = (4.0, 4.0)


def pixel_ratio(painter: QPainter) -> float:
    """Device pixels to each of the widget's own."""
    return float(painter.device().devicePixelRatioF())


def outline(
    painter: QPainter,
    points: Float32,
    colour: QColor = INK,
    *,
    is_closed: bool = False,
    is_dashed: bool = False,
    width_px: float = _LINE_PX,
) -> None:
    """Draw a line along points [n, 2], device pixels."""
    if len(points) < 2:
        return
    polygon = QPolygonF([QPointF(x, y) for x, y in points.tolist()])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    draw = painter.drawPolygon if is_closed else painter.drawPolyline
    ratio = pixel_ratio(painter)
    for ink, width in ((_HALO, width_px + _HALO_PX - _LINE_PX), (colour, width_px)):
        pen = QPen(ink, width * ratio)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if is_dashed and ink is not _HALO:
            pen.setDashPattern(_DASH)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        draw(polygon)


def dot(
    painter: QPainter, place: Float32, radius_px: float = 2.5, colour: QColor | None = None
) -> None:
    """Draw a disc at [2] device pixels; the radius is in the widget's own pixels."""
    ratio = pixel_ratio(painter)
    painter.setPen(QPen(_HALO, 1.5 * ratio))
    painter.setBrush(INK if colour is None else colour)
    x, y = place.tolist()
    painter.drawEllipse(QPointF(x, y), radius_px * ratio, radius_px * ratio)
