"""Cameras around a head: from above and from the side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.theme import COLOURS, GRID_PX

if TYPE_CHECKING:
    from PySide6.QtGui import QHelpEvent, QMouseEvent, QPaintEvent

    from avatar_core.geometry import Float32

_HEAD_M = 0.11
_TITLE_PX = 20
_MARGIN_PX = 14
_LEAST_HEAD_PX = 11.0
_DOT_PX = 4.0
_SIGHT_PX = 13.0
_REACH_PX = 9.0
_LEAST_SPAN_M = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class MappedCamera:
    """One camera.

    Args:
        index: as the capture counts.
        position: [3] metres, world: x to the person's left, y up, face towards +z.
        forward: [3] unit direction it looks in.
    """

    index: int
    position: Float32
    forward: Float32


class CameraMap(QWidget):
    """Two small maps; the chosen camera is marked, a click chooses another."""

    camera_chosen = Signal(int)
    """Index of a camera."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cameras: tuple[MappedCamera, ...] = ()
        self._centre = (0.0, 0.0, 0.0)
        self._current: int | None = None
        self._faulty: frozenset[int] = frozenset()
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Cameras from above and from the side")

    def show_cameras(
        self, cameras: tuple[MappedCamera, ...], centre: tuple[float, float, float] = (0, 0, 0)
    ) -> None:
        """Show cameras around a head at `centre`, metres."""
        self._cameras, self._centre = cameras, centre
        self._current, self._faulty = None, frozenset()
        self.update()

    def mark(self, current: int | None) -> None:
        """Mark one camera."""
        self._current = current
        self.update()

    def mark_faulty(self, cameras: frozenset[int]) -> None:
        """Paint cameras that something is wrong with in the colour of warnings."""
        self._faulty = cameras
        self.update()

    @property
    def current(self) -> int | None:
        return self._current

    @property
    def cameras(self) -> tuple[MappedCamera, ...]:
        return self._cameras

    def place_of(self, index: int, *, from_above: bool = True) -> QPointF:
        """Where a camera is painted."""
        camera = next(each for each in self._cameras if each.index == index)
        area = self._areas()[0 if from_above else 1]
        return self._point(area, camera.position, from_above=from_above)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(38 * GRID_PX, 22 * GRID_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for area, title, from_above in zip(
            self._areas(), ("From above", "From the right"), (True, False), strict=True
        ):
            self._paint_map(painter, area, title, from_above=from_above)

    def _paint_map(self, painter: QPainter, area: QRectF, title: str, *, from_above: bool) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(COLOURS.field))
        painter.drawRoundedRect(area, 4, 4)
        painter.setPen(QColor(COLOURS.text_dim))
        words = QRectF(area.left(), area.bottom(), area.width(), _TITLE_PX)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, title)
        self._paint_head(painter, area, from_above=from_above)
        ordered = sorted(self._cameras, key=lambda each: each.index == self._current)
        for camera in ordered:
            self._paint_camera(painter, area, camera, from_above=from_above)

    def _paint_head(self, painter: QPainter, area: QRectF, *, from_above: bool) -> None:
        centre = QPointF(area.center())
        radius = max(_HEAD_M * self._scale(area), _LEAST_HEAD_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(COLOURS.raised))
        towards = QPointF(0, 1) if from_above else QPointF(1, 0)
        across = QPointF(1, 0) if from_above else QPointF(0, 1)
        nose = [
            centre + towards * radius * 1.35,
            centre + towards * radius * 0.8 + across * radius * 0.35,
            centre + towards * radius * 0.8 - across * radius * 0.35,
        ]
        painter.drawPolygon(QPolygonF(nose))
        painter.drawEllipse(centre, radius * (0.85 if from_above else 1.0), radius)

    def _paint_camera(
        self, painter: QPainter, area: QRectF, camera: MappedCamera, *, from_above: bool
    ) -> None:
        is_current = camera.index == self._current
        colour = COLOURS.warning if camera.index in self._faulty else COLOURS.text_dim
        place = self._point(area, camera.position, from_above=from_above)
        x, y = self._flat(camera.forward, from_above=from_above)
        painter.setPen(QPen(QColor(COLOURS.accent if is_current else COLOURS.line), 1.5))
        painter.drawLine(place, place + QPointF(x, y) * _SIGHT_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(COLOURS.accent if is_current else colour))
        radius = _DOT_PX + 1.5 if is_current else _DOT_PX - 0.5
        painter.drawEllipse(place, radius, radius)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            help_event: QHelpEvent = event  # type: ignore[assignment]
            index = self._at(QPointF(help_event.pos()))
            words = "" if index is None else f"Camera {index}"
            if index in self._faulty:
                words += ": something is wrong, see Check"
            QToolTip.showText(help_event.globalPos(), words, self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        index = self._at(event.position())
        if index is not None:
            self.camera_chosen.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        is_over = self._at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if is_over else Qt.CursorShape.ArrowCursor)

    def _at(self, place: QPointF) -> int | None:
        """The camera nearest to a place, of those within reach."""
        nearest: tuple[float, int] | None = None
        for area, from_above in zip(self._areas(), (True, False), strict=True):
            for camera in self._cameras:
                apart = self._point(area, camera.position, from_above=from_above) - place
                distance = math.hypot(apart.x(), apart.y())
                if distance < _REACH_PX and (nearest is None or distance < nearest[0]):
                    nearest = (distance, camera.index)
        return None if nearest is None else nearest[1]

    def _areas(self) -> tuple[QRectF, QRectF]:
        width = (self.width() - GRID_PX) / 2
        side = min(width, self.height() - _TITLE_PX)
        return QRectF(0, 0, width, side), QRectF(width + GRID_PX, 0, width, side)

    def _scale(self, area: QRectF) -> float:
        """Pixels of a metre, the same in both maps."""
        span = max(
            (
                abs(float(camera.position[axis]) - self._centre[axis])
                for camera in self._cameras
                for axis in range(3)
            ),
            default=_LEAST_SPAN_M,
        )
        half = min(area.width(), area.height()) / 2 - _MARGIN_PX
        return half / max(span, _LEAST_SPAN_M)

    def _point(self, area: QRectF, position: Float32, *, from_above: bool) -> QPointF:
        scale = self._scale(area)
        apart = [float(position[axis]) - self._centre[axis] for axis in range(3)]
        x, y = self._flat(apart, from_above=from_above)
        return QPointF(area.center()) + QPointF(x, y) * scale

    @staticmethod
    def _flat(vector: Float32 | list[float], *, from_above: bool) -> tuple[float, float]:
        """From above the face looks down the map; from the person's right it looks right."""
        if from_above:
            return float(vector[0]), float(vector[2])
        return float(vector[2]), -float(vector[1])
