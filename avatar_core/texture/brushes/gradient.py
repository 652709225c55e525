"""Gradient: a colour that fades out, or into another, from one place to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.texture.brush import Gesture, PaintBrushKind, PaintOption
from avatar_core.texture.brushes.fill import Extent, extent_texels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.texture.brush import Colour, PaintDab, PaintSettings
    from avatar_core.texture.canvas import PaintCanvas
    from avatar_core.texture.ground import PaintGround

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


class _Seen(NamedTuple):
    """points [n, k] of texels on a ground, and passing [n], how much paint reaches them."""

    ground: PaintGround
    points: Float32
    passing: Float32


class Gradient:
    """A line over the part or chart that the pen was set down on, drawn anew as the pen moves.

    Args:
        settings: what the artist chose.
    """

    def __init__(self, settings: PaintSettings) -> None:
        self._is_radial = SHAPE.of(settings) > 0.5
        self._second = settings.second_colour if TOWARDS.of(settings) > 0.5 else None
        self._extent = Extent(int(OVER.of(settings)))
        self._has_twin = settings.is_mirrored
        self._first: PaintDab | None = None
        self._texels: Int32 = np.zeros(0, np.int32)
        self._seen: _Seen | None = None

    def begin(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """The pen is set down: here the colour is full."""
        self._first = dab
        if dab.middle is not None:
            self._texels = extent_texels(dab.ground.atlas, dab.middle, self._extent)

    def dab(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """The pen moves: here the colour ends.

        Nothing is drawn beside the head, nor along a line of no length.
        """
        if not dab.is_twin:
            canvas.restart()
        first = self._first
        if first is None or not len(self._texels):
            return
        place = first.ground.place(first.point)
        start = first.point if place is None else dab.ground.point(place)
        way = dab.point - start
        if not np.linalg.norm(way) > _LEAST * first.radius:
            return
        texels, seen = self._texels, self._seen_by(dab)
        shares, passing = _shares(seen.points, start, way, self._is_radial), seen.passing
        if self._has_twin:
            wins = _nearer(canvas, texels, shares)
            texels, shares, passing = texels[wins], shares[wins], passing[wins]
        paint = (np.float32(first.opacity) * passing)[:, None] * self._colours(first.colour, shares)
        canvas.write(texels, (1 - paint[:, 3:]) * canvas.original(texels) + paint)

    def end(self, canvas: PaintCanvas) -> None:
        """The pen is lifted."""

    def _seen_by(self, dab: PaintDab) -> _Seen:
        """Where the texels are: the same as long as the head and the view stay as they are."""
        if self._seen is None or self._seen.ground is not dab.ground:
            texels = self._texels
            self._seen = _Seen(dab.ground, dab.points(texels), dab.passing(texels))
        return self._seen

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


def _nearer(canvas: PaintCanvas, texels: Int32, shares: Float32) -> NDArray[np.bool_]:
    """[n] which are nearer to where this gradient begins than to where its twin does.

    How near they are is kept as the stroke's coverage; the twin comes second.
    """
    near = np.maximum(1 - shares, np.float32(1e-6))
    known = canvas.cover(texels, np.zeros_like(near))
    wins: NDArray[np.bool_] = near > known
    canvas.cover(texels[wins], np.ones(int(wins.sum()), np.float32), near[wins])
    return wins


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
