"""What an artist painted on a face: layers over its textures, which stay as they were."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from avatar_core.errors import ShapeError
from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32, Int32

UInt16 = NDArray[np.uint16]

TILE = 64
"""Side of a tile, texels."""

SIZES = (512, 1024, 2048, 4096)
"""Sides that a painting may have."""

FULL = 65535
"""A value of 1."""


class TexturePart(StrEnum):
    """What a layer changes of the face."""

    COLOUR = "colour"
    """The basic colour; view and expression go on shading it."""
    GLOSS = "gloss"
    """How much the view changes it: grey 0 nothing, 0.5 as it is, 1 twice."""
    WRINKLES = "wrinkles"
    """How much the expression changes it: grey 0 nothing, 0.5 as it is, 1 twice."""
    SCULPT = "sculpt"
    """The surface along its normal: grey 0.5 as it is, 0 and 1 `SCULPT_RANGE_M` in and out."""


SCULPT_RANGE_M = 0.004


class Blend(StrEnum):
    """How a layer meets what is below it; formulas of the W3C compositing specification."""

    NORMAL = "normal"
    MULTIPLY = "multiply"
    SCREEN = "screen"
    OVERLAY = "overlay"
    DARKEN = "darken"
    LIGHTEN = "lighten"
    COLOUR_DODGE = "colour dodge"
    COLOUR_BURN = "colour burn"
    HARD_LIGHT = "hard light"
    SOFT_LIGHT = "soft light"
    DIFFERENCE = "difference"
    EXCLUSION = "exclusion"
    ADD = "add"
    SUBTRACT = "subtract"
    HUE = "hue"
    SATURATION = "saturation"
    COLOUR = "colour"
    LUMINOSITY = "luminosity"


class LayerKind(StrEnum):
    """What a layer holds."""

    RASTER = "raster"
    FILL = "fill"
    ADJUSTMENT = "adjustment"
    GROUP = "group"


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """A square picture in tiles; tiles that are missing are zero.

    Args:
        size: side, texels, a multiple of `TILE`.
        channels: 4 for premultiplied RGBA, 1 for a mask.
        tiles: by row * (size / TILE) + column, the top row first: [TILE, TILE, channels] uint16,
            no longer written by their maker.

    Raises:
        ShapeError: a tile has another shape or lies outside.
    """

    size: int
    channels: int
    tiles: Mapping[int, UInt16] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = (self.size // TILE) ** 2
        for index, tile in self.tiles.items():
            expect_shapes(tile=(tile, f"{TILE} {TILE} {self.channels}"))
            if not 0 <= index < count or tile.dtype != np.uint16:
                raise ShapeError(f"tiles: expected uint16 at 0..{count - 1}, got {index}")

    @property
    def nbytes(self) -> int:
        return sum(tile.nbytes for tile in self.tiles.values())


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What an adjustment layer does to the colours below it. The defaults do nothing.

    Args:
        hue_turn_rad: round the colour circle.
        saturation: -1 grey .. 0 .. 1 twice.
        lightness: -1 black .. 0 .. 1 white.
        black, white: levels, 0..1, that become 0 and 1.
        gamma: of the middle tones, 0.1..10.
    """

    hue_turn_rad: float = 0.0
    saturation: float = 0.0
    lightness: float = 0.0
    black: float = 0.0
    white: float = 1.0
    gamma: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class PaintLayer:
    """One layer.

    Args:
        name: what the artist calls it.
        kind: what it holds.
        part: what it changes.
        parent: id of the group it is in, or None.
        is_visible: whether it counts.
        opacity: 0..1.
        blend: how it meets what is below; groups are blended as a whole.
        raster: of a raster layer, RGBA.
        hidden: mask of any layer, 1 channel: how much of it is hidden; None for no mask.
        colour: of a fill layer, display RGB 0..1.
        adjustment: of an adjustment layer.
        source: file that a raster layer follows ("edit in external program"); empty for none.
    """

    name: str
    kind: LayerKind = LayerKind.RASTER
    part: TexturePart = TexturePart.COLOUR
    parent: str | None = None
    is_visible: bool = True
    opacity: float = 1.0
    blend: Blend = Blend.NORMAL
    raster: Raster | None = None
    hidden: Raster | None = None
    colour: tuple[float, float, float] = (0.5, 0.5, 0.5)
    adjustment: Adjustment = field(default_factory=Adjustment)
    source: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.opacity <= 1:
            raise ValueError(f"opacity: expected 0..1, got {self.opacity}")


@dataclass(frozen=True, slots=True, eq=False)
class BakedPaint:
    """Paint that became part of the neural texture.

    Args:
        texels: [T] rising, row * side + column of the avatar's own texture, row 0 at the bottom.
        deltas: [T, C] added to the basic texture there.
        kept: [T] 0..1, the share of the paint that the network could not reach; it stays paint.
        source: digest of what was baked; another picture of the layers makes it stale.
    """

    texels: Int32
    deltas: Float32
    kept: Float32
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Painting:
    """All paint of the avatar.

    Args:
        size: side of every raster, one of `SIZES`.
        layers: by id, from the lowest up, a group right above its members.
        active: id of the layer that brushes work on, or None.
        baked: what is part of the neural texture by now, or None.
    """

    size: int = 2048
    layers: dict[str, PaintLayer] = field(default_factory=dict)
    active: str | None = None
    baked: BakedPaint | None = None

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise ValueError(f"size: expected one of {SIZES}, got {self.size}")
        if self.active is not None and self.active not in self.layers:
            raise ValueError(f"active: there is no layer {self.active!r:.40}")

    @property
    def is_empty(self) -> bool:
        return not self.layers

    @property
    def new_layer_id(self) -> str:
        """An id that no layer has."""
        return str(1 + max((int(each) for each in self.layers), default=0))

    def with_layer(self, layer_id: str, layer: PaintLayer) -> Painting:
        """The same with a layer in place of the one of that id, or on top of all."""
        return replace(self, layers={**self.layers, layer_id: layer})
