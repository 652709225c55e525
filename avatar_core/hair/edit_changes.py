"""What differs between two states of a hair's edits, so that only that is worked out anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32
    from avatar_core.project.hair_edits import HairEdits


def edited_rows(edits: HairEdits) -> Int32:
    """Rows that do not look as those of the hairstyle."""
    touched = np.zeros(edits.count, bool)
    touched[edits.base_count :] = True
    for layer in edits.layers.values():
        if layer.share > 0:
            _mark(touched, *layer.channels.values())
    return np.flatnonzero(touched).astype(np.int32)


def differing_rows(before: HairEdits, after: HairEdits) -> Int32:
    """Rows that may come out otherwise."""
    differs = np.zeros(after.count, bool)
    differs[min(before.count, after.count) :] = True
    if list(before.layers) != list(after.layers):
        for edits in (before, after):
            rows = edited_rows(edits)
            differs[rows[rows < after.count]] = True
        return np.flatnonzero(differs).astype(np.int32)
    for layer_id, layer in after.layers.items():
        other = before.layers[layer_id]
        if layer.share != other.share:
            _mark(differs, *layer.channels.values(), *other.channels.values())
            differs[after.base_count :] |= after.owners == int(layer_id)
            continue
        for channel in set(layer.channels) | set(other.channels):
            _mark_difference(differs, layer.channels.get(channel), other.channels.get(channel))
    return np.flatnonzero(differs).astype(np.int32)


def are_of_same_rows(before: HairEdits, after: HairEdits) -> bool:
    """Whether both are of the same Gaussians, but for some added since or taken back."""
    if before.base_count != after.base_count:
        return False
    shared = min(before.count, after.count) - after.base_count
    return (
        np.array_equal(before.parents[:shared], after.parents[:shared])
        and np.array_equal(before.owners[:shared], after.owners[:shared])
        and _same_added(before, after, shared)
    )


def _same_added(before: HairEdits, edits: HairEdits, shared: int) -> bool:
    if shared == 0 or before.added is edits.added:
        return True
    assert before.added is not None
    assert edits.added is not None
    one, other = (each.subset(slice(shared)) for each in (before.added, edits.added))
    return one.is_same_as(other)


def _mark(rows: NDArray[np.bool_], *arrays: Float32) -> None:
    """Note the rows in which an array is not zero."""
    for array in arrays:
        length = min(len(array), len(rows))
        rows[:length] |= any_in_row(array[:length] != 0)


def _mark_difference(rows: NDArray[np.bool_], one: Float32 | None, other: Float32 | None) -> None:
    if one is other:
        return
    if one is None or other is None:
        _mark(rows, *(each for each in (one, other) if each is not None))
        return
    length = min(len(one), len(other), len(rows))
    rows[:length] |= any_in_row(one[:length] != other[:length])
    longer = one if len(one) > len(other) else other
    end = min(len(longer), len(rows))
    rows[length:end] |= any_in_row(longer[length:end] != 0)


def any_in_row(values: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[N] whether any of [N, w] is true; numpy's own `any` is slow along short axes."""
    found: NDArray[np.bool_] = values[:, 0].copy()
    for column in range(1, values.shape[1]):
        found |= values[:, column]
    return found
