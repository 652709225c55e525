"""LineTool: a straight line across the picture, for a cut or a parting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from app.viewport.tools.marks import dot, outline
from app.viewport.tools.tool import ViewTool

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from app.viewport.tools.pen import PenSample

_SHORTEST_PX = 6.0


class LineTool(ViewTool):
    """Draws a line from where the pen is set down to where it is lifted.

    Signals:
        line_drawn(PenSample, PenSample, modifiers): its ends, and the keys that were held when it
            was begun.
    """

    line_drawn = Signal(object, object, Qt.KeyboardModifier)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._start: PenSample | None = None
        self._end: PenSample | None = None

    @property
    def is_busy(self) -> bool:
        return self._start is not None

    def press(self, sample: PenSample) -> bool:
        self._start = self._end = sample
        self.marks_changed.emit()
        return True

    def drag(self, samples: list[PenSample]) -> None:
        self._end = samples[-1]
        self.marks_changed.emit()

    def release(self, sample: PenSample) -> None:
        start = self._start
        self.cancel()
        if start is not None and start.distance_px(sample) >= _SHORTEST_PX:
            self.line_drawn.emit(start, sample, start.modifiers)

    def cancel(self) -> None:
        self._start = self._end = None
        self.marks_changed.emit()

    def paint(self, painter: QPainter) -> None:
        if self._start is None or self._end is None:
            return
        ends = [(each.x_px, each.y_px) for each in (self._start, self._end)]
        points = np.array(ends, np.float32)
        outline(painter, points)
        for point in points:
            dot(painter, point)
