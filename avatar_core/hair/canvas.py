"""HairCanvas: the hair while an edit is made; whatever changes hair writes here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.cloud import DELETED, HIDDEN, LOCKED
from avatar_core.gaussians.harmonics import BAND_0
from avatar_core.geometry import (
    Float32,
    Int32,
    expect_shapes,
    quat_from_axis_angle,
    quat_multiply,
)
from avatar_core.geometry.rotations import axis_angle_from_quat
from avatar_core.hair.edit_changes import any_in_row
from avatar_core.hair.edited import EditedHair, basic_colours, edited_hair
from avatar_core.project.hair_edits import HairChannel, HairEdits, HairLayer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.hair.collision import HeadCollider
    from avatar_core.hair.strands import Strands

T = TypeVar("T", bound=np.generic)

_IDENTITY = np.array([1, 0, 0, 0], np.float32)
_INVERSE = np.array([1, -1, -1, -1], np.float32)
_LEAST_SHARE = 0.05
"""A layer of less strength cannot be worked on: edits would have to be huge to show."""


class HairCanvas:
    """Working copies of one layer and of the hair as it looks, M rows, neutral head, metres.

    What is drawn meanwhile is `edited`; once done, `result` is the document's new value.
    Harmonics above the constant one follow only in what is made of that.

    Args:
        base: the hairstyle.
        edits: of it.
        layer_id: the layer to work on, which must be visible; a new one if it is not there.
        strands: the hair's guides, for tools that need them.
        head: the head that hair must stay out of; as posed, in the space of the neutral head.
        edited: `edited_hair(base, edits)` where that is known already.

    Raises:
        AssetError: the layer is hidden or too weak to work on.
    """

    def __init__(
        self,
        base: GaussianCloud,
        edits: HairEdits,
        layer_id: str | None = None,
        *,
        strands: Strands | None = None,
        head: HeadCollider | None = None,
        edited: EditedHair | None = None,
    ) -> None:
        self.source = edits
        """What it was made of."""
        if edits.is_empty or not edits.fits(base):
            edits = HairEdits(base_count=len(base))
        if layer_id not in edits.layers:
            layer_id = edits.new_layer_id
            edits = edits.with_layer(layer_id, HairLayer(f"Layer {layer_id}"))
        self.layer_id = layer_id
        layer = edits.layers[layer_id]
        self._share = _usable(layer)
        self.base = base
        self.strands = strands
        self.head = head
        self._edits = edits
        self._own = {each: layer.channel(each, edits.count) for each in HairChannel}
        self._is_written = dict.fromkeys(HairChannel, False)
        edited = edited or edited_hair(base, edits)
        self._hair = _copied(edited)
        self.colours = basic_colours(self._hair.cloud.sh)
        self._above = self._turns_above(edits, layer_id)
        self._turned: Float32 | None = None
        self._touched = np.zeros(edits.count, bool)
        if strands is not None and edits.count > len(base):
            self.strands = strands.extended(edits.parents)
        self.mask = self._masked(edits)

    # What there is. Read these; the methods below write.

    @property
    def count(self) -> int:
        return len(self._hair.cloud)

    @property
    def means(self) -> Float32:
        """[M, 3] as edited so far."""
        return self._hair.cloud.means

    @property
    def quats(self) -> Float32:
        """[M, 4] as edited so far."""
        return self._hair.cloud.quats

    @property
    def scales(self) -> Float32:
        """[M, 3] as edited so far."""
        return self._hair.cloud.scales

    @property
    def opacities(self) -> Float32:
        """[M] as edited so far."""
        return self._hair.cloud.opacities

    @property
    def edited(self) -> EditedHair:
        """The hair as it looks now, for drawing on the thread that edits; edits write into it."""
        is_changed = self._touched.copy()
        is_changed[self._hair.changed] = True
        return replace(self._hair, changed=np.flatnonzero(is_changed).astype(np.int32))

    @property
    def touched(self) -> Int32:
        """Rows that were changed so far, rising."""
        return np.flatnonzero(self._touched).astype(np.int32)

    # What can be done. Rows are whole numbers [n], each at most once.

    def move(self, rows: Int32, means: Float32, turns: Float32 | None = None) -> None:
        """Put Gaussians elsewhere, turned from where they point now.

        Args:
            rows: [n].
            means: [n, 3] where they are to be.
            turns: [n, 4] wxyz, unit; None for no turn.
        """
        expect_shapes(rows=(rows, "n"), means=(means, "n 3"))
        from avatar_core.hair import canvas_kernels

        own, hair = self._own[HairChannel.OFFSETS], self._hair
        canvas_kernels.move(*_contiguous(rows, means), self._share, own, hair.offsets, self.means)
        self._note(HairChannel.OFFSETS, rows)
        if turns is not None:
            self._turn(rows, turns)

    def resize(self, rows: Int32, factors: Float32) -> None:
        """Scale Gaussians along their own axes by factors [n, 3] above 0."""
        expect_shapes(rows=(rows, "n"), factors=(factors, "n 3"))
        self._own[HairChannel.SIZES][rows] += np.log(factors) / self._share
        self._hair.size_factors[rows] *= factors
        self.scales[rows] *= factors
        self._note(HairChannel.SIZES, rows)

    def fade(self, rows: Int32, shares: Float32) -> None:
        """Take shares [n] 0..1 off the opacity; 1 deletes."""
        expect_shapes(rows=(rows, "n"), shares=(shares, "n"))
        own = self._own[HairChannel.FADES]
        before = 1 - self._share * own[rows, 0]
        after = np.clip(before * (1 - shares), 1 - self._share, 1)
        own[rows, 0] = ((1 - after) / self._share).clip(0, 1)
        factor = np.where(before > 0, after / np.maximum(before, 1e-6), 0).astype(np.float32)
        self._hair.opacity_factors[rows] *= factor
        self.opacities[rows] *= factor
        self._note(HairChannel.FADES, rows)

    def delete(self, rows: Int32) -> None:
        """Take Gaussians away; the layer can bring them back."""
        self.fade(rows, np.ones(len(rows), np.float32))
        self.mask[rows] = 0

    def recolour(self, rows: Int32, colours: Float32) -> None:
        """Give Gaussians basic colours [n, 3], display RGB; not limited to 0..1."""
        expect_shapes(rows=(rows, "n"), colours=(colours, "n 3"))
        delta = colours - self.colours[rows]
        self._own[HairChannel.COLOURS][rows] += delta / self._share
        self.colours[rows] = colours
        self._hair.constant_shifts[rows] += delta / np.float32(BAND_0)
        self._note(HairChannel.COLOURS, rows)

    def add(self, cloud: GaussianCloud, parents: Int32) -> Int32:
        """Add Gaussians.

        Args:
            cloud: [n] around the neutral head, with as many harmonics as the hairstyle.
            parents: [n] any rows; the added ones deform like these, or like those these ride on.

        Returns:
            [n] the new rows.
        """
        expect_shapes(means=(cloud.means, "n 3"), parents=(parents, "n"))
        parents = self._hair.rows[parents].astype(np.int32)
        start = self.count
        if self._is_written[HairChannel.TURNS] or self._is_written[HairChannel.COLOURS]:
            self._settle()
        before, more = self._edits, len(cloud)
        self._edits = _with_more(self._edits, cloud, parents, int(self.layer_id))
        self._hair = edited_hair(self.base, self._edits, (self._hair, before))
        self._own = {each: _longer(array, more, 0) for each, array in self._own.items()}
        fresh = basic_colours(self._hair.cloud.sh[start:])
        self.colours = np.concatenate([self.colours, fresh])
        if self.strands is not None:
            self.strands = self.strands.extended(parents)
        if self._above is not None:
            self._above = np.concatenate([self._above, np.tile(_IDENTITY, (more, 1))])
        self._touched = _longer(self._touched, more, 1)
        self.mask = _longer(self.mask, more, 1)
        return np.arange(start, start + more, dtype=np.int32)

    def _settle(self) -> None:
        """Let harmonics follow what was turned and dyed so far."""
        before, self._edits = self._edits, self.result()
        layer = self._edits.layers[self.layer_id]
        self._own = {each: layer.channel(each, self._edits.count) for each in HairChannel}
        self._hair = edited_hair(self.base, self._edits, (self._hair, before))
        self.colours = basic_colours(self._hair.cloud.sh)
        self._turned = None

    def result(self) -> HairEdits:
        """The document's value with this edit done."""
        edits = self._edits
        channels = dict(edits.layers[self.layer_id].channels)
        for channel, is_written in self._is_written.items():
            if is_written:
                is_turns = channel is HairChannel.TURNS
                channels[channel] = self._own_turns() if is_turns else self._own[channel].copy()
        layer = replace(edits.layers[self.layer_id], channels=channels)
        return replace(edits, active=self.layer_id).with_layer(self.layer_id, layer)

    def _turn(self, rows: Int32, turns: Float32) -> None:
        expect_shapes(rows=(rows, "n"), turns=(turns, "n 4"))
        from avatar_core.hair import canvas_kernels

        for quats in (self._hair.turns, self.quats):
            canvas_kernels.turn(*_contiguous(rows, turns), quats)
        if self._above is not None:
            above = self._above[rows]
            turns = quat_multiply(above * _INVERSE, quat_multiply(turns, above))
        if self._turned is None:
            self._turned = np.tile(_IDENTITY, (self.count, 1))
        canvas_kernels.turn(*_contiguous(rows, turns), self._turned)
        self._note(HairChannel.TURNS, rows)

    def _own_turns(self) -> Float32:
        """[M, 3] the turns of the layer: as they were, then those of this edit."""
        own = self._own[HairChannel.TURNS].copy()
        if self._turned is not None:
            rows = np.flatnonzero(any_in_row(self._turned != _IDENTITY))
            before = quat_from_axis_angle(self._share * own[rows])
            after = quat_multiply(self._turned[rows], before)
            own[rows] = axis_angle_from_quat(after) / self._share
        return own

    def _note(self, channel: HairChannel, rows: Int32) -> None:
        self._is_written[channel] = True
        self._touched[rows] = True

    def _turns_above(self, edits: HairEdits, layer_id: str) -> Float32 | None:
        """How the layers above turn each Gaussian; None where they do not."""
        ids = list(edits.layers)
        above = None
        for each in ids[ids.index(layer_id) + 1 :]:
            layer = edits.layers[each]
            if layer.share > 0 and HairChannel.TURNS in layer.channels:
                turns = layer.channel(HairChannel.TURNS, edits.count)
                quats = quat_from_axis_angle(np.float32(layer.share) * turns)
                above = quats if above is None else quat_multiply(quats, above)
        return above

    def _masked(self, edits: HairEdits) -> Float32:
        """[M] 0..1, how far each may be changed: as selected; all alike where nothing is."""
        mask = edits.selected() if edits.selection.any() else np.ones(edits.count, np.float32)
        mask[(self._hair.cloud.flags & (HIDDEN | LOCKED | DELETED)) != 0] = 0
        return mask


def _with_more(edits: HairEdits, cloud: GaussianCloud, parents: Int32, owner: int) -> HairEdits:
    """Edits with Gaussians [n] added to a layer, which ride on rows [n] of the hairstyle."""
    cloud = replace(cloud, flags=np.zeros(len(cloud), np.uint8))
    owners = np.full(len(cloud), owner, np.int32)
    return replace(
        edits,
        added=cloud if edits.added is None else edits.added.followed_by(cloud),
        parents=np.concatenate([edits.parents, parents]),
        owners=np.concatenate([edits.owners, owners]),
    )


def _longer(array: NDArray[T], more: int, value: float) -> NDArray[T]:
    """With so many more rows of a value."""
    return np.concatenate([array, np.full((more, *array.shape[1:]), value, array.dtype)])


def _usable(layer: HairLayer) -> np.float32:
    if layer.share < _LEAST_SHARE:
        state = "hidden" if not layer.is_visible else "too weak to work on"
        raise AssetError(
            f"The layer '{layer.name}' is {state}.",
            "Show it and give it more strength, or choose another layer.",
        )
    return np.float32(layer.share)


def _contiguous(rows: Int32, values: Float32) -> tuple[Int32, Float32]:
    """As compiled loops want them."""
    return np.ascontiguousarray(rows, np.int32), np.ascontiguousarray(values, np.float32)


def _copied(hair: EditedHair) -> EditedHair:
    """Arrays of its own, which may be written."""
    cloud = hair.cloud
    return EditedHair(
        base=hair.base,
        cloud=GaussianCloud(
            cloud.means.copy(), cloud.quats.copy(), cloud.scales.copy(), cloud.opacities.copy(),
            cloud.sh, cloud.flags.copy(),
        ),
        rows=hair.rows,
        offsets=hair.offsets.copy(),
        turns=hair.turns.copy(),
        size_factors=hair.size_factors.copy(),
        opacity_factors=hair.opacity_factors.copy(),
        constant_shifts=hair.constant_shifts.copy(),
        weights=hair.weights,
        changed=hair.changed,
    )  # fmt: skip
