"""Where the picture may look different after an edit."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from avatar_core.project.paint import TILE, LayerKind, Painting, PaintLayer, Raster, TexturePart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from avatar_core.project.paint import UInt16

Area: TypeAlias = tuple[slice, slice]
"""Rows and columns of a tile."""

WHOLE: Area = (slice(0, TILE), slice(0, TILE))


def changed_areas(
    before: Painting, after: Painting, part: TexturePart, among: set[int] | None = None
) -> dict[int, Area]:
    """Tiles in which one texture part may look different, and where in each of them.

    Texels are compared only in tiles that are other objects, so this costs little after a stroke.

    Args:
        before: a painting.
        after: another one of the same size.
        part: which texture part.
        among: the only tiles to look at; None for all.

    Returns:
        The rectangle of each tile outside of which all texels are as they were.
    """
    old, new = looks(before, part), looks(after, part)
    first = _alike(zip(old.values(), new.values(), strict=False))
    last = min(
        _alike(zip(reversed(old.values()), reversed(new.values()), strict=False)),
        min(len(old), len(new)) - first,
    )
    areas: dict[int, Area] = {}
    kept = [*list(new)[:first], *list(new)[len(new) - last :]]
    for layer_id in kept:
        one, other = before.layers[layer_id], after.layers[layer_id]
        for old_raster, new_raster in ((one.raster, other.raster), (one.hidden, other.hidden)):
            for tile, area in _differing(old_raster, new_raster, among):
                areas[tile] = both(areas[tile], area) if tile in areas else area
    for painting, known in ((before, old), (after, new)):
        ids = list(known)
        for layer_id in ids[first : len(ids) - last]:
            tiles = extent(painting, layer_id, part)
            areas |= dict.fromkeys(tiles if among is None else tiles & among, WHOLE)
    return areas


def both(one: Area, other: Area) -> Area:
    """The smallest area that holds two."""
    rows, columns = (
        slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True)
    )
    return rows, columns


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


def _differing(
    one: Raster | None, other: Raster | None, among: set[int] | None
) -> Iterator[tuple[int, Area]]:
    """Tiles of which texels differ, and where."""
    if one is other:
        return
    old = {} if one is None else one.tiles
    new = {} if other is None else other.tiles
    for index in {*old, *new} if among is None else among:
        before, after = old.get(index), new.get(index)
        area = None if before is after else _difference(before, after)
        if area is not None:
            yield index, area


def _difference(one: UInt16 | None, other: UInt16 | None) -> Area | None:
    """Where two tiles differ; those that are missing are zero. None where they are equal."""
    differs = np.asarray(_texels(one) != _texels(other))
    rows, columns = (np.flatnonzero(differs.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _texels(tile: UInt16 | None) -> NDArray[np.unsignedinteger] | int:
    """Each texel as one number, which is quick to compare."""
    if tile is None:
        return 0
    tile = np.ascontiguousarray(tile)
    return tile.view(f"u{tile.itemsize * tile.shape[2]}")[..., 0]
