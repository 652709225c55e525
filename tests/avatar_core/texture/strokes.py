"""Strokes on the sheet, for tests of brushes. Its left chart is upright: x and y as in space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.texture.brush import PaintBrushKind, PaintSettings, PaintStroke
from avatar_core.texture.ground import HeadGround, PaintGround, UvGround
from avatar_core.texture.stamp import Reach
from avatar_core.texture.symmetry import MirrorMap
from tests.avatar_core.texture.sheet import sheet, sheet_atlas

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.geometry import Float32, Int32
    from avatar_core.texture.canvas import PaintCanvas

SIZE = 512
MIDDLE = np.array([128.0, 256.0])
"""Of the left chart, column and row."""


def moved(point: np.ndarray, right: float, down: float) -> np.ndarray:
    """A place of the picture so many texels further."""
    return point + np.array([right, down])


def stroke(
    canvas: PaintCanvas,
    kind: PaintBrushKind,
    settings: PaintSettings,
    *points: np.ndarray,
    ground: PaintGround | None = None,
) -> PaintStroke:
    """Draw a stroke through points of a ground; the picture of the sheet where none is given."""
    made = PaintStroke(kind, settings, canvas)
    for point in points:
        made.move(ground or UvGround(sheet_atlas()[0]), np.asarray(point, float))
    made.end()
    return made


def sheet_ground(sieve: Callable[[Float32], Float32] | None = None) -> HeadGround:
    """The sheet as seen from in front, with symmetry."""
    topology, vertices = sheet()
    eye, up = np.array([0, 0, 0.5], np.float32), np.array([0, 1, 0], np.float32)
    mirror = MirrorMap.of(topology, vertices)
    return HeadGround(sheet_atlas()[0], vertices, eye, up, Reach(), mirror, sieve)


def half_open(places: Float32) -> Float32:
    """[n] nothing passes below y = 0, half of the paint above."""
    return np.where(places[:, 1] > 0, np.float32(0.5), np.float32(0))


def texels_around(point: np.ndarray, radius: float) -> Int32:
    """Those within so many texels of a place (column, row)."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    near = np.hypot(columns - point[0], rows - point[1]) <= radius
    return np.flatnonzero(near).astype(np.int32)


def chequered(texels: Int32, side: int = 6) -> Float32:
    """[n, 4] opaque squares of red and blue."""
    rows, columns = np.divmod(texels, SIZE)
    is_red = (rows // side + columns // side) % 2 == 0
    values = np.where(is_red[:, None], [1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0])
    return values.astype(np.float32)
