"""Commands that put all hair edits in the place of others: clear, bake, merge, duplicate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from avatar_core.commands.command import SMALL, Setting, register
from avatar_core.commands.entries import entry_of
from avatar_core.commands.hair import expect_room
from avatar_core.commands.names import tidy_name
from avatar_core.commands.records import Record
from avatar_core.errors import AssetError
from avatar_core.hair.layers import baked, duplicated, merged_down
from avatar_core.project import Change, HairEdits, Part
from avatar_core.project.hair_edits import MOST_GAUSSIANS
from avatar_core.project.hair_values import pack_hair_edits, unpack_hair_edits

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project import Project


@register("set_hair_edits")
@dataclass(frozen=True, slots=True, eq=False)
class SetHairEdits(Setting):
    """Put hair edits in the place of all there are.

    Args:
        before: those there were; the arrays that both have are held once.
        after: those in their place.
        title: what the history panel calls it.
    """

    before: HairEdits
    after: HairEdits
    title: str

    @classmethod
    def cleared(cls, project: Project) -> Self:
        """Give the avatar its hairstyle as it was made, with nothing selected, hidden or locked."""
        return cls(project.hair_edits, HairEdits(), "Clear hair edits")

    @classmethod
    def baked(cls, project: Project) -> Self:
        """Make one layer of all visible ones; the hair looks the same."""
        return cls(project.hair_edits, baked(project.hair_edits), "Bake hair layers")

    @classmethod
    def merged_down(cls, project: Project, layer_id: str) -> Self:
        """Make one layer of one and the one below it; the hair looks the same.

        Raises:
            AssetError: there is none below, or one of them is hidden.
            ValueError: there is no such layer.
        """
        edits = project.hair_edits
        name = entry_of(edits.layers, layer_id).name
        try:
            merged = merged_down(edits, layer_id)
        except ValueError as reason:
            raise AssetError(
                f"The layer '{name}' has no visible layer below it, or is hidden itself.",
                "Show both layers, or choose another one.",
            ) from reason
        return cls(edits, merged, f"Merge {name} down")

    @classmethod
    def duplicated(cls, project: Project, layer_id: str) -> Self:
        """Put a copy of a layer above it, to be worked on.

        Raises:
            AssetError: there are too many layers, or Gaussians.
            ValueError: there is no such layer.
        """
        edits = project.hair_edits
        name = entry_of(edits.layers, layer_id).name
        expect_room(edits)
        after = duplicated(edits, layer_id, tidy_name(f"{name} copy", "Copy"))
        if after.count > MOST_GAUSSIANS:
            raise AssetError(
                f"Hair cannot have more than {MOST_GAUSSIANS:,} Gaussians.",
                "Bake the layers, or duplicate one that adds less.",
            )
        return cls(edits, after, f"Duplicate {name}")

    @property
    def label(self) -> str:
        return self.title

    @property
    def nbytes(self) -> int:
        # A row that is kept in a record has its number beside it.
        return SMALL + 2 * (self.before.nbytes + self.after.nbytes)

    def put(self, project: Project, value: HairEdits) -> Change:
        project.hair_edits = value
        return Change.of(Part.HAIR, Part.SELECTION)

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        data = {
            "before": pack_hair_edits(self.before, arrays, "before"),
            "after": pack_hair_edits(self.after, arrays, "after"),
            "label": self.title,
        }
        return Record(self.kind, data, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields, arrays = record.fields, record.typed_arrays
        return cls(
            unpack_hair_edits(fields.child("before"), arrays, "before"),
            unpack_hair_edits(fields.child("after"), arrays, "after"),
            fields.text("label", least=1),
        )
