"""Commands on which Gaussians of the hair are selected, hidden and locked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from avatar_core.commands.command import Command, register
from avatar_core.commands.growing_edit import GrowingEdit
from avatar_core.commands.hair import BaseCounts, expect_same_hairstyle
from avatar_core.commands.names import tidy_name
from avatar_core.commands.records import Record
from avatar_core.gaussians.cloud import HIDDEN, LOCKED
from avatar_core.geometry import expect_shapes
from avatar_core.project import Change, Part
from avatar_core.project.hair_edits import MOST_GAUSSIANS

if TYPE_CHECKING:
    from avatar_core.geometry import UInt8
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project import Project


@dataclass(frozen=True, slots=True, eq=False)
class _SetRows(Command):
    """Give every Gaussian of the hair a byte.

    Args:
        title: what the history panel calls it.
        edit: of the bytes.
        base_count: Gaussians of the hairstyle, before and after.
    """

    title: str
    edit: GrowingEdit
    base_count: BaseCounts

    field: ClassVar[str]
    part: ClassVar[Part]

    @property
    def label(self) -> str:
        return self.title

    @property
    def changes_nothing(self) -> bool:
        # Rows beyond the end are zero anyhow.
        return self.edit.edit.changes_nothing

    @property
    def nbytes(self) -> int:
        return self.edit.nbytes

    def do(self, project: Project) -> Change:
        rows = self.edit.done(getattr(project.hair_edits, self.field), np.uint8)
        return self._put(project, rows, self.base_count.before, self.base_count.after)

    def undo(self, project: Project) -> Change:
        rows = self.edit.undone(getattr(project.hair_edits, self.field), np.uint8)
        return self._put(project, rows, self.base_count.after, self.base_count.before)

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        data = {
            "label": self.title,
            "edit": self.edit.pack(arrays, "edit"),
            "base_count": self.base_count._asdict(),
        }
        return Record(self.kind, data, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        edit = GrowingEdit.unpack(
            fields.child("edit"), record.typed_arrays, "edit", np.uint8, "*", MOST_GAUSSIANS
        )
        base_count = BaseCounts.unpack(fields.child("base_count"))
        return cls(fields.text("label", least=1), edit, base_count)

    @classmethod
    def _between(cls, project: Project, rows: UInt8, label: str) -> Self:
        expect_shapes(**{cls.field: (rows, "M")})
        edits = project.hair_edits
        base_count = len(rows) - (0 if edits.is_empty else len(edits.parents))
        expect_same_hairstyle(edits, base_count)
        edit = GrowingEdit.between(getattr(edits, cls.field), np.asarray(rows, np.uint8))
        return cls(label, edit, BaseCounts(edits.base_count, base_count))

    def _put(self, project: Project, rows: UInt8 | None, expected: int, count: int) -> Change:
        edits = project.hair_edits
        if edits.base_count != expected:
            raise ValueError(f"hair: expected {expected} Gaussians, got {edits.base_count}")
        values: dict[str, Any] = {self.field: rows, "base_count": count}
        project.hair_edits = replace(edits, **values)
        return Change.of(self.part)


@register("set_hair_selection")
@dataclass(frozen=True, slots=True, eq=False)
class SetHairSelection(_SetRows):
    """Select Gaussians of the hair, each as much as one likes."""

    field = "selection"
    part = Part.SELECTION

    @classmethod
    def of(cls, project: Project, weights: UInt8, label: str) -> Self:
        """Select.

        Args:
            project: the document.
            weights: [M] 0..255, how much each Gaussian is selected.
            label: what the history panel calls it, such as "Select lock".

        Raises:
            AssetError: the project's edits are of another hairstyle.
        """
        return cls._between(project, weights, tidy_name(label, "Select hair"))


@register("set_hair_flags")
@dataclass(frozen=True, slots=True, eq=False)
class SetHairFlags(_SetRows):
    """Hide Gaussians of the hair, lock them, or show and unlock them again."""

    field = "flags"
    part = Part.HAIR

    @classmethod
    def of(cls, project: Project, flags: UInt8, label: str) -> Self:
        """Hide and lock.

        Args:
            project: the document.
            flags: [M] bits HIDDEN and LOCKED of `GaussianCloud`; others are not kept.
            label: what the history panel calls it, such as "Hide selection".

        Raises:
            AssetError: the project's edits are of another hairstyle.
        """
        kept = (flags & np.uint8(HIDDEN | LOCKED)).astype(np.uint8)
        return cls._between(project, kept, tidy_name(label, "Hide hair"))
