"""Commands on takes: the performances of the library and the timeline."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from avatar_core.commands.command import Command, Setting, register
from avatar_core.commands.entries import (
    MOST_ENTRIES,
    entry_of,
    inserted,
    place_of,
    removed,
    replaced,
)
from avatar_core.commands.names import tidy_name
from avatar_core.commands.plain_setting import TEXT_OR_NONE, PlainSetting
from avatar_core.commands.records import Record
from avatar_core.errors import AssetError, ProjectFormatError
from avatar_core.project import SLIDERS, Change, Part, take_source
from avatar_core.project.plain import Arrays, Fields
from avatar_core.project.take_values import pack_take, unpack_take

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.motion import Take
    from avatar_core.project import Project


@register("add_take")
@dataclass(frozen=True, slots=True, eq=False)
class AddTake(Command):
    """Put a take at the end of the library.

    Raises:
        AssetError: the take holds what a project could not keep, such as NaN.
    """

    take: Take

    def __post_init__(self) -> None:
        refuse_unstorable(self.take)

    @classmethod
    def of(cls, project: Project, take: Take) -> Self:
        """Add a take; one whose id is in use comes in under a new id.

        The id that it got is `command.take.id`.
        """
        if take.id in project.takes:
            take = replace(take, id=uuid.uuid4().hex)
        return cls(replace(take, name=tidy_name(take.name, "Take")))

    @property
    def label(self) -> str:
        return f"Add {self.take.name}"

    @property
    def nbytes(self) -> int:
        return take_bytes(self.take)

    def do(self, project: Project) -> Change:
        project.takes = inserted(project.takes, self.take.id, self.take)
        return Change.of(Part.TAKES)

    def undo(self, project: Project) -> Change:
        project.takes = removed(project.takes, self.take.id)
        return Change.of(Part.TAKES)

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        return Record(self.kind, {"take": pack_take(self.take, arrays, "take")}, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        return cls(unpack_take(record.fields.child("take"), record.typed_arrays, "take"))


@register("remove_take")
@dataclass(frozen=True, slots=True, eq=False)
class RemoveTake(Command):
    """Take a take out of the library, the timeline and the source.

    Clips that show it stay. They are files of their own.

    Args:
        take: the take, kept for undo.
        place: where it stands in the library.
        was_active: it is the one in the timeline.
        was_source: it drives the avatar.
    """

    take: Take
    place: int
    was_active: bool
    was_source: bool

    @classmethod
    def of(cls, project: Project, take_id: str) -> Self:
        """Remove a take by id.

        Raises:
            ValueError: there is no such take.
        """
        return cls(
            place=place_of(project.takes, take_id),
            take=project.takes[take_id],
            was_active=project.active_take == take_id,
            was_source=project.source == take_source(take_id),
        )

    @property
    def label(self) -> str:
        return f"Remove {self.take.name}"

    @property
    def nbytes(self) -> int:
        return take_bytes(self.take)

    def do(self, project: Project) -> Change:
        project.takes = removed(project.takes, self.take.id)
        if self.was_active:
            project.active_take = None
        if self.was_source:
            project.source = SLIDERS
        return self._change

    def undo(self, project: Project) -> Change:
        project.takes = inserted(project.takes, self.take.id, self.take, self.place)
        if self.was_active:
            project.active_take = self.take.id
        if self.was_source:
            project.source = take_source(self.take.id)
        return self._change

    def to_record(self) -> Record:
        arrays: dict[str, AnyArray] = {}
        data = {
            "take": pack_take(self.take, arrays, "take"),
            "place": self.place,
            "was_active": self.was_active,
            "was_source": self.was_source,
        }
        return Record(self.kind, data, arrays)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        return cls(
            take=unpack_take(fields.child("take"), record.typed_arrays, "take"),
            place=fields.whole("place", 0, MOST_ENTRIES),
            was_active=fields.flag("was_active"),
            was_source=fields.flag("was_source"),
        )

    @property
    def _change(self) -> Change:
        change = Change.of(Part.TAKES)
        return change | Change.of(Part.DRIVING) if self.was_source else change


@register("rename_take")
@dataclass(frozen=True, slots=True)
class RenameTake(Setting):
    """Give a take another name."""

    take_id: str
    before: str
    after: str

    @classmethod
    def of(cls, project: Project, take_id: str, name: str) -> Self:
        """Rename a take; a name without letters leaves the old one.

        Raises:
            ValueError: there is no such take.
        """
        before = entry_of(project.takes, take_id).name
        return cls(take_id, before, tidy_name(name, before))

    @property
    def label(self) -> str:
        return f"Rename to {self.after}"

    @property
    def target(self) -> object:
        return self.take_id

    def to_record(self) -> Record:
        data = {"take_id": self.take_id, "before": self.before, "after": self.after}
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        return cls(fields.text("take_id"), fields.text("before"), fields.text("after"))

    def put(self, project: Project, name: str) -> Change:
        take = entry_of(project.takes, self.take_id).renamed(name)
        project.takes = replaced(project.takes, self.take_id, take)
        return Change.of(Part.TAKES)


@register("set_active_take")
@dataclass(frozen=True, slots=True)
class SetActiveTake(PlainSetting):
    """Put a take into the timeline, or none."""

    before: str | None
    after: str | None
    form: ClassVar = TEXT_OR_NONE

    @classmethod
    def of(cls, project: Project, take_id: str | None) -> Self:
        return cls(project.active_take, take_id)

    @property
    def label(self) -> str:
        return "Clear timeline" if self.after is None else "Choose take"

    def put(self, project: Project, take_id: str | None) -> Change:
        if take_id is not None:
            place_of(project.takes, take_id)
        project.active_take = take_id
        return Change.of(Part.TAKES)


def take_bytes(*takes: Take) -> int:
    """Memory that takes hold together; arrays that they share count once."""
    shared: dict[int, AnyArray] = {}
    for take in takes:
        arrays: dict[str, AnyArray] = {}
        pack_take(take, arrays, "take")
        shared |= {id(array): array for array in arrays.values()}
    return sum(array.nbytes for array in shared.values())


def refuse_unstorable(take: Take) -> None:
    """A take that could not be read back would lock the artist out of the whole project.

    Raises:
        AssetError: it holds impossible numbers.
    """
    arrays: dict[str, AnyArray] = {}
    try:
        unpack_take(Fields(pack_take(take, arrays, "take"), "take"), Arrays(arrays, "take"), "take")
    except ProjectFormatError as reason:
        raise AssetError(
            f"The take {take.name!r:.60} cannot be kept, because it holds impossible numbers.",
            "Record or import it again.",
        ) from reason
