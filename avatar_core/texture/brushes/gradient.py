"""Gradient: a colour that fades out, or into another, from one place to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.texture.brush import Gesture, PaintBrushKind, PaintOption
from avatar_core.texture.brushes.fill import Extent, extent_texels

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.texture.brush import Colour, PaintDab, PaintSettings
    from avatar_core.texture.canvas import PaintCanvas

SHAPE = PaintOption(
    "shape", "Shape", "Along the line, or around where it begins.", 0, 1, 0,
    choices=("Linear", "Radial"),
)  # fmt: skip
TOWARDS = PaintOption(
    "towards", "Towards", "What it fades into.", 0, 1, 0, choices=("Nothing", "Second colour")
)
OVER = PaintOption(
    "extent", "Over", "How far it goes.", 0, 1, 0, choices=("Part of the head", "Chart")
)


_LEAST = 1e-3
"""Length of a line, radii, below which it is none."""


class Gradient:
    """Drawn once the pen is lifted, over the part or chart that it was set down on.

    Args:
        settings: what the artist chose.
    """

    def __init__(self, settings: PaintSettings) -> None:
        self._is_radial = SHAPE.of(settings) > 0.5
        self._second = settings.second_colour if TOWARDS.of(settings) > 0.5 else None
        self._extent = Extent(int(OVER.of(settings)))
        self._first: PaintDab | None = None
        self._last: PaintDab | None = None

    def begin(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """The pen is set down: here the colour is full."""
        self._first = dab

    def dab(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """The pen moves: here the colour ends."""
        self._last = dab

    def end(self, canvas: PaintCanvas) -> None:
        """The pen is lifted. Nothing is drawn beside the head, nor along a line of no length."""
        first, last = self._first, self._last
        if first is None or last is None or first.middle is None:
            return
        place = first.ground.place(first.point)
        start = first.point if place is None else last.ground.point(place)
        way = last.point - start
        if not np.linalg.norm(way) > _LEAST * first.radius:
            return
        texels = extent_texels(first.ground.atlas, first.middle, self._extent)
        shares = _shares(last.points(texels), start, way, self._is_radial)
        texels, shares = _nearer(canvas, texels, shares)
        paint = np.float32(first.opacity) * self._colours(first.colour, shares)
        canvas.write(texels, (1 - paint[:, 3:]) * canvas.original(texels) + paint)

    def _end(self) -> Float32:
        """[4] premultiplied, what it fades into."""
        if self._second is None:
            return np.zeros(4, np.float32)
        return np.array([*self._second, 1], np.float32)

    def _colours(self, first: Colour, shares: Float32) -> Float32:
        """[n, 4] premultiplied."""
        full = np.array([*first, 1], np.float32)
        colours: Float32 = full + shares[:, None] * (self._end() - full)
        return colours


def _nearer(canvas: PaintCanvas, texels: Int32, shares: Float32) -> tuple[Int32, Float32]:
    """Those nearer to where this gradient begins than to where its twin does.

    How near they are is kept as the stroke's coverage; the twin comes second.
    """
    near = np.maximum(1 - shares, np.float32(1e-6))
    known = canvas.cover(texels, np.zeros_like(near))
    wins = near > known
    canvas.cover(texels[wins], (near[wins] - known[wins]) / (1 - known[wins]))
    return texels[wins], shares[wins]


def _shares(points: Float32, start: Float64, way: Float64, is_radial: bool) -> Float32:
    """[n] 0 where the gradient begins to 1 where it ends."""
    offsets = points - start
    if is_radial:
        along = np.linalg.norm(offsets, axis=1) / np.linalg.norm(way)
    else:
        along = offsets @ way / (way @ way)
    shares: Float32 = np.clip(along, 0, 1).astype(np.float32)
    return shares


GRADIENT = PaintBrushKind(
    "gradient", "Gradient", "Drag from where the colour is full to where it ends.", Gradient,
    gesture=Gesture.LINE, options=(SHAPE, TOWARDS, OVER), has_colour=True,
)  # fmt: skip
