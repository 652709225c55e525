"""What commands on the libraries of a project have in common: bookmarks, clips, portraits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from avatar_core.commands.command import Command, Setting
from avatar_core.commands.entries import (
    MOST_ENTRIES,
    entry_of,
    inserted,
    place_of,
    removed,
    replaced,
)
from avatar_core.commands.names import tidy_name
from avatar_core.commands.records import Record
from avatar_core.project import Change, Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.project import Project
    from avatar_core.project.plain import Fields, PlainData

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Library(Generic[Entry]):
    """Entries that a project keeps by id, and how one is written down.

    Args:
        name: of the dictionary in `Project`.
        word: for one entry; its keys in records follow from it, so it never changes.
        part: what changes with it.
        pack: makes plain data of an entry.
        unpack: the other way; raises ProjectFormatError.
    """

    name: str
    word: str
    part: Part
    pack: Callable[[Entry], PlainData]
    unpack: Callable[[Fields], Entry]

    @property
    def id_key(self) -> str:
        """Key of an entry's id in records."""
        return f"{self.word}_id"

    def entries(self, project: Project) -> dict[str, Entry]:
        """What the project keeps, in its order."""
        entries: dict[str, Entry] = getattr(project, self.name)
        return entries

    def put(self, project: Project, entries: dict[str, Entry]) -> Change:
        """Let the project keep these entries."""
        setattr(project, self.name, entries)
        return Change.of(self.part)


@dataclass(frozen=True, slots=True)
class AddEntry(Command, Generic[Entry]):
    """Puts an entry at the end of a library, under a new id."""

    library: ClassVar[Library[Any]]

    entry_id: str
    entry: Entry

    def do(self, project: Project) -> Change:
        entries = self.library.entries(project)
        return self.library.put(project, inserted(entries, self.entry_id, self.entry))

    def undo(self, project: Project) -> Change:
        entries = self.library.entries(project)
        return self.library.put(project, removed(entries, self.entry_id))

    def to_record(self) -> Record:
        library = self.library
        data = {library.id_key: self.entry_id, library.word: library.pack(self.entry)}
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields, library = record.fields, cls.library
        entry = library.unpack(fields.child(library.word))
        return cls(fields.text(library.id_key, least=1), entry)


@dataclass(frozen=True, slots=True)
class SetEntry(Setting, Generic[Entry]):
    """Changes an entry, which has a name.

    Every maker of it raises ValueError when there is no such entry.
    """

    library: ClassVar[Library[Any]]

    entry_id: str
    before: Entry
    after: Entry

    @classmethod
    def renamed(cls, project: Project, entry_id: str, name: str) -> Self:
        """Rename an entry; a name without letters leaves the old one."""
        before = entry_of(cls.library.entries(project), entry_id)
        return cls(entry_id, before, replace(before, name=tidy_name(name, before.name)))

    @property
    def target(self) -> object:
        return self.entry_id

    def put(self, project: Project, value: Entry) -> Change:
        entries = self.library.entries(project)
        return self.library.put(project, replaced(entries, self.entry_id, value))

    def to_record(self) -> Record:
        library = self.library
        data = {
            library.id_key: self.entry_id,
            "before": library.pack(self.before),
            "after": library.pack(self.after),
        }
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields, library = record.fields, cls.library
        before, after = (library.unpack(fields.child(key)) for key in ("before", "after"))
        return cls(fields.text(library.id_key, least=1), before, after)


@dataclass(frozen=True, slots=True)
class RemoveEntry(Command, Generic[Entry]):
    """Takes an entry out of a library; undo puts it back in its place."""

    library: ClassVar[Library[Any]]

    entry_id: str
    entry: Entry
    place: int

    @classmethod
    def of(cls, project: Project, entry_id: str) -> Self:
        """Remove an entry by id.

        Raises:
            ValueError: there is no such entry.
        """
        entries = cls.library.entries(project)
        place = place_of(entries, entry_id)
        return cls(entry_id, entries[entry_id], place)

    def do(self, project: Project) -> Change:
        entries = self.library.entries(project)
        return self.library.put(project, removed(entries, self.entry_id))

    def undo(self, project: Project) -> Change:
        entries = self.library.entries(project)
        return self.library.put(project, inserted(entries, self.entry_id, self.entry, self.place))

    def to_record(self) -> Record:
        library = self.library
        data = {
            library.id_key: self.entry_id,
            library.word: library.pack(self.entry),
            "place": self.place,
        }
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields, library = record.fields, cls.library
        return cls(
            fields.text(library.id_key, least=1),
            library.unpack(fields.child(library.word)),
            fields.whole("place", 0, MOST_ENTRIES),
        )
