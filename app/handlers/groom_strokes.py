"""Strokes: the pen's samples become dabs on a canvas, and the canvas one step of the history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer

from app.handlers.groom_pointing import StrokeDepth
from app.handlers.groom_selecting import mode_of
from avatar_core.hair.brush import Dab, Stroke
from avatar_core.hair.regions import SelectionStroke
from avatar_core.hair.selection import combined

if TYPE_CHECKING:
    from app.handlers.groom_hair import GroomHair
    from app.handlers.groom_pointing import HairPointer
    from app.handlers.groom_selecting import SelectHandler
    from app.handlers.groom_space import HeadSpace
    from app.viewport.tools.brush_tool import BrushTool
    from app.viewport.tools.pen import PenSample
    from avatar_core.geometry import Float32
    from avatar_core.hair.brush import BrushKind, BrushSettings

_SPACING = 0.35
"""Of the radius: dabs lie no farther apart, however fast the pen is."""

_MOST_BETWEEN = 16
_RESTING_MS = 40
_LEAST_PRESSURE = 0.05


@dataclass(frozen=True, slots=True)
class PenUse:
    """What the pen's pressure and the mirror do.

    Args:
        sizes: pressure sets the radius.
        strengthens: pressure sets the strength.
        is_mirrored: strokes are done on the other side of the head too.
    """

    sizes: bool = False
    strengthens: bool = False
    is_mirrored: bool = False


class StrokeWork(Protocol):
    """What a stroke does to the hair."""

    def dab(self, dab: Dab) -> None: ...

    def show(self) -> None:
        """Let the viewport show what was done so far."""

    def land(self) -> None:
        """Make it a step of the history."""


class BrushWork:
    """A brush on a canvas.

    Raises:
        AvatarError: the layer cannot be worked on.
    """

    def __init__(
        self, hair: GroomHair, kind: BrushKind, settings: BrushSettings, is_mirrored: bool
    ) -> None:
        self._hair = hair
        self._kind = kind
        self._canvas = hair.canvas()
        self._stroke = Stroke(kind, settings, self._canvas, is_mirrored)

    def dab(self, dab: Dab) -> None:
        self._stroke.dab(dab)

    def show(self) -> None:
        self._hair.show(self._canvas)

    def land(self) -> None:
        self._stroke.end()
        self._hair.land(self._canvas, self._kind.label)


class SelectWork:
    """A brush that selects."""

    def __init__(
        self,
        hair: GroomHair,
        selecting: SelectHandler,
        settings: BrushSettings,
        keys: Qt.KeyboardModifier,
        is_mirrored: bool,
    ) -> None:
        self._hair = hair
        self._selecting = selecting
        self._keys = keys
        self._now = hair.now
        self._stroke = SelectionStroke(
            self._now.cloud.means,
            settings.falloff,
            is_mirrored=is_mirrored,
            allowed=selecting.open_rows(),
        )

    def dab(self, dab: Dab) -> None:
        self._stroke.dab(dab.position, dab.radius_m, dab.strength)

    def show(self) -> None:
        weights = combined(self._now.weights, self._stroke.weights, mode_of(self._keys))
        self._hair.preview(replace(self._now, weights=weights))

    def land(self) -> None:
        self._selecting.choose(self._stroke.weights, self._keys, "Select with brush")


class StrokeHandler(QObject):
    """Follows a brush tool. A stroke that fails at its start tells why and does nothing.

    One during which the hair becomes another, by an undo say, is taken back.

    Args:
        hair: the hair on the stage.
        pointer: finds what the pen points at.
        tool: the brush in the viewport.
        parent: the owner.
    """

    def __init__(
        self, hair: GroomHair, pointer: HairPointer, tool: BrushTool, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._hair = hair
        self._pointer = pointer
        self._work: StrokeWork | None = None
        self._settings: BrushSettings | None = None
        self._pen = PenUse()
        self._depth = StrokeDepth(1.0)
        self._last: PenSample | None = None
        self._resting = QTimer(self)
        self._resting.setInterval(_RESTING_MS)
        self._resting.timeout.connect(self._rest)
        tool.stroke_moved.connect(self.go_on)
        tool.stroke_ended.connect(self.end)
        tool.stroke_cancelled.connect(self.cancel)
        hair.edited.connect(self.cancel)

    def begin(
        self,
        sample: PenSample,
        work: StrokeWork,
        settings: BrushSettings,
        pen: PenUse,
        *,
        works_at_rest: bool,
    ) -> None:
        """Set the pen down on the hair."""
        hit = self._pointer.hit(sample)
        if hit is None:
            return
        self._work, self._settings, self._pen = work, settings, pen
        self._depth = StrokeDepth(hit.depth_m)
        self._last = sample
        if self._attempt([sample]) and works_at_rest:
            self._resting.start()

    def go_on(self, samples: list[PenSample]) -> None:
        """Draw the pen along; all that came in is done before anything is shown."""
        if self._work is not None:
            self._attempt(samples)

    def end(self) -> None:
        """Lift the pen."""
        work = self._stop()
        if work is not None and not self._hair.attempt(work.land):
            self._hair.show_document()

    def cancel(self) -> None:
        """Take the stroke back."""
        if self._stop() is not None:
            self._hair.show_document()

    def _stop(self) -> StrokeWork | None:
        self._resting.stop()
        work, self._work = self._work, None
        return work

    def _rest(self) -> None:
        if self._last is not None:
            self.go_on([self._last])

    def _attempt(self, samples: list[PenSample]) -> bool:
        is_well = False
        try:
            is_well = self._hair.attempt(lambda: self._draw(samples))
        finally:
            if not is_well:
                self.cancel()
        return is_well

    def _draw(self, samples: list[PenSample]) -> None:
        assert self._work is not None
        space = self._hair.space()
        for sample in samples:
            for dab in self._dabs(space, sample):
                self._work.dab(dab)
            self._last = sample
        self._work.show()

    def _dabs(self, space: HeadSpace, sample: PenSample) -> list[Dab]:
        """The dabs from the sample before to this one."""
        assert self._settings is not None
        assert self._last is not None
        firm = max(sample.pressure, _LEAST_PRESSURE)
        radius = self._settings.radius_m * (firm if self._pen.sizes else 1.0)
        strength = self._settings.strength * (firm if self._pen.strengthens else 1.0)
        depth = self._depth.follow(self._pointer.hit(sample), radius)
        here = self._pointer.at_depth(sample, depth)
        # Both at the depth of now: that the surface comes closer is no motion of the pen.
        way = here - self._pointer.at_depth(self._last, depth)
        view = space.local_direction(self._pointer.gaze(here))
        is_inverted = sample.is_eraser or bool(
            sample.modifiers & Qt.KeyboardModifier.ControlModifier
        )
        count = int(np.ceil(float(np.linalg.norm(way)) / (_SPACING * radius)))
        count = min(max(count, 1), _MOST_BETWEEN)
        step = np.asarray(way / count, np.float32)
        return [
            Dab(
                space.local(_place(here, step, count - 1 - each)),
                space.local_direction(step),
                view,
                radius,
                strength,
                is_inverted,
                sample.tilt,
            )
            for each in range(count)
        ]


def _place(end: Float32, step: Float32, before: int) -> Float32:
    return np.asarray(end - before * step, np.float32)
