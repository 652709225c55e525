"""Commands on what is part of the neural texture: baked paint, and skin copied from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from avatar_core.commands.command import SMALL, Setting, register
from avatar_core.commands.records import Record
from avatar_core.project import BakedPaint, Change, Part
from avatar_core.project.paint_values import pack_baked, unpack_baked

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project import Project


class _SetTexels(Setting):
    """A command on one value of the painting that holds changed texels of the neural texture."""

    __slots__ = ()

    before: BakedPaint | None
    after: BakedPaint | None
    field: ClassVar[str]
    """Its name in `Painting`."""

    @property
    def changes_nothing(self) -> bool:
        return self.before is self.after

    @property
    def nbytes(self) -> int:
        return SMALL + sum(each.nbytes for each in (self.before, self.after) if each is not None)

    def put(self, project: Project, value: BakedPaint | None) -> Change:
        values: dict[str, Any] = {self.field: value}
        project.painting = replace(project.painting, **values)
        return Change.of(Part.PAINT)

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        data = {
            "before": pack_baked(self.before, arrays, "before"),
            "after": pack_baked(self.after, arrays, "after"),
        }
        return Record(self.kind, data, arrays)


def _unpacked(record: Record) -> tuple[BakedPaint | None, BakedPaint | None]:
    fields, arrays = record.fields, record.typed_arrays
    before, after = (
        unpack_baked(fields.child_or_none(key), arrays, key) for key in ("before", "after")
    )
    return before, after


@register("set_baked_paint")
@dataclass(frozen=True, slots=True, eq=False)
class SetBakedPaint(_SetTexels):
    """Make paint part of the neural texture, or take it out again; layers stay as they are."""

    before: BakedPaint | None
    after: BakedPaint | None
    field: ClassVar[str] = "baked"

    @classmethod
    def of(cls, project: Project, baked: BakedPaint | None) -> Self:
        """Bake, or with None, unbake."""
        return cls(project.painting.baked, baked)

    @property
    def label(self) -> str:
        return "Unbake paint" if self.after is None else "Bake paint"

    @classmethod
    def from_record(cls, record: Record) -> Self:
        return cls(*_unpacked(record))


@register("set_cloned_skin")
@dataclass(frozen=True, slots=True, eq=False)
class SetClonedSkin(_SetTexels):
    """Copy skin to other places of the neural texture, below all paint, or take it out again."""

    before: BakedPaint | None
    after: BakedPaint | None
    field: ClassVar[str] = "cloned"

    @classmethod
    def of(cls, project: Project, cloned: BakedPaint | None) -> Self:
        """Copy skin; None for skin as it was."""
        return cls(project.painting.cloned, cloned)

    @property
    def label(self) -> str:
        return "Remove copied skin" if self.after is None else "Latent clone"

    @classmethod
    def from_record(cls, record: Record) -> Self:
        return cls(*_unpacked(record))
