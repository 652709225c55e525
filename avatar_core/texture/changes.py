"""Which tiles of the picture may look different after an edit."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from avatar_core.project.paint import TILE, LayerKind, Painting, PaintLayer, Raster, TexturePart

if TYPE_CHECKING:
    from collections.abc import Iterable


def changed_tiles(
    before: Painting, after: Painting, part: TexturePart, among: set[int] | None = None
) -> set[int]:
    """Tiles in which one texture part may look different.

    Tiles are compared by identity, so this costs little after a stroke.

    Args:
        before: a painting.
        after: another one of the same size.
        part: which texture part.
        among: the only tiles to look at; None for all.
    """
    old, new = looks(before, part), looks(after, part)
    first = _alike(zip(old.values(), new.values(), strict=False))
    last = min(
        _alike(zip(reversed(old.values()), reversed(new.values()), strict=False)),
        min(len(old), len(new)) - first,
    )
    tiles: set[int] = set()
    for painting, known in ((before, old), (after, new)):
        ids = list(known)
        for layer_id in ids[first : len(ids) - last]:
            tiles |= extent(painting, layer_id, part)
    kept = [*list(new)[:first], *list(new)[len(new) - last :]]
    for layer_id in kept:
        one, other = before.layers[layer_id], after.layers[layer_id]
        tiles |= _differing(one.raster, other.raster, among)
        tiles |= _differing(one.hidden, other.hidden, among)
    return tiles if among is None else tiles & among


def looks(painting: Painting, part: TexturePart) -> dict[str, tuple[object, ...]]:
    """What decides how each layer looks, but for its rasters; hidden ones are left out."""
    return {
        layer_id: (
            layer_id, layer.kind, layer.parent, layer.opacity, layer.blend, layer.colour,
            layer.adjustment,
        )
        for layer_id, layer in painting.layers.items()
        if _counts(layer, part) and painting.is_shown(layer_id)
    }  # fmt: skip


def extent(painting: Painting, layer_id: str, part: TexturePart) -> set[int]:
    """Tiles that a layer may change."""
    layer = painting.layers[layer_id]
    match layer.kind:
        case LayerKind.RASTER:
            return set() if layer.raster is None else set(layer.raster.tiles)
        case LayerKind.GROUP:
            members = painting.members(layer_id)
            return set().union(
                *(
                    extent(painting, each, part)
                    for each in members
                    if _counts(painting.layers[each], part)
                )
            )
    return set(range((painting.size // TILE) ** 2))


def _counts(layer: PaintLayer, part: TexturePart) -> bool:
    return layer.part is part or layer.kind is LayerKind.GROUP


def _alike(pairs: Iterable[tuple[object, object]]) -> int:
    """How many pairs at the start are equal."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _differing(one: Raster | None, other: Raster | None, among: set[int] | None) -> set[int]:
    if one is other:
        return set()
    old = {} if one is None else one.tiles
    new = {} if other is None else other.tiles
    asked = {*old, *new} if among is None else among
    return {index for index in asked if old.get(index) is not new.get(index)}
