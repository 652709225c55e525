"""What every paint brush has in common: settings, how a stroke is made of stamps."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import numpy as np

from avatar_core.texture.stamp import Stamp, without
from avatar_core.texture.tip import Tip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.texture.canvas import PaintCanvas
    from avatar_core.texture.ground import PaintGround, SkinPlace

_LEAST_SPACING = 0.02
_MOST_STAMPS = 2000
"""Of one sample: a pen that leaps across the face with a tiny brush must not stop the window."""

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Jitter:
    """How much stamps differ from one another, each 0..1.

    Args:
        place: beside the line, radii.
        size: share by which stamps may be smaller.
        angle: share of half a turn, either way.
        colour: how far colours vary, either way, display values.
    """

    place: float = 0.0
    size: float = 0.0
    angle: float = 0.0
    colour: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class PaintSettings:
    """What the artist chose.

    Args:
        radius: of the brush, as the ground takes it: metres, or texels of a picture alone.
        tip: what a stamp leaves.
        colour: display RGB 0..1.
        second_colour: for gradients between two colours.
        opacity: 0..1, which the whole stroke does not exceed.
        flow: 0..1, of each stamp.
        spacing: between stamps, diameters.
        angle_rad: by which the tip is turned.
        follows_path: the tip turns with the line.
        jitter: how much stamps differ.
        pressure_sizes: the pen's pressure has a say in the size.
        pressure_flows: it has one in the flow.
        pressure_covers: it has one in the opacity.
        is_mirrored: paint the other side of the face too.
        source: place that is copied, for brushes that copy.
        options: further numbers of this kind of brush, by id, see `PaintBrushKind.options`.
        seed: of what is random.
    """

    radius: float = 0.006
    tip: Tip = field(default_factory=Tip)
    colour: Colour = (0.6, 0.2, 0.2)
    second_colour: Colour = (1.0, 1.0, 1.0)
    opacity: float = 1.0
    flow: float = 1.0
    spacing: float = 0.12
    angle_rad: float = 0.0
    follows_path: bool = False
    jitter: Jitter = field(default_factory=Jitter)
    pressure_sizes: bool = False
    pressure_flows: bool = False
    pressure_covers: bool = False
    is_mirrored: bool = False
    source: SkinPlace | None = None
    options: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class PaintDab:
    """One stamp of a stroke.

    Args:
        ground: what is painted on, at this moment.
        point: middle of the brush there.
        stamp: what lies under it; of a twin only what the first stamp does not cover.
        middle: the texel in the middle of the brush, None where there is none.
        radius: of the brush, pressure and jitter included.
        colour: display RGB 0..1, jitter included.
        flow: 0..1, pressure included.
        opacity: 0..1, pressure included.
        is_twin: it is the one on the other side of the face.
    """

    ground: PaintGround
    point: Float64
    stamp: Stamp
    middle: int | None
    radius: float
    colour: Colour
    flow: float
    opacity: float
    is_twin: bool = False

    def stamp_at(self, point: Float64, scale: float = 1.0) -> Stamp:
        """What would lie under a plain brush at another point, on this side.

        Args:
            point: of the ground.
            scale: of its radius against that of the brush.
        """
        return self.ground.stamp(point, scale * self.radius, Tip(1.0), 0.0, self.is_twin)

    def points(self, texels: Int32) -> Float32:
        """[n, k] where texels are, seen from this side."""
        return self.ground.points(texels, self.is_twin)

    def passing(self, texels: Int32) -> Float32:
        """[n] 0..1, how much paint reaches texels, after all that lies between."""
        shares = self.ground.passing(texels, self.is_twin)
        return np.ones(len(texels), np.float32) if shares is None else shares


class PaintBrush(Protocol):
    """One stroke of one brush; made anew for each stroke and each side of the face."""

    def begin(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """The pen is set down."""

    def dab(self, canvas: PaintCanvas, dab: PaintDab) -> None:
        """A stamp is made; also called for the first one, after `begin`."""

    def end(self, canvas: PaintCanvas) -> None:
        """The pen is lifted."""


class Gesture(StrEnum):
    """What the artist does with a brush."""

    STROKE = "stroke"
    CLICK = "click"
    """Only where the pen is set down counts."""
    LINE = "line"
    """Only where the pen is set down and lifted counts."""


@dataclass(frozen=True, slots=True)
class PaintOption:
    """A further number of a brush, shown as a slider, or as a list where it has words.

    Args:
        id: name in `PaintSettings.options`.
        label: words beside it.
        tip: one sentence.
        low: least value.
        high: greatest value.
        default: what it starts with.
        choices: words for the whole values from `low` on; empty for a slider.
    """

    id: str
    label: str
    tip: str
    low: float
    high: float
    default: float
    choices: tuple[str, ...] = ()

    def of(self, settings: PaintSettings) -> float:
        """Its value in settings."""
        return settings.options.get(self.id, self.default)


@dataclass(frozen=True, slots=True)
class PaintBrushKind:
    """One brush of the shelf.

    Args:
        id: stable name, e.g. "smudge".
        label: what the shelf and the history call it.
        tip: one sentence for the tool tip.
        make: a stroke of it.
        gesture: what the artist does with it.
        options: its further numbers.
        has_colour: whether it paints with a colour.
        needs_source: whether it copies a place chosen before.
        paints: whether it changes the layer; others tell something, see their classes.
    """

    id: str
    label: str
    tip: str
    make: Callable[[PaintSettings], PaintBrush]
    gesture: Gesture = Gesture.STROKE
    options: tuple[PaintOption, ...] = ()
    has_colour: bool = False
    needs_source: bool = False
    paints: bool = True


class PaintStroke:
    """A stroke on a canvas, with its twin on the other side of the face where that is wanted.

    Stamps lie at even distances along the line, however fast the pen moves and however often it is
    asked. The line stays on the skin when the head moves between samples.

    Args:
        kind: the brush.
        settings: of it.
        canvas: the layer.
    """

    def __init__(self, kind: PaintBrushKind, settings: PaintSettings, canvas: PaintCanvas) -> None:
        self._kind, self._settings, self._canvas = kind, settings, canvas
        self.brushes = tuple(kind.make(settings) for _ in range(1 + settings.is_mirrored))
        self._random = np.random.default_rng(settings.seed)
        self._last: tuple[PaintGround, Float64, float] | None = None
        self._due = 0.0
        """How far along the line the next stamp comes, from the last sample."""

    def move(self, ground: PaintGround, point: Float64, pressure: float = 1.0) -> None:
        """Go on with a sample.

        Args:
            ground: as it is now.
            point: of the ground, where the pen is.
            pressure: of the pen, 0..1.
        """
        point = np.asarray(point, np.float64)
        if not np.isfinite(point).all():
            return
        if self._last is None:
            self._stamp(ground, point, pressure, None)
            self._due = self._step(ground, point, pressure)
        elif self._kind.gesture is Gesture.LINE:
            self._stamp(ground, point, pressure, None)
        elif self._kind.gesture is Gesture.STROKE:
            self._go(ground, point, pressure)
        self._last = (ground, point, pressure)

    def end(self) -> None:
        """Lift the pen."""
        if self._last is not None:
            for brush in self.brushes:
                brush.end(self._canvas)

    def _go(self, ground: PaintGround, point: Float64, pressure: float) -> None:
        """Stamps from the last sample to a point."""
        assert self._last is not None
        ground_before, start, pressure_before = self._last
        place = None if ground is ground_before else ground_before.place(start)
        if place is not None:
            start = ground.point(place)
        way = point - start
        length = float(np.linalg.norm(way))
        for _ in range(_MOST_STAMPS):
            if self._due > length or length == 0:
                break
            share = self._due / length
            now = pressure_before + share * (pressure - pressure_before)
            here = ground.onto(start + share * way)
            self._stamp(ground, here, now, way)
            self._due += self._step(ground, here, now)
        self._due = max(self._due - length, 0.0)

    def _step(self, ground: PaintGround, point: Float64, pressure: float) -> float:
        radius = self._radius(ground, point, pressure)
        return 2 * max(self._settings.spacing, _LEAST_SPACING) * radius

    def _radius(self, ground: PaintGround, point: Float64, pressure: float) -> float:
        radius = ground.radius(point, self._settings.radius)
        return radius * max(pressure, 0.05) if self._settings.pressure_sizes else radius

    def _stamp(
        self, ground: PaintGround, point: Float64, pressure: float, way: Float64 | None
    ) -> None:
        settings, jitter = self._settings, self._settings.jitter
        draws = self._random.random(7)
        radius = self._radius(ground, point, pressure) * (1 - jitter.size * draws[0])
        angle = settings.angle_rad + jitter.angle * np.pi * (2 * draws[1] - 1)
        right, up = ground.plane(point)
        if settings.follows_path and way is not None:
            angle += float(np.arctan2(way @ up, way @ right))
        if jitter.place > 0:
            out, turn = jitter.place * radius * np.sqrt(draws[2]), 2 * np.pi * draws[3]
            point = ground.onto(point + out * (np.cos(turn) * right + np.sin(turn) * up))
        varied = np.clip(np.array(settings.colour) + jitter.colour * (draws[4:] - 0.5), 0, 1)
        colour = settings.colour if jitter.colour == 0 else tuple(varied.tolist())
        flow = settings.flow * (pressure if settings.pressure_flows else 1.0)
        opacity = settings.opacity * (pressure if settings.pressure_covers else 1.0)
        first: Stamp | None = None
        for brush, is_twin in zip(self.brushes, (False, True), strict=False):
            whole = ground.stamp(point, radius, settings.tip, angle, is_twin)
            passed = self._passing(ground, whole, is_twin)
            stamp = passed if first is None else without(passed, first)
            first = passed
            dab = PaintDab(
                ground, point, stamp, whole.middle, radius, colour, flow, opacity, is_twin
            )
            if self._last is None:
                brush.begin(self._canvas, dab)
            brush.dab(self._canvas, dab)

    def _passing(self, ground: PaintGround, stamp: Stamp, is_twin: bool) -> Stamp:
        """What reaches the ground; brushes that only look see all of it."""
        shares = ground.passing(stamp.texels, is_twin) if self._kind.paints else None
        return stamp if shares is None else stamp.weakened(shares)


def line_samples(start: Float64, end: Float64, step: float) -> Float64:
    """[n, k] points of a straight line, both ends included, no further apart than a step."""
    length = float(np.linalg.norm(np.asarray(end) - np.asarray(start)))
    count = int(np.ceil(length / step)) + 1 if step > 0 else 2
    return np.linspace(start, end, max(count, 2))
