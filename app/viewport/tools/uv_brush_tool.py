"""UvBrushTool: strokes of a brush on the atlas of the face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor

from app.viewport.tools.brush_tool import BrushTool
from app.viewport.tools.marks import INK, dot, outline

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QPainter

    from app.viewport.tools.pen import PenSample
    from avatar_core.geometry import Camera, Float32

_CORNERS = 64
_FAINT = QColor(INK.red(), INK.green(), INK.blue(), 130)


@dataclass(frozen=True, slots=True)
class UvRing:
    """Where the brush is.

    Args:
        place: device pixels.
        radius_px: of the brush, device pixels.
        hardness: 0..1, drawn as an inner ring.
        colour: display RGB 0..1 that the brush paints with; None where it does not.
        twin: where it works on the other side of the face, too.
        twin_radius_px: of it there.
    """

    place: tuple[float, float]
    radius_px: float
    hardness: float
    colour: tuple[float, float, float] | None = None
    twin: tuple[float, float] | None = None
    twin_radius_px: float = 0.0

    def paint(self, painter: QPainter) -> None:
        """Draw it, in device pixels."""
        if self.twin is not None:
            outline(painter, _circle(self.twin, self.twin_radius_px), _FAINT, is_closed=True)
        outline(painter, _circle(self.place, self.radius_px), is_closed=True)
        inner = _circle(self.place, self.radius_px * self.hardness)
        outline(painter, inner, _FAINT, is_closed=True, width_px=1.0)
        ink = None if self.colour is None else QColor.fromRgbF(*np.clip(self.colour, 0, 1))
        dot(painter, np.array(self.place, np.float32), 2.0 if ink is None else 4.0, ink)


class UvBrushTool(BrushTool):
    """Strokes begin on the atlas; drags beside it move it.

    Args:
        hits: whether a place is on the atlas.
    """

    def __init__(self, hits: Callable[[PenSample], bool], parent: QObject | None = None) -> None:
        super().__init__(hits, _no_camera, parent)
        self._circle: UvRing | None = None

    def show_circle(self, circle: UvRing | None) -> None:
        """Draw the brush there; None where it is on nothing."""
        self._circle = circle
        self.marks_changed.emit()

    def leave(self) -> None:
        self.show_circle(None)
        self.hovered.emit(None)

    def paint(self, painter: QPainter) -> None:
        if self._circle is not None:
            self._circle.paint(painter)


def _circle(place: tuple[float, float], radius_px: float) -> Float32:
    angles = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return (np.array(place) + max(radius_px, 1.0) * ring).astype(np.float32)


def _no_camera() -> Camera:
    raise RuntimeError("an atlas is seen through no camera")
