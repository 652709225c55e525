"""Edited hair: a hairstyle under its layers, at rest and on any frame of the performing avatar.

The deformation of an avatar knows nothing of edits: it goes on asking each Gaussian's original
place, and what it answers is carried along: x' = A(x + e) + t + deformation(x), where e is the edit
and A the turn of the hair as a whole. Added Gaussians ride on one of the hairstyle and deform
alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians import GaussianCloud, rotated_sh
from avatar_core.gaussians.cloud import DELETED, SELECTED
from avatar_core.gaussians.harmonics import BAND_0, GREY
from avatar_core.geometry import (
    Float32,
    Int32,
    UInt8,
    matrix_from_quat,
    quat_from_axis_angle,
    quat_from_matrix,
    quat_multiply,
)
from avatar_core.project.hair_edits import HairChannel, HairEdits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.frame import AvatarFrame

_IDENTITY = np.array([1, 0, 0, 0], np.float32)
_GONE = 1.0 / 255.0
"""A share of opacity below which nothing is left to see."""

_DARKEST = 0.02
"""Basic colours below this give no ratio worth following."""

_BAND_GAINS = (0.0, 2.0)
"""Of dark hair dyed blond, more than twice the shine comes out as patches of colour."""


@dataclass(frozen=True, slots=True, eq=False)
class EditedHair:
    """A hairstyle with its edits, M rows: those of the hairstyle and those added.

    Args:
        base: [N] the hairstyle, around the neutral head.
        cloud: [M] the hair as edited, around the neutral head; its flags say what is hidden,
            locked, deleted and selected.
        rows: [M] the row of `base` that each rides on.
        offsets: [M, 3] from there, metres, axes of the neutral head.
        turns: [M, 4] wxyz, followed after the turn of `base`.
        size_factors: [M, 3] of the scales of `base`.
        opacity_factors: [M] of the opacities of `base`.
        constant_shifts: [M, 3] added to the constant harmonics of `base`.
        weights: [M] 0..1, how much each is selected.
    """

    base: GaussianCloud
    cloud: GaussianCloud
    rows: Int32
    offsets: Float32
    turns: Float32
    size_factors: Float32
    opacity_factors: Float32
    constant_shifts: Float32
    weights: Float32

    @property
    def is_plain(self) -> bool:
        """Whether it looks like the hairstyle itself."""
        return len(self.cloud) == len(self.base) and not (
            self.offsets.any()
            or self.constant_shifts.any()
            or (self.opacity_factors != 1).any()
            or (self.size_factors != 1).any()
            or (self.turns != _IDENTITY).any()
        )

    def worn(self, frame: AvatarFrame) -> AvatarFrame:
        """A frame of the avatar in the hairstyle, with the edits.

        Args:
            frame: evaluated for `base`, N Gaussians.

        Returns:
            M Gaussians, or `frame` itself where nothing was edited.
        """
        if self.is_plain:
            return frame
        base, count = self.base, len(self.base)
        added = self.rows[count:]

        def carried(array: Float32) -> Float32:
            # The first rows are those of the hairstyle, in its order.
            return np.concatenate([array, array[added]]) if len(added) else array.copy()

        turn = np.asarray(frame.hair_turn, np.float32)
        means = carried(frame.hair_means)
        moved = np.flatnonzero(self.offsets.any(axis=1))
        means[moved] += self.offsets[moved] @ turn.T
        quats = carried(frame.hair_quats)
        bent = np.flatnonzero((self.turns != _IDENTITY).any(axis=1))
        if len(bent):
            quats[bent] = quat_multiply(_seen_from(turn, self.turns[bent]), quats[bent])
        scales = base.scales if frame.hair_scales is None else frame.hair_scales
        opacities = base.opacities if frame.hair_opacities is None else frame.hair_opacities
        constants = base.sh[:, 0] if frame.hair_constants is None else frame.hair_constants
        return replace(
            frame,
            hair_means=means,
            hair_quats=quats,
            hair_scales=carried(scales) * self.size_factors,
            hair_opacities=np.minimum(carried(opacities) * self.opacity_factors, 1),
            hair_constants=carried(constants) + self.constant_shifts,
        )


def edited_hair(
    base: GaussianCloud, edits: HairEdits, previous: tuple[EditedHair, HairEdits] | None = None
) -> EditedHair:
    """The hairstyle under its layers.

    Args:
        base: [N] the hairstyle.
        edits: of it; edits of another one are not applied.
        previous: an earlier result for the same `base` and its edits; only what differs is worked
            out anew.
    """
    if edits.is_empty or not edits.fits(base):
        edits = HairEdits(base_count=len(base))
    fresh = _unedited(base, edits)
    changed = _edited_rows(edits)
    if previous is not None and _continues(previous, base, edits):
        earlier, before = previous
        changed = _differing_rows(before, edits)
        _take_over(fresh, earlier)
    _apply(fresh, edits, changed)
    cloud = replace(fresh.cloud, flags=_flags(fresh, edits))
    return replace(fresh, cloud=cloud, weights=edits.selected())


def turned_and_dyed(sh: Float32, turns: Float32, colours: Float32, shifts: Float32) -> Float32:
    """Harmonics of Gaussians that were turned and whose basic colour changed.

    Bands above the constant one are scaled as the basic colour was, so that shine stays shine.

    Args:
        sh: [n, K, 3] before.
        turns: [n, 4] wxyz.
        colours: [n, 3] basic colours before, display RGB.
        shifts: [n, 3] added to them.

    Returns:
        [n, K, 3].
    """
    result = np.array(sh, np.float32)
    dyed = np.flatnonzero(shifts.any(axis=1))
    if len(dyed):
        before = np.maximum(colours[dyed], _DARKEST)
        gains = ((colours[dyed] + shifts[dyed]) / before).clip(*_BAND_GAINS)
        result[dyed, 0] += shifts[dyed] / np.float32(BAND_0)
        result[dyed, 1:] *= gains[:, None]
    if sh.shape[1] > 1:
        turned = np.flatnonzero((turns != _IDENTITY).any(axis=1))
        if len(turned):
            result[turned] = rotated_sh(result[turned], matrix_from_quat(turns[turned]))
    return result


def basic_colours(sh: Float32) -> Float32:
    """[N, 3] display RGB of the constant harmonic, which view and bend leave alone."""
    colours: Float32 = np.float32(GREY) + np.float32(BAND_0) * sh[:, 0]
    return colours


def _seen_from(turn: Float32, turns: Float32) -> Float32:
    """Turns [n, 4] of the neutral head's space in that of the head as it is turned [3, 3]."""
    u, _, vt = np.linalg.svd(turn.astype(np.float64))
    rotation = quat_from_matrix((u @ vt).astype(np.float32))
    back = rotation * np.array([1, -1, -1, -1], np.float32)
    there = np.broadcast_to(rotation, turns.shape)
    return quat_multiply(there, quat_multiply(turns, np.broadcast_to(back, turns.shape)))


def _unedited(base: GaussianCloud, edits: HairEdits) -> EditedHair:
    """The rows without layers: copies that may be written."""
    rows = np.concatenate([np.arange(edits.base_count, dtype=np.int32), edits.parents])
    count = len(rows)
    clouds = [base] if edits.added is None else [base, edits.added]
    cloud = GaussianCloud(
        *(np.concatenate([getattr(each, name) for each in clouds]) for name in _CLOUD_ARRAYS)
    )
    return EditedHair(
        base, cloud, rows,
        np.zeros((count, 3), np.float32),
        np.tile(_IDENTITY, (count, 1)),
        np.ones((count, 3), np.float32),
        np.ones(count, np.float32),
        np.zeros((count, 3), np.float32),
        np.zeros(count, np.float32),
    )  # fmt: skip


_CLOUD_ARRAYS = ("means", "quats", "scales", "opacities", "sh", "flags")


def _apply(hair: EditedHair, edits: HairEdits, rows: Int32) -> None:
    """Work out some rows, writing into the arrays of `hair`."""
    if not len(rows):
        return
    base, parent = hair.base, hair.rows[rows]
    start = _start_values(hair, edits, rows)
    offset = np.zeros((len(rows), 3), np.float32)
    turn = np.tile(_IDENTITY, (len(rows), 1))
    size = np.zeros((len(rows), 3), np.float32)
    kept = np.ones((len(rows), 1), np.float32)
    colour = np.zeros((len(rows), 3), np.float32)
    owners = np.zeros(len(rows), np.int32)
    is_added = rows >= edits.base_count
    owners[is_added] = edits.owners[rows[is_added] - edits.base_count]
    kept[is_added] = 0.0
    for layer_id, layer in edits.layers.items():
        share = np.float32(layer.share)
        kept[owners == int(layer_id)] = share
        if share == 0:
            continue
        values = {each: _rows_of(array, rows) for each, array in layer.channels.items()}
        if HairChannel.OFFSETS in values:
            offset += share * values[HairChannel.OFFSETS]
        if HairChannel.TURNS in values:
            turn = quat_multiply(quat_from_axis_angle(share * values[HairChannel.TURNS]), turn)
        if HairChannel.SIZES in values:
            size += share * values[HairChannel.SIZES]
        if HairChannel.FADES in values:
            kept *= 1 - share * values[HairChannel.FADES]
        if HairChannel.COLOURS in values:
            colour += share * values[HairChannel.COLOURS]
    still = (turn[:, 1:] == 0).all(axis=1)
    turn[still] = _IDENTITY
    cloud, factor = hair.cloud, np.exp(size)
    cloud.means[rows] = start.means + offset
    cloud.quats[rows] = np.where(still[:, None], start.quats, quat_multiply(turn, start.quats))
    cloud.scales[rows] = start.scales * factor
    cloud.opacities[rows] = start.opacities * kept[:, 0]
    cloud.sh[rows] = turned_and_dyed(start.sh, turn, basic_colours(start.sh), colour)
    hair.offsets[rows] = offset
    hair.turns[rows] = turn
    hair.size_factors[rows] = factor
    hair.opacity_factors[rows] = kept[:, 0]
    hair.constant_shifts[rows] = cloud.sh[rows, 0] - base.sh[parent, 0]
    grown = rows[is_added]
    if len(grown):
        _relate_to_parents(hair, start.subset(is_added), grown)


def _relate_to_parents(hair: EditedHair, start: GaussianCloud, rows: Int32) -> None:
    """Added Gaussians as what they differ in from those they ride on."""
    base, parent = hair.base, hair.rows[rows]
    back = base.quats[parent] * np.array([1, -1, -1, -1], np.float32)
    hair.offsets[rows] += start.means - base.means[parent]
    hair.turns[rows] = quat_multiply(hair.turns[rows], quat_multiply(start.quats, back))
    hair.size_factors[rows] *= start.scales / np.maximum(base.scales[parent], np.float32(1e-8))
    hair.opacity_factors[rows] *= start.opacities / np.maximum(
        base.opacities[parent], np.float32(1e-4)
    )


def _start_values(hair: EditedHair, edits: HairEdits, rows: Int32) -> GaussianCloud:
    """The rows as they are without any layer."""
    own = rows < edits.base_count
    if own.all():
        return hair.base.subset(rows)
    assert edits.added is not None
    own_part = hair.base.subset(rows[own])
    added_part = edits.added.subset(rows[~own] - edits.base_count)
    order = np.argsort(np.concatenate([np.flatnonzero(own), np.flatnonzero(~own)]))
    return GaussianCloud(
        *(
            np.concatenate([getattr(own_part, name), getattr(added_part, name)])[order]
            for name in _CLOUD_ARRAYS
        )
    )


def _rows_of(array: Float32, rows: Int32) -> Float32:
    """Rows of a channel; those beyond its end are unchanged."""
    if len(array) == 0:
        return np.zeros((len(rows), array.shape[1]), np.float32)
    values = array[np.minimum(rows, len(array) - 1)]
    values[rows >= len(array)] = 0
    return values


def _edited_rows(edits: HairEdits) -> Int32:
    touched = np.zeros(edits.count, bool)
    touched[edits.base_count :] = True
    for layer in edits.layers.values():
        if layer.share > 0:
            _mark(touched, *layer.channels.values())
    return np.flatnonzero(touched).astype(np.int32)


def _mark(rows: NDArray[np.bool_], *arrays: Float32) -> None:
    """Note the rows in which an array is not zero."""
    for array in arrays:
        length = min(len(array), len(rows))
        rows[:length] |= array[:length].any(axis=1)


def _continues(
    previous: tuple[EditedHair, HairEdits], base: GaussianCloud, edits: HairEdits
) -> bool:
    """Whether an earlier result is of the same rows, but for some added since or taken back."""
    earlier, before = previous
    if earlier.base is not base or before.base_count != edits.base_count:
        return False
    if len(earlier.cloud) != before.count:
        return False
    shared = min(before.count, edits.count) - edits.base_count
    return (
        np.array_equal(before.parents[:shared], edits.parents[:shared])
        and np.array_equal(before.owners[:shared], edits.owners[:shared])
        and _same_added(before, edits, shared)
    )


def _same_added(before: HairEdits, edits: HairEdits, shared: int) -> bool:
    if shared == 0 or before.added is edits.added:
        return True
    assert before.added is not None
    assert edits.added is not None
    return all(
        np.array_equal(getattr(before.added, name)[:shared], getattr(edits.added, name)[:shared])
        for name in _CLOUD_ARRAYS
    )


def _differing_rows(before: HairEdits, after: HairEdits) -> Int32:
    """Rows that may come out otherwise."""
    differs = np.zeros(after.count, bool)
    differs[min(before.count, after.count) :] = True
    if list(before.layers) != list(after.layers):
        for edits in (before, after):
            rows = _edited_rows(edits)
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


def _mark_difference(rows: NDArray[np.bool_], one: Float32 | None, other: Float32 | None) -> None:
    if one is other:
        return
    if one is None or other is None:
        _mark(rows, *(each for each in (one, other) if each is not None))
        return
    length = min(len(one), len(other), len(rows))
    rows[:length] |= (one[:length] != other[:length]).any(axis=1)
    longer = one if len(one) > len(other) else other
    end = min(len(longer), len(rows))
    rows[length:end] |= longer[length:end].any(axis=1)


def _take_over(fresh: EditedHair, earlier: EditedHair) -> None:
    """Copy the rows that both have."""
    shared = min(len(fresh.cloud), len(earlier.cloud))
    for name in _CLOUD_ARRAYS:
        getattr(fresh.cloud, name)[:shared] = getattr(earlier.cloud, name)[:shared]
    for name in ("offsets", "turns", "size_factors", "opacity_factors", "constant_shifts"):
        getattr(fresh, name)[:shared] = getattr(earlier, name)[:shared]


def _flags(hair: EditedHair, edits: HairEdits) -> UInt8:
    flags = edits.all_flags()
    flags[: len(hair.base)] |= hair.base.flags & np.uint8(DELETED)
    flags[hair.opacity_factors < _GONE] |= np.uint8(DELETED)
    flags[edits.selected() > 0] |= np.uint8(SELECTED)
    return flags
