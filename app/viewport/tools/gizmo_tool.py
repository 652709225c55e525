"""GizmoTool: moves, turns and scales what is selected by handles around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPolygonF

from app.theme import COLOURS
from app.viewport.tools.gizmo import Gizmo, GizmoKind, Handle, handles_of
from app.viewport.tools.marks import ACCENT, INK, outline, pixel_ratio
from app.viewport.tools.tool import ViewTool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtGui import QPainter

    from app.viewport.tools.pen import PenSample
    from avatar_core.geometry import Camera, Float32
    from avatar_core.geometry.shapes import Float64

_SIZE_PX, _REACH_PX = 80.0, 8.0
_HEAD_PX, _GRIP_PX = 9.0, 8.0
_AXIS_INKS = (QColor(COLOURS.record), QColor(COLOURS.good), QColor("#5b8def"))
"""x, y and z in red, green and blue, as everywhere."""


class GizmoTool(ViewTool):
    """Handles of one size on the screen; beside them drags move the camera.

    Signals:
        begun(): a handle is taken.
        changed(GizmoMove): what it asks for since then.
        ended(), cancelled(): it is let go.

    Args:
        camera: of the picture.
        ratio: device pixels to each of the widget's own.
    """

    begun = Signal()
    changed = Signal(object)
    ended = Signal()
    cancelled = Signal()

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(
        self,
        camera: Callable[[], Camera],
        ratio: Callable[[], float] = lambda: 1.0,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._camera = camera
        self._ratio = ratio
        self._handles = handles_of(GizmoKind)
        self._pivot: Float32 | None = None
        self._axes: Float32 = np.eye(3, dtype=np.float32)
        self._under: Handle | None = None
        self._held: tuple[Gizmo, Handle, Float64] | None = None
        self._shift: Float32 = np.zeros(3, np.float32)

    def set_pivot(self, pivot: Float32 | None, axes: Float32 | None = None) -> None:
        """Put the handles around a point [3], world; None takes them away.

        Args:
            pivot: metres. While a handle is held, it counts from the next one on.
            axes: [3, 3] columns: unit directions in the world; the world's own when left out.
        """
        self._pivot = None if pivot is None else np.asarray(pivot, np.float32)
        self._axes = np.eye(3, dtype=np.float32) if axes is None else np.asarray(axes, np.float32)
        self.marks_changed.emit()

    def set_kinds(self, kinds: Iterable[GizmoKind]) -> None:
        """Which handles there are; all at first."""
        self._handles = handles_of(kinds)
        self.marks_changed.emit()

    @property
    def is_busy(self) -> bool:
        return self._held is not None

    def press(self, sample: PenSample) -> bool:
        gizmo = self._gizmo()
        handle = self._handle_at(gizmo, sample)
        if gizmo is None or handle is None:
            return False
        self._held = gizmo, handle, _place(sample)
        self.begun.emit()
        self.marks_changed.emit()
        return True

    def drag(self, samples: list[PenSample]) -> None:
        if self._held is None:
            return
        gizmo, handle, start = self._held
        move = gizmo.moved(handle, start, _place(samples[-1]))
        self._shift = move.shift
        self.changed.emit(move)
        self.marks_changed.emit()

    def release(self, sample: PenSample) -> None:
        if self._held is not None:
            self._let_go()
            self.ended.emit()

    def hover(self, sample: PenSample) -> None:
        under = self._handle_at(self._gizmo(), sample)
        if under != self._under:
            self._under = under
            self.marks_changed.emit()

    def leave(self) -> None:
        self._under = None
        self.marks_changed.emit()

    def cancel(self) -> None:
        if self._held is not None:
            self._let_go()
            self.cancelled.emit()

    def paint(self, painter: QPainter) -> None:
        gizmo = self._gizmo()
        if gizmo is None:
            return
        active = self._under if self._held is None else self._held[1]
        for handle in reversed(self._handles):
            ink = INK if handle.axis is None else _AXIS_INKS[handle.axis]
            self._paint_handle(painter, gizmo, handle, ACCENT if handle == active else ink)

    def _let_go(self) -> None:
        self._held = None
        self._shift = np.zeros(3, np.float32)
        self.marks_changed.emit()

    def _gizmo(self) -> Gizmo | None:
        """The handles as they are seen now; None where there is nothing to see."""
        if self._pivot is None:
            return None
        pivot = self._pivot if self._held is None else self._held[0].pivot + self._shift
        gizmo = Gizmo(self._camera(), pivot, self._axes, _SIZE_PX * self._ratio())
        return gizmo if gizmo.is_seen else None

    def _handle_at(self, gizmo: Gizmo | None, sample: PenSample) -> Handle | None:
        if gizmo is None:
            return None
        reach_px = _REACH_PX * self._ratio()
        return gizmo.handle_at(sample.x_px, sample.y_px, self._handles, reach_px)

    def _paint_handle(self, painter: QPainter, gizmo: Gizmo, handle: Handle, ink: QColor) -> None:
        is_arrow = handle.kind is GizmoKind.MOVE and handle.axis is not None
        for line in gizmo.lines(handle):
            if handle.kind is GizmoKind.SCALE:
                _paint_grip(painter, line[0], ink)
                continue
            outline(painter, line, ink, width_px=2.0 if handle.axis is not None else 1.2)
            if is_arrow:
                _paint_head(painter, line, ink)


def _place(sample: PenSample) -> Float64:
    return np.array([sample.x_px, sample.y_px], np.float64)


def _paint_grip(painter: QPainter, place: Float32, ink: QColor) -> None:
    side = _GRIP_PX * pixel_ratio(painter)
    painter.setPen(QColor(0, 0, 0, 130))
    painter.setBrush(ink)
    painter.drawRect(QRectF(place[0] - side / 2, place[1] - side / 2, side, side))


def _paint_head(painter: QPainter, line: Float32, ink: QColor) -> None:
    """The point of an arrow, but for one that points at the eye."""
    way = line[-1] - line[0]
    length = float(np.linalg.norm(way))
    size = _HEAD_PX * pixel_ratio(painter)
    if length < size:
        return
    way = size * way / length
    side = 0.45 * np.array([-way[1], way[0]])
    corners = (line[-1] + way, line[-1] + side, line[-1] - side)
    painter.setPen(QColor(0, 0, 0, 130))
    painter.setBrush(ink)
    painter.drawPolygon(QPolygonF([QPointF(*each.tolist()) for each in corners]))
