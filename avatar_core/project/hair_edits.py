"""What an artist did to the hair of an avatar: layers over a hairstyle that stays as it was."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, Int32, UInt8, expect_shapes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.gaussians import GaussianCloud

MOST_GAUSSIANS = 4_000_000
"""Rows of one hairstyle with what was added to it."""


class HairChannel(StrEnum):
    """What a layer may change of each Gaussian. Zero everywhere means unchanged."""

    OFFSETS = "offsets"
    """[L, 3] metres, in the axes of the neutral head."""
    TURNS = "turns"
    """[L, 3] axis-angle, radians, in the axes of the neutral head."""
    SIZES = "sizes"
    """[L, 3] logarithms of factors of the scales."""
    FADES = "fades"
    """[L, 1] 0..1, the share of opacity taken away; 1 deletes."""
    COLOURS = "colours"
    """[L, 3] added to the basic colour, display RGB."""


CHANNEL_WIDTHS: dict[HairChannel, int] = {
    HairChannel.OFFSETS: 3,
    HairChannel.TURNS: 3,
    HairChannel.SIZES: 3,
    HairChannel.FADES: 1,
    HairChannel.COLOURS: 3,
}


@dataclass(frozen=True, slots=True, eq=False)
class HairLayer:
    """One layer of edits.

    Args:
        name: what the artist calls it.
        is_visible: whether it counts.
        strength: 0..1, how much of it counts.
        channels: what was edited, [L, width] float32 each. L may be less than there are Gaussians:
            those beyond are unchanged.

    Raises:
        ShapeError: a channel has another width.
        ValueError: the strength is not 0..1, or a number is not finite float32.
    """

    name: str
    is_visible: bool = True
    strength: float = 1.0
    channels: dict[HairChannel, Float32] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise ValueError(f"strength: expected 0..1, got {self.strength}")
        for channel, array in self.channels.items():
            expect_shapes(**{channel.value: (array, f"* {CHANNEL_WIDTHS[channel]}")})
            if array.dtype != np.float32:
                raise ValueError(f"{channel}: expected float32, got {array.dtype}")

    @property
    def share(self) -> float:
        """How much of the layer counts: its strength, or nothing while it is hidden."""
        return self.strength if self.is_visible else 0.0

    def channel(self, channel: HairChannel, rows: int) -> Float32:
        """A channel of so many rows, [rows, width]; a copy."""
        whole = np.zeros((rows, CHANNEL_WIDTHS[channel]), np.float32)
        known = self.channels.get(channel)
        if known is not None:
            whole[: len(known)] = known[:rows]
        return whole

    @property
    def nbytes(self) -> int:
        return sum(array.nbytes for array in self.channels.values())


@dataclass(frozen=True, slots=True, eq=False)
class HairEdits:
    """All edits of the hair that an avatar wears.

    Gaussians have rows: first the `base_count` of the hairstyle, then those added, in the order
    they were added. Rows are never renumbered; what is deleted is faded.

    Args:
        base_count: Gaussians of the hairstyle that was edited; 0 while there is no edit.
        added: [A] Gaussians in the space of the neutral head, as they were added; None for none.
        parents: [A] the row of the hairstyle that each added one rides on and deforms like.
        owners: [A] the layer that added each, see `layers`.
        layers: by id, from the lowest up; ids are whole numbers from 1 on, as text.
        active: id of the layer that tools work on, or None.
        selection: [L] 0..255, how much each Gaussian is selected; those beyond L are not.
        flags: [L] bits HIDDEN and LOCKED of `GaussianCloud`; those beyond L have none.

    Raises:
        ShapeError: arrays disagree, or a parent is no row of the hairstyle.
        ValueError: the active layer does not exist.
    """

    base_count: int = 0
    added: GaussianCloud | None = None
    parents: Int32 = field(default_factory=lambda: np.zeros(0, np.int32))
    owners: Int32 = field(default_factory=lambda: np.zeros(0, np.int32))
    layers: dict[str, HairLayer] = field(default_factory=dict)
    active: str | None = None
    selection: UInt8 = field(default_factory=lambda: np.zeros(0, np.uint8))
    flags: UInt8 = field(default_factory=lambda: np.zeros(0, np.uint8))

    def __post_init__(self) -> None:
        expect_shapes(
            parents=(self.parents, "A"),
            owners=(self.owners, "A"),
            selection=(self.selection, "*"),
            flags=(self.flags, "*"),
        )
        if len(self.parents) != (0 if self.added is None else len(self.added)):
            raise ShapeError(f"parents: expected one for each added, got {len(self.parents)}")
        if (
            len(self.parents)
            and not 0 <= self.parents.min() <= self.parents.max() < self.base_count
        ):
            raise ShapeError(f"parents: expected rows 0..{self.base_count - 1}")
        if self.active is not None and self.active not in self.layers:
            raise ValueError(f"active: there is no layer {self.active!r:.40}")

    @property
    def count(self) -> int:
        """Rows in all."""
        return self.base_count + len(self.parents)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever done: no layer, nothing added, selected, hidden or locked."""
        return not (self.layers or len(self.parents) or self.selection.any() or self.flags.any())

    @property
    def new_layer_id(self) -> str:
        """An id that no layer has, nor had when something was added."""
        known = [int(each) for each in self.layers]
        return str(1 + max([*known, int(self.owners.max(initial=0))], default=0))

    def selected(self) -> Float32:
        """[count] 0..1, how much each Gaussian is selected."""
        weights = np.zeros(self.count, np.float32)
        weights[: len(self.selection)] = self.selection[: self.count] / np.float32(255)
        return weights

    def all_flags(self) -> UInt8:
        """[count] bits HIDDEN and LOCKED."""
        flags = np.zeros(self.count, np.uint8)
        flags[: len(self.flags)] = self.flags[: self.count]
        return flags

    def with_layer(self, layer_id: str, layer: HairLayer) -> HairEdits:
        """The same edits with a layer in place of the one of that id, or on top of all."""
        return replace(self, layers={**self.layers, layer_id: layer})

    def fits(self, hair: GaussianCloud) -> bool:
        """Whether the edits are of this hairstyle, as far as its size tells."""
        return self.is_empty or self.base_count == len(hair)

    @property
    def nbytes(self) -> int:
        """Memory of all arrays, roughly."""
        return (
            sum(layer.nbytes for layer in self.layers.values())
            + self.parents.nbytes + self.owners.nbytes + self.selection.nbytes + self.flags.nbytes
            + (0 if self.added is None else cloud_nbytes(self.added))
        )  # fmt: skip


def cloud_nbytes(cloud: GaussianCloud) -> int:
    """Memory of a cloud's arrays."""
    arrays: list[NDArray[np.generic]] = [
        cloud.means, cloud.quats, cloud.scales, cloud.opacities, cloud.sh, cloud.flags
    ]  # fmt: skip
    return sum(array.nbytes for array in arrays)
