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

from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.cloud import DELETED, SELECTED
from avatar_core.gaussians.harmonics import BAND_0, GREY
from avatar_core.geometry import (
    Float32,
    Int32,
    UInt8,
    quat_from_axis_angle,
    quat_multiply,
)
from avatar_core.hair.edit_changes import (
    any_in_row,
    are_of_same_rows,
    differing_rows,
    edited_rows,
)
from avatar_core.hair.harmonics import turned_and_dyed
from avatar_core.project.hair_edits import HairChannel, HairEdits

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.frame import AvatarFrame

_IDENTITY = np.array([1, 0, 0, 0], np.float32)
_NONE = np.zeros(0, np.int32)
_GONE = 1.0 / 255.0
"""A share of opacity below which nothing is left to see."""


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
        changed: [m] rows, rising, that may look otherwise than those of `base` they ride on; the
            others do not.
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
    changed: Int32

    @property
    def is_plain(self) -> bool:
        """Whether it looks like the hairstyle itself."""
        rows = self.changed
        return len(self.cloud) == len(self.base) and not (
            self.offsets[rows].any()
            or self.constant_shifts[rows].any()
            or (self.opacity_factors[rows] != 1).any()
            or (self.size_factors[rows] != 1).any()
            or (self.turns[rows] != _IDENTITY).any()
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
        base, rows = self.base, self.changed
        added = self.rows[len(base) :]

        def carried(array: Float32) -> Float32:
            # The first rows are those of the hairstyle, in its order.
            return np.concatenate([array, array[added]]) if len(added) else array

        turn = np.asarray(frame.hair_turn, np.float32)
        turns = _seen_from(turn, self.turns[rows])
        scales = base.scales if frame.hair_scales is None else frame.hair_scales
        opacities = base.opacities if frame.hair_opacities is None else frame.hair_opacities
        constants = base.sh[:, 0] if frame.hair_constants is None else frame.hair_constants
        return replace(
            frame,
            hair_means=_with_rows(
                carried(frame.hair_means), rows, lambda old: old + self.offsets[rows] @ turn.T
            ),
            hair_quats=_with_rows(carried(frame.hair_quats), rows, lambda old: _turned(turns, old)),
            hair_scales=_with_rows(
                carried(scales), rows, lambda old: old * self.size_factors[rows]
            ),
            hair_opacities=_with_rows(
                carried(opacities),
                rows,
                lambda old: np.minimum(old * self.opacity_factors[rows], 1),
            ),
            hair_constants=_with_rows(
                carried(constants), rows, lambda old: old + self.constant_shifts[rows]
            ),
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
    edits = _applicable(base, edits)
    if previous is not None and _continues(previous, base, edits):
        earlier, before = previous[0], _applicable(base, previous[1])
        fresh, rows = _resumed(earlier, edits), differing_rows(before, edits)
        changed = np.union1d(earlier.changed[earlier.changed < edits.count], rows)
    else:
        fresh, rows = _unedited(base, edits), edited_rows(edits)
        changed = rows
    fresh = _applied(fresh, edits, rows)
    cloud = replace(fresh.cloud, flags=_flags(fresh, edits))
    return replace(fresh, cloud=cloud, weights=edits.selected(), changed=changed.astype(np.int32))


def basic_colours(sh: Float32) -> Float32:
    """[N, 3] display RGB of the constant harmonic, which view and bend leave alone."""
    colours: Float32 = np.float32(GREY) + np.float32(BAND_0) * sh[:, 0]
    return colours


def _with_rows(array: Float32, rows: Int32, change: Callable[[Float32], Float32]) -> Float32:
    """A copy in which some rows are changed; the very array, not to be drawn anew, if none is."""
    before = array[rows]
    after = change(before)
    if np.array_equal(before, after):
        return array
    result = array.copy()
    result[rows] = after
    return result


def _turned(turns: Float32, quats: Float32) -> Float32:
    """Quaternions [n, 4] followed by turns; those not turned keep their bits."""
    is_turned = any_in_row(turns[:, 1:] != 0)[:, None]
    return np.where(is_turned, quat_multiply(turns, quats), quats)


def _seen_from(turn: Float32, turns: Float32) -> Float32:
    """Turns [n, 4] of the neutral head's space in that of the head as it is turned [3, 3]."""
    u, _, vt = np.linalg.svd(turn.astype(np.float64))
    # The axis of each turn goes along, its angle stays.
    seen = turns.copy()
    seen[:, 1:] = turns[:, 1:] @ (u @ vt).T.astype(np.float32)
    return seen


def _applicable(base: GaussianCloud, edits: HairEdits) -> HairEdits:
    """The edits if they are of the hairstyle, else none."""
    if edits.is_empty or not edits.fits(base):
        return HairEdits(base_count=len(base))
    return edits


def _continues(
    previous: tuple[EditedHair, HairEdits], base: GaussianCloud, edits: HairEdits
) -> bool:
    """Whether an earlier result is of the same Gaussians."""
    earlier, before = previous[0], _applicable(base, previous[1])
    is_of_both = earlier.base is base and len(earlier.cloud) == before.count
    return is_of_both and are_of_same_rows(before, edits)


def _unedited(base: GaussianCloud, edits: HairEdits) -> EditedHair:
    """The rows without layers: copies that may be written, but for the harmonics."""
    rows = _parents(edits)
    count = len(rows)
    cloud = _written(base) if edits.added is None else base.followed_by(edits.added)
    return EditedHair(
        base, cloud, rows,
        np.zeros((count, 3), np.float32),
        np.tile(_IDENTITY, (count, 1)),
        np.ones((count, 3), np.float32),
        np.ones(count, np.float32),
        np.zeros((count, 3), np.float32),
        np.zeros(count, np.float32),
        _NONE,
    )  # fmt: skip


def _resumed(earlier: EditedHair, edits: HairEdits) -> EditedHair:
    """The rows that an earlier result has: copies that may be written, but for the harmonics."""
    rows = _parents(edits)
    count = len(rows)

    def fitted(array: Float32) -> Float32:
        if len(array) >= count:
            return array[:count].copy()
        return np.concatenate(
            [array, np.zeros((count - len(array), *array.shape[1:]), array.dtype)]
        )

    cloud = earlier.cloud
    sh = cloud.sh if len(cloud) <= count else cloud.sh[:count]
    if edits.added is not None and len(cloud) < count:
        sh = np.concatenate([sh, edits.added.sh[len(cloud) - edits.base_count :]])
    return EditedHair(
        earlier.base,
        GaussianCloud(
            fitted(cloud.means), fitted(cloud.quats), fitted(cloud.scales),
            fitted(cloud.opacities), sh, np.zeros(count, np.uint8),
        ),
        rows,
        fitted(earlier.offsets),
        fitted(earlier.turns),
        fitted(earlier.size_factors),
        fitted(earlier.opacity_factors),
        fitted(earlier.constant_shifts),
        np.zeros(count, np.float32),
        _NONE,
    )  # fmt: skip


def _parents(edits: HairEdits) -> Int32:
    """[M] the row of the hairstyle that each rides on."""
    rows: Int32 = np.concatenate([np.arange(edits.base_count, dtype=np.int32), edits.parents])
    return rows


def _written(cloud: GaussianCloud) -> GaussianCloud:
    """A copy that may be written, but for the harmonics, by far the most of it."""
    return GaussianCloud(
        cloud.means.copy(), cloud.quats.copy(), cloud.scales.copy(), cloud.opacities.copy(),
        cloud.sh, cloud.flags.copy(),
    )  # fmt: skip


def _applied(hair: EditedHair, edits: HairEdits, rows: Int32) -> EditedHair:
    """Work out some rows, writing into the arrays of `hair`; harmonics are written to a copy."""
    if not len(rows):
        return hair
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
    sh = turned_and_dyed(start.sh, turn, basic_colours(start.sh), colour)
    hair.offsets[rows] = offset
    hair.turns[rows] = turn
    hair.size_factors[rows] = factor
    hair.opacity_factors[rows] = kept[:, 0]
    hair.constant_shifts[rows] = sh[:, 0] - base.sh[parent, 0]
    grown = rows[is_added]
    if len(grown):
        _relate_to_parents(hair, start.subset(is_added), grown)
    if np.array_equal(cloud.sh[rows], sh):
        return hair
    harmonics = cloud.sh.copy()
    harmonics[rows] = sh
    return replace(hair, cloud=replace(cloud, sh=harmonics))


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
    return own_part.followed_by(added_part).subset(order)


def _rows_of(array: Float32, rows: Int32) -> Float32:
    """Rows of a channel; those beyond its end are unchanged."""
    if len(array) == 0:
        return np.zeros((len(rows), array.shape[1]), np.float32)
    values = array[np.minimum(rows, len(array) - 1)]
    values[rows >= len(array)] = 0
    return values


def _flags(hair: EditedHair, edits: HairEdits) -> UInt8:
    flags = edits.all_flags()
    flags[: len(hair.base)] |= hair.base.flags & np.uint8(DELETED)
    flags[hair.opacity_factors < _GONE] |= np.uint8(DELETED)
    flags[edits.selected() > 0] |= np.uint8(SELECTED)
    return flags
