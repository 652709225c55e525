"""Strokes of paint: samples of the pen become stamps on a canvas, and that a step of history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import is_
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.paint_choice import PaintChoice, PaintSwitches, paint_settings
from avatar_core.texture.brush import Gesture, PaintStroke, line_samples
from avatar_core.texture.brushes.pick import Pick
from avatar_core.texture.stabiliser import Rope

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.handlers.paint_easels import Easel, Pixel
    from app.handlers.paint_face import PaintFace
    from app.viewport.tools.pen import PenSample
    from avatar_core.geometry.shapes import Float64
    from avatar_core.texture.brush import PaintBrushKind
    from avatar_core.texture.canvas import PaintCanvas
    from avatar_core.texture.ground import PaintGround, SkinPlace

_LINE_STEP_PX = 3.0
_LEAST_PRESSURE = 0.02


@dataclass(frozen=True, slots=True)
class StrokeWish:
    """What a stroke is made with.

    Args:
        kind: the brush.
        choice: how it paints.
        switches: how all brushes do.
        source: place that is copied.
        goes_on: a straight line leads from where the stroke before ended.
    """

    kind: PaintBrushKind
    choice: PaintChoice
    switches: PaintSwitches
    source: SkinPlace | None = None
    goes_on: bool = False


class StrokeMaker(QObject):
    """Makes one stroke at a time. One that fails tells why and leaves everything as it was.

    One during which the layers become others, by an undo say, is taken back.

    Args:
        face: the face on the stage.
    """

    begun = Signal()
    """The pen is set down."""
    colour_picked = Signal(object)
    """`Rgb` that was seen where the pen was."""
    brushes_ended = Signal(object, object)
    """The brushes of a stroke that paints nothing, one for each side, and its `StrokeWish`."""

    def __init__(self, face: PaintFace) -> None:
        super().__init__(face)
        self._face = face
        self._easel: Easel | None = None
        self._wish: StrokeWish | None = None
        self._canvas: PaintCanvas | None = None
        self._stroke: PaintStroke | None = None
        self._rope: Rope | None = None
        self._last: tuple[Pixel, PaintGround, Float64] | None = None
        self._ended_at: SkinPlace | None = None
        self._is_beside = False
        self._count = 0
        self._basis: tuple[object, ...] = ()
        """What the stroke is on."""
        face.edited.connect(self._follow)

    @property
    def is_busy(self) -> bool:
        """Whether the pen is down."""
        return self._easel is not None

    def begin(self, easel: Easel, sample: PenSample, wish: StrokeWish) -> None:
        """Set the pen down."""
        self._count += 1
        self.begun.emit()

        def start() -> None:
            self._easel, self._wish, self._last = easel, wish, None
            face, self._basis = self._face, self._basis_of_now()
            self._canvas = face.canvas() if wish.kind.paints else face.reading_canvas()
            self._stroke = self._new_stroke()
            steady = wish.choice.steady_px
            self._rope = Rope(steady) if steady > 0 else None
            self._move(self._before(sample))
            self._move([sample])
            self._show()

        self._attempt(start)

    def go_on(self, samples: list[PenSample]) -> None:
        """Draw the pen along; all that came in is done before anything is shown."""
        if self._easel is None:
            return

        def go() -> None:
            self._move(samples[-1:] if self._is_line else samples)
            self._show()

        self._attempt(go)

    def end(self) -> None:
        """Lift the pen."""
        if self._easel is None:
            return

        def finish() -> None:
            assert self._stroke is not None
            assert self._canvas is not None
            assert self._wish is not None
            end = None if self._rope is None else self._rope.release()
            self._rope = None
            if end is not None and self._wish.kind.gesture is Gesture.STROKE:
                self._draw((float(end[0]), float(end[1])), 1.0)
            self._stroke.end()
            if self._last is not None:
                _, ground, point = self._last
                self._ended_at = ground.place(point)
            stroke, canvas, wish = self._stroke, self._canvas, self._wish
            self._forget()
            self._land(stroke, canvas, wish)

        try:
            self._attempt(finish)
        finally:
            self._face.show_document()

    def cancel(self) -> None:
        """Take the stroke back."""
        if self._easel is not None:
            self._forget()
            self._face.show_document()

    def _follow(self) -> None:
        now = self._basis_of_now()
        is_same = len(now) == len(self._basis) and all(map(is_, now, self._basis))
        if not is_same:
            self.cancel()

    def _basis_of_now(self) -> tuple[object, ...]:
        painting = self._face.painting
        return self._face.asset, painting.baked, *painting.layers.values()

    def _land(self, stroke: PaintStroke, canvas: PaintCanvas, wish: StrokeWish) -> None:
        if wish.kind.paints:
            self._face.land(canvas, wish.kind.label)
            return
        first = stroke.brushes[0]
        if isinstance(first, Pick):
            if first.colour is not None:
                self.colour_picked.emit(first.colour)
        else:
            self.brushes_ended.emit(stroke.brushes, wish)

    def _new_stroke(self) -> PaintStroke:
        assert self._wish is not None
        assert self._canvas is not None
        wish = self._wish
        settings = paint_settings(wish.choice, wish.switches, wish.source, self._count)
        return PaintStroke(wish.kind, settings, self._canvas)

    @property
    def _is_line(self) -> bool:
        """Whether only where it begins and where it ends count; it is drawn anew for each end."""
        return self._wish is not None and self._wish.kind.gesture is Gesture.LINE

    def _before(self, sample: PenSample) -> list[PenSample]:
        """Samples of the straight line that leads to where the pen is set down."""
        assert self._easel is not None
        assert self._wish is not None
        if not self._wish.goes_on or self._ended_at is None:
            return []
        start = self._easel.pixel(self._ended_at)
        if start is None:
            return []
        end = np.array([sample.x_px, sample.y_px])
        places = line_samples(np.array(start), end, _LINE_STEP_PX)[:-1]
        return [replace(sample, x_px=x, y_px=y) for x, y in places.tolist()]

    def _move(self, samples: list[PenSample]) -> None:
        for sample in samples:
            pixel = sample.x_px, sample.y_px
            if self._rope is not None:
                x, y = self._rope.move(np.array(pixel))
                pixel = float(x), float(y)
            self._draw(pixel, max(sample.pressure, _LEAST_PRESSURE))

    def _draw(self, pixel: Pixel, pressure: float) -> None:
        assert self._easel is not None
        assert self._wish is not None
        assert self._stroke is not None
        ground = self._easel.ground()
        point = None if ground is None else self._easel.point(pixel)
        if ground is None or point is None:
            self._is_beside = True
            return
        if self._leaps(pixel, point):
            self._stroke.end()
            self._stroke = self._new_stroke()
        self._stroke.move(ground, point, pressure)
        self._last = pixel, ground, point
        self._is_beside = False

    def _leaps(self, pixel: Pixel, point: Float64) -> bool:
        """Whether the pen came from beside the face, or from the nose to the cheek behind it."""
        assert self._wish is not None
        assert self._easel is not None
        kind = self._wish.kind
        if self._last is None or kind.gesture is not Gesture.STROKE or kind.needs_source:
            return False
        if self._is_beside:
            return True
        before, _, start = self._last
        gap_px = float(np.hypot(pixel[0] - before[0], pixel[1] - before[1]))
        return not self._easel.is_near(start, point, gap_px, self._wish.choice.radius_m)

    def _show(self) -> None:
        if self._canvas is not None:
            self._face.show(self._canvas)

    def _attempt(self, work: Callable[[], object]) -> bool:
        is_well = False
        try:
            is_well = self._face.attempt(work)
        finally:
            if not is_well:
                self.cancel()
        return is_well

    def _forget(self) -> None:
        self._easel = self._wish = self._canvas = self._stroke = self._rope = self._last = None
