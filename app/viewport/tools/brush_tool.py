"""BrushTool: strokes of a brush on the hair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.viewport.tools.tool import ViewTool

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPainter

    from app.viewport.tools.brush_ring import BrushRing
    from app.viewport.tools.pen import PenSample
    from avatar_core.geometry import Camera


class BrushTool(ViewTool):
    """Strokes begin on the hair alone, so that drags beside it move the camera.

    Signals:
        stroke_begun(PenSample), stroke_moved(list of PenSample), stroke_ended(),
        stroke_cancelled(): a stroke, in that order, with one of the last two.
        hovered(PenSample | None): the pen is over the picture, lifted; None when it leaves.

    Args:
        hits: whether a place is on what the brush works on.
        camera: of the picture.
    """

    stroke_begun = Signal(object)
    stroke_moved = Signal(list)
    stroke_ended = Signal()
    stroke_cancelled = Signal()
    hovered = Signal(object)

    def __init__(
        self,
        hits: Callable[[PenSample], bool],
        camera: Callable[[], Camera],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._hits = hits
        self._camera = camera
        self._ring: BrushRing | None = None
        self._is_in_stroke = False

    def show_ring(self, ring: BrushRing | None) -> None:
        """Draw the brush there; None where it is on nothing."""
        self._ring = ring
        self.marks_changed.emit()

    @property
    def is_busy(self) -> bool:
        return self._is_in_stroke

    def press(self, sample: PenSample) -> bool:
        self._is_in_stroke = self._hits(sample)
        if self._is_in_stroke:
            self.stroke_begun.emit(sample)
        return self._is_in_stroke

    def drag(self, samples: list[PenSample]) -> None:
        self.stroke_moved.emit(samples)

    def release(self, sample: PenSample) -> None:
        if self._is_in_stroke:
            self._is_in_stroke = False
            self.stroke_ended.emit()

    def hover(self, sample: PenSample) -> None:
        self.hovered.emit(sample)

    def leave(self) -> None:
        self.show_ring(None)
        self.hovered.emit(None)

    def cancel(self) -> None:
        if self._is_in_stroke:
            self._is_in_stroke = False
            self.stroke_cancelled.emit()

    def paint(self, painter: QPainter) -> None:
        if self._ring is not None:
            self._ring.paint(painter, self._camera())
