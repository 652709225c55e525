"""The layers of a painting as a stack: who counts for what, and how they look together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.project.paint import TILE, LayerKind, Painting, PaintLayer, Raster, TexturePart
from avatar_core.texture.blending import NO_MASK, Ground
from avatar_core.texture.changes import WHOLE

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.project.paint import UInt16
    from avatar_core.texture.changes import Area

_MOST_KNOWN = 400
"""Tiles whose lower layers are kept composed, about 80 kB each."""


class Node(NamedTuple):
    """A layer that counts, and what counts of its members where it is a group."""

    layer: PaintLayer
    members: tuple[Node, ...]


class LayerStack:
    """The layers of one texture part, composed tile by tile.

    What lies below the layer that is worked on stays composed, so that a dab need not again.
    """

    def __init__(self) -> None:
        self._nodes: tuple[Node, ...] = ()
        self._lower: tuple[Node, ...] = ()
        self._grounds: dict[int, Ground] = {}

    def follow(self, nodes: tuple[Node, ...]) -> None:
        """Take the layers as they are now, from the lowest up."""
        count = 0
        for one, other in zip(self._nodes, nodes, strict=False):
            if one != other:
                break
            count += 1
        self._nodes = nodes
        if self._lower != nodes[:count]:
            self._lower = nodes[:count]
            self._grounds = {}

    def composed(self, tile: int, base: Float32, area: Area = WHOLE) -> Ground:
        """All layers on an area of a tile.

        Args:
            tile: which.
            base: [TILE * TILE, 3] of the whole tile, always the same.
            area: of the tile.
        """
        known = self._grounds.get(tile)
        if known is None:
            known = Ground.of(base)
            blend_all(self._lower, tile, known)
            if len(self._grounds) < _MOST_KNOWN:
                self._grounds[tile] = known
        ground = Ground(cut(known.colours, area), cut(known.covered, area))
        blend_all(self._nodes[len(self._lower) :], tile, ground, area)
        return ground


def nodes_of(painting: Painting, part: TexturePart, below: str | None = None) -> tuple[Node, ...]:
    """The layers of one texture part that count, from the lowest up."""
    ids = list(painting.layers)
    around = set() if below is None else set(painting.parents(below))
    asked = set(ids if below is None else ids[: ids.index(below)]) | around

    def within(parent: str | None) -> tuple[Node, ...]:
        nodes = []
        for layer_id in painting.members(parent):
            layer = painting.layers[layer_id]
            if layer_id not in asked or not layer.is_visible or layer.opacity <= 0:
                continue
            if layer.kind is LayerKind.GROUP:
                members = within(layer_id)
                if members:
                    nodes.append(Node(layer, members))
            elif layer.part is part:
                nodes.append(Node(layer, ()))
        return tuple(nodes)

    return within(None)


def cut(texels: Float32, area: Area) -> Float32:
    """[n, ...] a copy of an area of a tile [TILE * TILE, ...], row by row."""
    tile = texels.reshape(TILE, TILE, *texels.shape[1:])
    return tile[area].copy().reshape(-1, *texels.shape[1:])


def blend_all(nodes: tuple[Node, ...], tile: int, ground: Ground, area: Area = WHOLE) -> None:
    """Blend layers on an area of a tile into a ground of its texels, row by row."""
    for layer, members in nodes:
        hidden = _hidden_of(layer.hidden, tile, area)
        match layer.kind:
            case LayerKind.RASTER:
                stored = None if layer.raster is None else layer.raster.tiles.get(tile)
                if stored is not None:
                    source = np.ascontiguousarray(stored[area]).reshape(-1, 4)
                    ground.blend_stored(source, layer.blend, layer.opacity, hidden)
            case LayerKind.FILL:
                colour = np.array([[*layer.colour, 1.0]], np.float32)
                ground.blend(colour, layer.blend, layer.opacity, hidden)
            case LayerKind.ADJUSTMENT:
                ground.adjust(layer.adjustment, layer.opacity, hidden)
            case LayerKind.GROUP:
                inner = Ground.clear(len(ground.colours))
                blend_all(members, tile, inner, area)
                ground.blend(inner.colours, layer.blend, layer.opacity, hidden)


def _hidden_of(mask: Raster | None, tile: int, area: Area) -> UInt16:
    hidden = None if mask is None else mask.tiles.get(tile)
    return NO_MASK if hidden is None else np.ascontiguousarray(hidden[area]).reshape(-1)
