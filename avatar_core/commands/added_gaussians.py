"""AddedGaussians: what a stroke put at the end of the hair, in a form that can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError, ProjectFormatError
from avatar_core.project.hair_edits import MOST_GAUSSIANS, HairEdits, cloud_nbytes
from avatar_core.project.hair_values import pack_cloud, unpack_cloud, unpack_parents
from avatar_core.project.plain import Arrays

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Int32
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project.plain import Fields, PlainData


@dataclass(frozen=True, slots=True, eq=False)
class AddedGaussians:
    """Gaussians at the end, all of one layer.

    Args:
        start: how many had been added before.
        cloud: [n] the Gaussians, without flags; None for none.
        parents: [n] rows of the hairstyle that they ride on.
    """

    start: int
    cloud: GaussianCloud | None
    parents: Int32

    @classmethod
    def between(cls, before: HairEdits, after: HairEdits) -> AddedGaussians:
        """What `after` has that `before` has not.

        Raises:
            AssetError: there would be too many Gaussians.
            ValueError: what had been added before is not as it was, another layer than the active
                one owns what is new, or a number could not be kept.
        """
        start = len(before.parents)
        parents, owners = after.parents[start:], after.owners[start:]
        if len(parents) == 0 and after.added is before.added:
            return cls(start, None, parents)
        if not (
            np.array_equal(after.parents[:start], before.parents)
            and np.array_equal(after.owners[:start], before.owners)
            and _same(_first(after.added, start), before.added)
        ):
            raise ValueError("added: expected what had been added before, and more after it")
        if (owners != int(after.active or 0)).any():
            raise ValueError("owners: expected the active layer to own what is added")
        if after.count > MOST_GAUSSIANS:
            raise AssetError(
                f"Hair cannot have more than {MOST_GAUSSIANS:,} Gaussians.", "Add fewer of them."
            )
        if len(parents) == 0 or after.added is None:
            return cls(start, None, parents)
        cloud = after.added.subset(slice(start, None))
        cloud = replace(cloud, flags=np.zeros(len(cloud), np.uint8))
        _refuse_unstorable(cloud)
        return cls(start, cloud, parents)

    def done(self, edits: HairEdits, layer_id: str) -> HairEdits:
        """The edits with these Gaussians at the end, owned by a layer.

        Raises:
            ValueError: another number of Gaussians had been added before.
        """
        self._expect(edits, self.start)
        owners = np.full(len(self.parents), int(layer_id), np.int32)
        return replace(
            edits,
            added=_joined(edits.added, self.cloud),
            parents=np.concatenate([edits.parents, self.parents]),
            owners=np.concatenate([edits.owners, owners]),
        )

    def undone(self, edits: HairEdits) -> HairEdits:
        """The edits without these Gaussians; raises like `done`."""
        self._expect(edits, self.start + len(self.parents))
        return replace(
            edits,
            added=_first(edits.added, self.start),
            parents=edits.parents[: self.start],
            owners=edits.owners[: self.start],
        )

    @property
    def nbytes(self) -> int:
        return self.parents.nbytes + (0 if self.cloud is None else cloud_nbytes(self.cloud))

    def pack(self, arrays: dict[str, AnyArray]) -> PlainData:
        """The plain data of a record; what is long goes into its arrays."""
        arrays["added.parents"] = self.parents
        if self.cloud is not None:
            pack_cloud(self.cloud, arrays, "added")
        return {"before": self.start, "count": len(self.parents)}

    @classmethod
    def unpack(cls, fields: Fields, arrays: Arrays, base_count: int) -> AddedGaussians:
        """What `pack` gave.

        Raises:
            ProjectFormatError: not Gaussians for a hairstyle of so many.
        """
        start = fields.whole("before", 0, MOST_GAUSSIANS - base_count)
        count = fields.whole("count", 0, MOST_GAUSSIANS - base_count - start)
        cloud = unpack_cloud(arrays, "added", count) if count else None
        return cls(start, cloud, unpack_parents(arrays, "added.parents", count, base_count))

    def _expect(self, edits: HairEdits, count: int) -> None:
        if len(edits.parents) != count:
            raise ValueError(f"added: expected {count} before, got {len(edits.parents)}")


def _first(cloud: GaussianCloud | None, count: int) -> GaussianCloud | None:
    if cloud is None or count == 0:
        return None
    return cloud if len(cloud) == count else cloud.subset(slice(count))


def _joined(one: GaussianCloud | None, other: GaussianCloud | None) -> GaussianCloud | None:
    if one is None or other is None:
        return other if one is None else one
    return one.followed_by(other)


def _same(one: GaussianCloud | None, other: GaussianCloud | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.is_same_as(other)


def _refuse_unstorable(cloud: GaussianCloud) -> None:
    """Gaussians that could not be read back would lock the artist out of the whole project."""
    arrays: dict[str, AnyArray] = {}
    pack_cloud(cloud, arrays, "added")
    try:
        unpack_cloud(Arrays(arrays, "edit"), "added", len(cloud))
    except ProjectFormatError as reason:
        raise ValueError(f"added: {reason.message}") from reason
