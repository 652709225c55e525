"""What an artist painted on a face: layers over its textures, which stay as they were."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from avatar_core.errors import ShapeError
from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avatar_core.geometry import Float32, Int32

UInt16: TypeAlias = NDArray[np.uint16]

TILE = 64
"""Side of a tile, texels."""

SIZES = (512, 1024, 2048, 4096)
"""Sides that a painting may have."""

FULL = 65535
"""A value of 1."""

MOST_LAYERS = 200
"""Layers of one painting."""


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

    Equal pictures have equal tiles: these are kept in rising order, and none is all zero, see
    `texture.tiles`.

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
        if self.size % TILE or self.size <= 0 or self.channels not in (1, 4):
            raise ShapeError(f"raster: impossible size {self.size} or channels {self.channels}")
        shape = (TILE, TILE, self.channels)
        for index, tile in self.tiles.items():
            if tile.shape != shape or tile.dtype != np.uint16:
                raise ShapeError(f"tile {index}: expected uint16 {shape}, got {tile.shape}")
        order = sorted(self.tiles)
        if order and not 0 <= order[0] <= order[-1] < self.across**2:
            raise ShapeError(f"tiles: expected 0..{self.across**2 - 1}, got {order[-1]}")
        if order != list(self.tiles):
            object.__setattr__(self, "tiles", {index: self.tiles[index] for index in order})

    def with_texels(self, tiles: Mapping[int, UInt16]) -> Raster:
        """The same tiles, some of them with other texels; only these are looked at.

        Args:
            tiles: in place of those that are there; none all zero.

        Raises:
            ShapeError: a tile has another shape, or is not there.
        """
        changed = Raster(self.size, self.channels, tiles).tiles
        if not changed.keys() <= self.tiles.keys():
            raise ShapeError(f"tiles: {sorted(changed.keys() - self.tiles.keys())} are not there")
        result = copy(self)
        object.__setattr__(result, "tiles", {**self.tiles, **changed})
        return result

    @property
    def across(self) -> int:
        """Tiles side by side."""
        return self.size // TILE

    @property
    def nbytes(self) -> int:
        return TILE * TILE * self.channels * 2 * len(self.tiles)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What an adjustment layer does to the colours below it. The defaults do nothing.

    Args:
        hue_turn_rad: round the colour circle.
        saturation: -1 grey .. 0 .. 1 twice.
        lightness: -1 black .. 0 .. 1 white.
        black: level, 0..1, that becomes 0.
        white: level, above `black` and at most 1, that becomes 1.
        gamma: of the middle tones, 0.1..10.

    Raises:
        ValueError: a number is out of its range.
    """

    hue_turn_rad: float = 0.0
    saturation: float = 0.0
    lightness: float = 0.0
    black: float = 0.0
    white: float = 1.0
    gamma: float = 1.0

    def __post_init__(self) -> None:
        # Comparisons with NaN are false, so this refuses NaN too.
        if not (
            abs(self.hue_turn_rad) <= 2 * np.pi
            and abs(self.saturation) <= 1
            and abs(self.lightness) <= 1
            and 0 <= self.black < self.white <= 1
            and 0.1 <= self.gamma <= 10
        ):
            raise ValueError(f"adjustment: a number is out of its range: {self}")

    @property
    def changes_nothing(self) -> bool:
        return self == Adjustment()


@dataclass(frozen=True, slots=True, eq=False)
class PaintLayer:
    """One layer.

    Args:
        name: what the artist calls it.
        kind: what it holds.
        part: what it changes. Groups hold layers of any part, so theirs means nothing.
        parent: id of the group it is in, or None.
        is_visible: whether it counts.
        opacity: 0..1.
        blend: how it meets what is below; groups are blended as a whole.
        raster: of a raster layer, RGBA.
        hidden: mask of any layer, 1 channel: how much of it is hidden; None for no mask.
        colour: of a fill layer, display RGB 0..1.
        adjustment: of an adjustment layer.
        source: file that a raster layer follows ("edit in external program"); empty for none.

    Raises:
        ShapeError: a raster has other channels.
        ValueError: the opacity or the colour is not 0..1, or another kind has a raster.
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
        if len(self.colour) != 3 or not all(0 <= value <= 1 for value in self.colour):
            raise ValueError(f"colour: expected three numbers 0..1, got {self.colour}")
        if self.raster is not None and self.kind is not LayerKind.RASTER:
            raise ValueError(f"raster: a layer of kind {self.kind} has none")
        for name, raster, channels in (("raster", self.raster, 4), ("hidden", self.hidden, 1)):
            if raster is not None and raster.channels != channels:
                raise ShapeError(f"{name}: expected {channels} channels, got {raster.channels}")

    @property
    def rasters(self) -> tuple[Raster, ...]:
        """What there is of its picture and its mask."""
        return tuple(each for each in (self.raster, self.hidden) if each is not None)

    @property
    def nbytes(self) -> int:
        return sum(raster.nbytes for raster in self.rasters)


@dataclass(frozen=True, slots=True, eq=False)
class BakedPaint:
    """Paint that became part of the neural texture.

    Args:
        texels: [T] rising, row * side + column of the avatar's own texture, row 0 at the bottom.
        deltas: [T, C] added to the basic texture there.
        kept: [T] 0..1, the share of the paint that the network could not reach; it stays paint.
        source: `texture.content.content_digest` of what was baked; another picture of the layers
            makes it stale.

    Raises:
        ShapeError: arrays disagree in T.
    """

    texels: Int32
    deltas: Float32
    kept: Float32
    source: str

    def __post_init__(self) -> None:
        expect_shapes(texels=(self.texels, "T"), deltas=(self.deltas, "T C"), kept=(self.kept, "T"))

    @property
    def nbytes(self) -> int:
        return self.texels.nbytes + self.deltas.nbytes + self.kept.nbytes


@dataclass(frozen=True, slots=True, eq=False)
class Painting:
    """All paint of the avatar.

    Args:
        size: side of every raster, one of `SIZES`.
        layers: by id, from the lowest up, a group right above its members.
        active: id of the layer that brushes work on, or None.
        baked: what is part of the neural texture by now, or None.
        cloned: skin that was copied from elsewhere: added to the neural texture below all paint,
            or None. Nothing of it is kept as paint, and it has no source.

    Raises:
        ShapeError: a raster has another size.
        ValueError: no such size, the active layer does not exist, or a parent is no group, or a
            group is within itself.
    """

    size: int = 2048
    layers: dict[str, PaintLayer] = field(default_factory=dict)
    active: str | None = None
    baked: BakedPaint | None = None
    cloned: BakedPaint | None = None

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise ValueError(f"size: expected one of {SIZES}, got {self.size}")
        if self.active is not None and self.active not in self.layers:
            raise ValueError(f"active: there is no layer {self.active!r:.40}")
        for layer_id, layer in self.layers.items():
            if any(raster.size != self.size for raster in layer.rasters):
                raise ShapeError(f"layer {layer_id}: expected rasters of size {self.size}")
            for place, parent in enumerate(self.parents(layer_id)):
                if self.layers[parent].kind is not LayerKind.GROUP or place >= MOST_LAYERS:
                    raise ValueError(f"parent: layer {layer_id} is in no group, or within itself")

    @property
    def is_empty(self) -> bool:
        return not self.layers and self.cloned is None

    @property
    def nbytes(self) -> int:
        """Memory of all layers and of what is baked, roughly."""
        parts = (*self.layers.values(), self.baked, self.cloned)
        return sum(each.nbytes for each in parts if each is not None)

    @property
    def new_layer_id(self) -> str:
        """An id that no layer has."""
        return str(1 + max((int(each) for each in self.layers), default=0))

    def with_layer(self, layer_id: str, layer: PaintLayer) -> Painting:
        """The same with a layer in place of the one of that id, or on top of all."""
        return replace(self, layers={**self.layers, layer_id: layer})

    def parents(self, layer_id: str) -> Iterator[str]:
        """The groups that a layer is in, the innermost first.

        Raises:
            ValueError: there is no such layer or group.
        """
        if layer_id not in self.layers:
            raise ValueError(f"layers: there is no layer {layer_id!r:.40}")
        parent = self.layers[layer_id].parent
        while parent is not None:
            if parent not in self.layers:
                raise ValueError(f"parent: there is no layer {parent!r:.40}")
            yield parent
            parent = self.layers[parent].parent

    def members(self, parent: str | None) -> tuple[str, ...]:
        """The layers right within a group, or those in none, from the lowest up."""
        return tuple(each for each, layer in self.layers.items() if layer.parent == parent)

    def is_shown(self, layer_id: str) -> bool:
        """Whether a layer and all groups that it is in count."""
        chain = (layer_id, *self.parents(layer_id))
        return all(self.layers[each].is_visible and self.layers[each].opacity > 0 for each in chain)
