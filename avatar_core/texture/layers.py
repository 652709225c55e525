"""Layers of paint: put in order, duplicated, merged, flattened. Paintings in, paintings out.

Within a painting's layers a group stands right above its members, which stand in their order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.project.paint import (
    FULL,
    TILE,
    LayerKind,
    Painting,
    PaintLayer,
    Raster,
    TexturePart,
)
from avatar_core.texture.blending import Ground
from avatar_core.texture.changes import extent
from avatar_core.texture.stack import Node, blend_all, nodes_of
from avatar_core.texture.tiles import raster_of, resized, to_stored

if TYPE_CHECKING:
    from collections.abc import Iterable

_MERGE_HINT = "Show both layers, or choose another one."


def with_members(painting: Painting, layer_id: str) -> tuple[str, ...]:
    """A layer and all that is within it, from the lowest up."""
    below = [each for one in painting.members(layer_id) for each in with_members(painting, one)]
    return (*below, layer_id)


def added(painting: Painting, layer: PaintLayer, above: str | None = None) -> Painting:
    """A new layer right above one, in the group that one is in, or on top; it becomes active."""
    layer_id = painting.new_layer_id
    if above is None:
        layer = replace(layer, parent=None)
        layers = {**painting.layers, layer_id: layer}
    else:
        layer = replace(layer, parent=painting.layers[above].parent)
        layers = _inserted(painting.layers, above, {layer_id: layer})
    return replace(painting, layers=layers, active=layer_id)


def removed(painting: Painting, layer_id: str) -> Painting:
    """Without a layer and all that is within it; if one was active, its neighbour becomes that."""
    gone = with_members(painting, layer_id)
    left = {each: layer for each, layer in painting.layers.items() if each not in gone}
    active = painting.active
    if active in gone:
        place = list(painting.layers).index(gone[0])
        active = list(left)[max(place - 1, 0)] if left else None
    return replace(painting, layers=left, active=active)


def moved(painting: Painting, layer_id: str, parent: str | None, place: int) -> Painting:
    """With a layer, and all within it, in a group or in none, at a place among its members.

    A place that is none becomes the nearest that is; 0 is the lowest.

    Raises:
        AssetError: a group would be within itself.
    """
    layer = painting.layers[layer_id]
    if parent is not None and parent in with_members(painting, layer_id):
        raise AssetError(
            f"The group '{layer.name}' cannot be put into itself.", "Choose another place for it."
        )
    others = [each for each in painting.members(parent) if each != layer_id]
    place = min(max(place, 0), len(others))
    siblings = [*others[:place], layer_id, *others[place:]]
    layers = {**painting.layers, layer_id: replace(layer, parent=parent)}
    return replace(painting, layers=_in_order(layers, parent, siblings))


def duplicated(painting: Painting, layer_id: str, name: str) -> Painting:
    """With a copy of a layer, and of all within it, right above; it becomes active."""
    first = int(painting.new_layer_id)
    ids = {each: str(first + at) for at, each in enumerate(with_members(painting, layer_id))}
    copies = {}
    for each, copy_id in ids.items():
        layer = painting.layers[each]
        copies[copy_id] = replace(layer, parent=ids.get(layer.parent or "", layer.parent))
    copies[ids[layer_id]] = replace(copies[ids[layer_id]], name=name)
    layers = _inserted(painting.layers, layer_id, copies)
    return replace(painting, layers=layers, active=ids[layer_id])


def merged_down(painting: Painting, layer_id: str) -> Painting:
    """With one paint layer in place of a layer and the one right below it in the same group.

    The lower one gives its name and meets what is below as it did. It looks the same, except where
    the upper one changes what lies below both.

    Raises:
        AssetError: there is none below, or they cannot be merged.
    """
    upper = painting.layers[layer_id]
    siblings = painting.members(upper.parent)
    place = siblings.index(layer_id)
    if place == 0:
        raise AssetError(
            f"There is no layer below '{upper.name}' to merge it with.",
            "Choose another one, or move it up.",
        )
    lower_id = siblings[place - 1]
    lower = painting.layers[lower_id]
    for layer in (lower, upper):
        if not layer.is_visible:
            raise AssetError(f"The layer '{layer.name}' is hidden.", _MERGE_HINT)
    if lower.kind is LayerKind.ADJUSTMENT:
        raise AssetError(
            f"The layer '{lower.name}' is an adjustment, into which nothing can be merged.",
            "Merge it down first, or choose another layer.",
        )
    parts = parts_of(painting, lower_id) | parts_of(painting, layer_id)
    part = _one_part(parts, upper.name)
    nodes = _nodes_among(painting, part, {lower_id, layer_id})
    tiles = extent(painting, lower_id, part)
    if upper.kind is not LayerKind.ADJUSTMENT:  # which has nothing of its own
        tiles |= extent(painting, layer_id, part)
    merged = PaintLayer(
        lower.name, part=part, parent=lower.parent, blend=lower.blend,
        raster=_composed(nodes, tiles, painting.size),
    )  # fmt: skip
    gone = {*with_members(painting, lower_id), *with_members(painting, layer_id)} - {lower_id}
    layers = {each: layer for each, layer in painting.layers.items() if each not in gone}
    return replace(painting, layers={**layers, lower_id: merged}, active=lower_id)


def flattened(painting: Painting, group_id: str) -> Painting:
    """With a paint layer in place of a group, which looks the same.

    Raises:
        AssetError: it is no group, or its members change several texture parts.
    """
    group = painting.layers[group_id]
    if group.kind is not LayerKind.GROUP:
        raise AssetError(f"The layer '{group.name}' is no group.", "Choose a group to flatten.")
    part = _one_part(parts_of(painting, group_id), group.name)
    members = painting.members(group_id)
    tiles = set().union(*(extent(painting, each, part) for each in members))
    nodes = _nodes_among(painting, part, set(members))
    flat = replace(
        group, kind=LayerKind.RASTER, part=part, raster=_composed(nodes, tiles, painting.size)
    )
    gone = {*with_members(painting, group_id)} - {group_id}
    layers = {each: layer for each, layer in painting.layers.items() if each not in gone}
    return replace(painting, layers={**layers, group_id: flat}, active=group_id)


def resized_painting(painting: Painting, size: int) -> Painting:
    """All layers at another size; what is baked is of the texture and stays."""
    layers = {
        each: replace(
            layer,
            raster=None if layer.raster is None else resized(layer.raster, size),
            hidden=None if layer.hidden is None else resized(layer.hidden, size),
        )
        for each, layer in painting.layers.items()
    }
    return replace(painting, size=size, layers=layers)


def inverted(mask: Raster) -> Raster:
    """A mask that shows what it hid and hides what it showed."""
    whole = np.full((TILE, TILE, 1), FULL, np.uint16)
    tiles = dict.fromkeys(range(mask.across**2), whole)
    tiles.update((index, whole - tile) for index, tile in mask.tiles.items())
    return raster_of(mask.size, 1, tiles)


def parts_of(painting: Painting, layer_id: str) -> set[TexturePart]:
    """The texture parts that a layer, or what is within it, changes."""
    layers = [painting.layers[each] for each in with_members(painting, layer_id)]
    return {layer.part for layer in layers if layer.kind is not LayerKind.GROUP}


def _one_part(parts: set[TexturePart], name: str) -> TexturePart:
    if len(parts) > 1:
        names = " and ".join(sorted(parts))
        raise AssetError(
            f"'{name}' holds layers for {names}, which do not fit into one.",
            "Put layers for one texture part into a group of their own.",
        )
    return next(iter(parts), TexturePart.COLOUR)


def _nodes_among(painting: Painting, part: TexturePart, ids: set[str]) -> tuple[Node, ...]:
    """Siblings of a stack by their ids, whatever becomes of the group they are in."""
    layers = {
        each: replace(layer, parent=None) if each in ids else layer
        for each, layer in painting.layers.items()
        if any(each in with_members(painting, one) for one in ids)
    }
    return nodes_of(replace(painting, layers=layers, active=None), part)


def _composed(nodes: tuple[Node, ...], tiles: Iterable[int], size: int) -> Raster:
    composed = {}
    for tile in sorted(tiles):
        ground = Ground.clear(TILE * TILE)
        blend_all(nodes, tile, ground)
        composed[tile] = to_stored(ground.colours).reshape(TILE, TILE, 4)
    return raster_of(size, 4, composed)


def _inserted(
    layers: dict[str, PaintLayer], above: str, more: dict[str, PaintLayer]
) -> dict[str, PaintLayer]:
    pairs = list(layers.items())
    place = list(layers).index(above) + 1
    return dict([*pairs[:place], *more.items(), *pairs[place:]])


def _in_order(
    layers: dict[str, PaintLayer], parent: str | None, siblings: list[str]
) -> dict[str, PaintLayer]:
    """The layers with the members of one group in another order, all others in theirs."""
    ordered: dict[str, PaintLayer] = {}

    def put(group: str | None) -> None:
        members = [each for each, layer in layers.items() if layer.parent == group]
        for each in siblings if group == parent else members:
            put(each)
            ordered[each] = layers[each]

    put(None)
    return ordered
