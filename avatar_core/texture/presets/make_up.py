"""MakeUp: one preset, and how its marks become layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from avatar_core.project.paint import Blend, PaintLayer, Raster, TexturePart
from avatar_core.texture.presets.face_map import FaceMap
from avatar_core.texture.tiles import write_region

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.texture.presets.marks import Field

Rgb: TypeAlias = tuple[float, float, float]
"""A display colour, 0..1."""

Artist: TypeAlias = Callable[[FaceMap, Rgb, np.random.Generator], tuple[PaintLayer, ...]]
"""Draws layers in a colour, the lowest first."""


@dataclass(frozen=True, slots=True)
class MakeUp:
    """One preset.

    Args:
        id: short name, for settings and actions.
        label: what the menu calls it.
        tip: a sentence for its tooltip.
        colours: those it is offered in; the first is the usual one.
        strength: opacity of its colour layers, 0..1.
        artist: who draws it.
    """

    id: str
    label: str
    tip: str
    colours: tuple[Rgb, ...]
    strength: float
    artist: Artist


def layer_of(
    face: FaceMap,
    name: str,
    cover: Field,
    colour: Rgb | Field,
    blend: Blend = Blend.NORMAL,
    part: TexturePart = TexturePart.COLOUR,
) -> PaintLayer:
    """A layer of coverage [h, w] in one colour or in colours [h, w, 3]."""
    shown = (cover * face.inside).clip(0, 1)
    paint = np.empty((*face.shape, 4), np.float32)
    paint[..., :3] = np.clip(np.asarray(colour, np.float32), 0, 1) * shown[..., None]
    paint[..., 3] = shown
    raster = write_region(Raster(face.size, 4), face.rectangle, paint)
    return PaintLayer(name, part=part, blend=blend, raster=raster)


def share_layer(
    face: FaceMap, name: str, cover: Field, share: float | Field, part: TexturePart
) -> PaintLayer:
    """A layer of gloss, wrinkles or sculpt: greys of which 0.5 changes nothing."""
    grey = np.broadcast_to(np.asarray(share, np.float32), face.shape)
    return layer_of(face, name, cover, np.repeat(grey[..., None], 3, axis=2), part=part)


def mixed(first: Rgb | Field, second: Rgb | Field, share: Field) -> Float32:
    """[h, w, 3] from one colour to another."""
    one, other = np.asarray(first, np.float32), np.asarray(second, np.float32)
    return np.asarray(one + (other - one) * share[..., None], np.float32)


def darker(colour: Rgb, factor: float) -> Rgb:
    red, green, blue = (factor * channel for channel in colour)
    return red, green, blue
