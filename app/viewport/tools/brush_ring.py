"""BrushRing: the brush as it lies on the hair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor

from app.viewport.tools.marks import INK, dot, outline
from avatar_core.geometry import Float32, expect_shapes

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from avatar_core.geometry import Camera

_CORNERS = 64
_FLATTEST = 0.35
"""Seen along the surface a ring would be a line: it leans towards the eye at least that much."""

_TWIN_INK = QColor(INK.red(), INK.green(), INK.blue(), 130)


@dataclass(frozen=True, slots=True, eq=False)
class BrushRing:
    """Where the brush is, world axes, metres.

    Args:
        position: [3] on the surface.
        normal: [3] of the surface there, unit.
        radius_m: of the brush.
        strength: 0..1, drawn as an inner ring.
        colour: display RGB 0..1 that the brush paints with; None where it does not.
        twin: position and normal on the other side of the head, where it works there too.
    """

    position: Float32
    normal: Float32
    radius_m: float
    strength: float
    colour: tuple[float, float, float] | None = None
    twin: tuple[Float32, Float32] | None = None

    def __post_init__(self) -> None:
        expect_shapes(position=(self.position, "3"), normal=(self.normal, "3"))

    def paint(self, painter: QPainter, camera: Camera) -> None:
        """Draw it as seen through a camera; nothing of what lies behind that."""
        if self.twin is not None:
            outline(painter, circle(camera, *self.twin, self.radius_m), _TWIN_INK, is_closed=True)
        rim = circle(camera, self.position, self.normal, self.radius_m)
        outline(painter, rim, is_closed=True)
        inner_m = self.radius_m * min(self.strength, 1.0)
        inner = circle(camera, self.position, self.normal, inner_m)
        outline(painter, inner, _TWIN_INK, is_closed=True, width_px=1.0)
        pixels, depths = camera.project(self.position[None])
        if depths[0] > camera.near_m:
            ink = None if self.colour is None else QColor.fromRgbF(*np.clip(self.colour, 0, 1))
            dot(painter, pixels[0], 2.0 if ink is None else 5.0, ink)


def circle(camera: Camera, position: Float32, normal: Float32, radius_m: float) -> Float32:
    """[n, 2] pixels of a circle on a surface; none where it reaches behind the camera."""
    to_eye = camera.position - position
    to_eye = to_eye / max(float(np.linalg.norm(to_eye)), 1e-9)
    lack = _FLATTEST - float(normal @ to_eye)
    axis = normal + max(lack, 0.0) * to_eye
    axis = axis / max(float(np.linalg.norm(axis)), 1e-9)
    helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
    across = np.cross(axis, helper)
    across /= np.linalg.norm(across)
    angles = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)[:, None]
    ring = np.cos(angles) * across + np.sin(angles) * np.cross(axis, across)
    pixels, depths = camera.project((position + radius_m * ring).astype(np.float32))
    return pixels if depths.min() > camera.near_m else pixels[:0]
