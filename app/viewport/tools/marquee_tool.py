"""MarqueeTool: areas of the picture drawn with the pen."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from app.viewport.tools.marks import ACCENT, dot, outline
from app.viewport.tools.tool import ViewTool

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from app.viewport.tools.pen import PenSample
    from avatar_core.geometry import Float32

_LEAST_STEP_PX = 2.0
_LEAST_AREA_PX2 = 9.0
_CLOSING_PX = 12.0
_DOT_PX = 3.0


class MarqueeShape(StrEnum):
    """How an area is drawn."""

    RECTANGLE = "rectangle"
    LASSO = "lasso"
    POLYGON = "polygon"
    """Corner by corner; a double click, Enter or a click on the first corner closes it."""


class MarqueeTool(ViewTool):
    """Draws an area; one that is hardly larger than a pixel counts as none.

    Signals:
        area_drawn(points, modifiers): [n, 2] float32 corners in device pixels, n >= 3, and the keys
            that were held when it was begun.
    """

    area_drawn = Signal(object, Qt.KeyboardModifier)

    def __init__(self, shape: MarqueeShape, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shape = shape
        self._corners: list[PenSample] = []
        self._end: PenSample | None = None
        """Where the pen is, while an area is open."""

    @property
    def is_busy(self) -> bool:
        return bool(self._corners)

    def press(self, sample: PenSample) -> bool:
        if self._shape is MarqueeShape.POLYGON and len(self._corners) > 2:
            if sample.distance_px(self._corners[0]) < _CLOSING_PX:
                self.confirm()
                return True
        elif self._shape is not MarqueeShape.POLYGON:
            self._corners.clear()
        self._corners.append(sample)
        self._point_at(sample)
        return True

    def drag(self, samples: list[PenSample]) -> None:
        if self._shape is MarqueeShape.LASSO:
            for each in samples:
                if each.distance_px(self._corners[-1]) >= _LEAST_STEP_PX:
                    self._corners.append(each)
        self._point_at(samples[-1])

    def release(self, sample: PenSample) -> None:
        if self._shape is MarqueeShape.POLYGON or not self._corners:
            return
        self._end = sample
        self.confirm()

    def double_click(self, sample: PenSample) -> bool:
        if self._shape is not MarqueeShape.POLYGON or not self._corners:
            return False
        self.confirm()
        return True

    def hover(self, sample: PenSample) -> None:
        if self._corners:
            self._point_at(sample)

    def confirm(self) -> None:
        """Close the area."""
        points = self._area(closes=True)
        modifiers = self._corners[0].modifiers if self._corners else None
        self.cancel()
        if modifiers is not None and len(points) > 2 and _area_px2(points) >= _LEAST_AREA_PX2:
            self.area_drawn.emit(points, modifiers)

    def cancel(self) -> None:
        self._corners.clear()
        self._end = None
        self.marks_changed.emit()

    def paint(self, painter: QPainter) -> None:
        outline(painter, self._area(), is_closed=True, is_dashed=True)
        if self._shape is MarqueeShape.POLYGON:
            for corner in self._corners:
                is_closing = (
                    corner is self._corners[0]
                    and len(self._corners) > 2
                    and self._end is not None
                    and self._end.distance_px(corner) < _CLOSING_PX
                )
                place = np.array([corner.x_px, corner.y_px], np.float32)
                dot(painter, place, _DOT_PX, ACCENT if is_closing else None)

    def _point_at(self, sample: PenSample) -> None:
        self._end = sample
        self.marks_changed.emit()

    def _area(self, *, closes: bool = False) -> Float32:
        """[n, 2] corners as they would be if the area were closed now."""
        points = [(each.x_px, each.y_px) for each in self._corners]
        end = self._end
        if self._shape is MarqueeShape.RECTANGLE and points and end is not None:
            (left, top), right, bottom = points[0], end.x_px, end.y_px
            points = [(left, top), (right, top), (right, bottom), (left, bottom)]
        elif self._shape is MarqueeShape.POLYGON and end is not None and not closes:
            points.append((end.x_px, end.y_px))
        return np.array(points, np.float32).reshape(-1, 2)


def _area_px2(points: Float32) -> float:
    x, y = points.astype(np.float64).T
    return float(0.5 * abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)))
