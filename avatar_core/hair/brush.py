"""What every brush has in common: settings, the samples of a stroke, how its effect falls off."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import numpy as np

from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avatar_core.geometry import Float32
    from avatar_core.hair.canvas import HairCanvas

ACROSS = "_x"
"""Ends the id of an option that says how far to the person's left a place is, metres."""

SMALLEST_RADIUS_M, LARGEST_RADIUS_M = 0.002, 0.25


class Falloff(StrEnum):
    """How the effect fades from the middle of the brush to its rim."""

    SMOOTH = "smooth"
    SHARP = "sharp"
    LINEAR = "linear"
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class BrushSettings:
    """What the artist chose.

    Args:
        radius_m: of the sphere around the cursor.
        strength: 0..1.
        falloff: towards the rim.
        options: further numbers of this kind of brush, by id, see `BrushKind.options`.
        colour: display RGB 0..1, for brushes that have one.
    """

    radius_m: float = 0.03
    strength: float = 0.5
    falloff: Falloff = Falloff.SMOOTH
    options: Mapping[str, float] = field(default_factory=dict)
    colour: tuple[float, float, float] = (0.35, 0.2, 0.1)

    def mirrored(self) -> BrushSettings:
        """The same for the other side of the head: places among the options change sides."""
        options = {
            name: -value if name.endswith(ACROSS) else value for name, value in self.options.items()
        }
        return replace(self, options=options)


@dataclass(frozen=True, slots=True, eq=False)
class Dab:
    """One sample of a stroke, in the space of the neutral head, metres.

    Args:
        position: [3] the cursor, on the surface of the hair where there is any.
        motion: [3] from the sample before; zero for the first.
        view: [3] unit vector from the eye to the cursor.
        radius_m: of the brush, pressure included where it has a say.
        strength: 0..1, pressure included where it has a say.
        is_inverted: the opposite of what the brush does (Ctrl): flatten for puff, remove for add.
        tilt: of the pen against the tablet, -1..1 to the right and down the screen.
    """

    position: Float32
    motion: Float32
    view: Float32
    radius_m: float
    strength: float
    is_inverted: bool = False
    tilt: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        expect_shapes(
            position=(self.position, "3"), motion=(self.motion, "3"), view=(self.view, "3")
        )

    def mirrored(self) -> Dab:
        """The same on the other side of the head, across the plane x = 0."""
        flip = np.array([-1, 1, 1], np.float32)
        return replace(
            self,
            position=self.position * flip,
            motion=self.motion * flip,
            view=self.view * flip,
            tilt=(-self.tilt[0], self.tilt[1]),
        )


class Brush(Protocol):
    """One stroke of one brush; made anew for each stroke and each mirrored side."""

    def begin(self, canvas: HairCanvas, dab: Dab) -> None:
        """The pen is set down."""

    def dab(self, canvas: HairCanvas, dab: Dab) -> None:
        """The pen moves; also called for the first sample, after `begin`."""

    def end(self, canvas: HairCanvas) -> None:
        """The pen is lifted."""


@dataclass(frozen=True, slots=True)
class BrushOption:
    """A further number of a brush, shown as a slider.

    Args:
        id: name in `BrushSettings.options`.
        label: words beside it.
        tip: one sentence.
        low, high, default: limits of the value.
        decimals, scale, suffix: how it is written: value * scale (millimetres from metres).
    """

    id: str
    label: str
    tip: str
    low: float
    high: float
    default: float
    decimals: int = 2
    scale: float = 1.0
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class BrushKind:
    """One brush of the shelf.

    Args:
        id: stable name, e.g. "comb".
        label: what the shelf and the history call it.
        tip: one sentence for the tool tip.
        make: a stroke of it.
        radius_m, strength: what it starts with.
        options: its further numbers.
        has_colour: whether it paints with a colour.
        drags: whether it follows the motion of the pen; others work where the pen rests too.
    """

    id: str
    label: str
    tip: str
    make: Callable[[BrushSettings], Brush]
    radius_m: float = 0.03
    strength: float = 0.5
    options: tuple[BrushOption, ...] = ()
    has_colour: bool = False
    drags: bool = False


class Stroke:
    """A stroke on a canvas, with its mirrored twin where that is wanted.

    Args:
        kind: the brush.
        settings: of it.
        canvas: the hair.
        is_mirrored: do the same on the other side of the head.
    """

    def __init__(
        self, kind: BrushKind, settings: BrushSettings, canvas: HairCanvas, is_mirrored: bool
    ) -> None:
        self._canvas = canvas
        sides = (settings, settings.mirrored()) if is_mirrored else (settings,)
        self._brushes = [kind.make(each) for each in sides]
        self._is_begun = False

    def dab(self, dab: Dab) -> None:
        """Go on with a sample."""
        for brush, each in zip(self._brushes, (dab, dab.mirrored()), strict=False):
            if not self._is_begun:
                brush.begin(self._canvas, each)
            brush.dab(self._canvas, each)
        self._is_begun = True

    def end(self) -> None:
        """Lift the pen."""
        if self._is_begun:
            for brush in self._brushes:
                brush.end(self._canvas)


def falloff_weights(distances: Float32, radius_m: float, falloff: Falloff) -> Float32:
    """Weights 0..1 at distances [...] from the middle of a brush; zero from the rim on."""
    t = np.clip(1 - distances / np.float32(max(radius_m, 1e-6)), 0, 1)
    weights: Float32
    if falloff is Falloff.SMOOTH:
        weights = t * t * (3 - 2 * t)
    elif falloff is Falloff.SHARP:
        weights = t * t
    elif falloff is Falloff.LINEAR:
        weights = t
    else:
        weights = (t > 0).astype(np.float32)
    return weights.astype(np.float32)
