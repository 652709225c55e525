"""Commands on camera bookmarks: views that the artist comes back to."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

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
from avatar_core.commands.records import Record
from avatar_core.project import CameraBookmark, Change, Part
from avatar_core.project.values import pack_bookmark, unpack_bookmark

if TYPE_CHECKING:
    from avatar_core.project import Project

_CHANGE = Change.of(Part.BOOKMARKS)


@register("add_bookmark")
@dataclass(frozen=True, slots=True)
class AddBookmark(Command):
    """Put a view at the end of the bookmarks."""

    bookmark_id: str
    bookmark: CameraBookmark

    @classmethod
    def of(cls, project: Project, bookmark: CameraBookmark) -> Self:
        """Add a view under a new id, `command.bookmark_id`; without a name it gets one."""
        name = tidy_name(bookmark.name, free_name(project))
        return cls(uuid.uuid4().hex, replace(bookmark, name=name))

    @property
    def label(self) -> str:
        return f"Bookmark {self.bookmark.name}"

    def do(self, project: Project) -> Change:
        project.bookmarks = inserted(project.bookmarks, self.bookmark_id, self.bookmark)
        return _CHANGE

    def undo(self, project: Project) -> Change:
        project.bookmarks = removed(project.bookmarks, self.bookmark_id)
        return _CHANGE

    def to_record(self) -> Record:
        data = {"bookmark_id": self.bookmark_id, "bookmark": pack_bookmark(self.bookmark)}
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        return cls(fields.text("bookmark_id", least=1), unpack_bookmark(fields.child("bookmark")))


@register("set_bookmark")
@dataclass(frozen=True, slots=True)
class SetBookmark(Setting):
    """Give a bookmark another name or another view."""

    bookmark_id: str
    before: CameraBookmark
    after: CameraBookmark

    @classmethod
    def renamed(cls, project: Project, bookmark_id: str, name: str) -> Self:
        """Rename a bookmark; a name without letters leaves the old one.

        Raises:
            ValueError: there is no such bookmark.
        """
        before = entry_of(project.bookmarks, bookmark_id)
        return cls(bookmark_id, before, replace(before, name=tidy_name(name, before.name)))

    @classmethod
    def moved(cls, project: Project, bookmark_id: str, view: CameraBookmark) -> Self:
        """Let a bookmark show another view, under the name it has.

        Raises:
            ValueError: there is no such bookmark.
        """
        before = entry_of(project.bookmarks, bookmark_id)
        return cls(bookmark_id, before, replace(view, name=before.name))

    @property
    def label(self) -> str:
        if self.after.name != self.before.name:
            return f"Rename to {self.after.name}"
        return f"Move {self.after.name}"

    @property
    def target(self) -> object:
        return self.bookmark_id

    def put(self, project: Project, value: CameraBookmark) -> Change:
        project.bookmarks = replaced(project.bookmarks, self.bookmark_id, value)
        return _CHANGE

    def to_record(self) -> Record:
        data = {
            "bookmark_id": self.bookmark_id,
            "before": pack_bookmark(self.before),
            "after": pack_bookmark(self.after),
        }
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        before, after = (unpack_bookmark(fields.child(each)) for each in ("before", "after"))
        return cls(fields.text("bookmark_id", least=1), before, after)


@register("remove_bookmark")
@dataclass(frozen=True, slots=True)
class RemoveBookmark(Command):
    """Forget a view."""

    bookmark_id: str
    bookmark: CameraBookmark
    place: int

    @classmethod
    def of(cls, project: Project, bookmark_id: str) -> Self:
        """Remove a bookmark by id.

        Raises:
            ValueError: there is no such bookmark.
        """
        place = place_of(project.bookmarks, bookmark_id)
        return cls(bookmark_id, project.bookmarks[bookmark_id], place)

    @property
    def label(self) -> str:
        return f"Remove {self.bookmark.name}"

    def do(self, project: Project) -> Change:
        project.bookmarks = removed(project.bookmarks, self.bookmark_id)
        return _CHANGE

    def undo(self, project: Project) -> Change:
        project.bookmarks = inserted(project.bookmarks, self.bookmark_id, self.bookmark, self.place)
        return _CHANGE

    def to_record(self) -> Record:
        data = {
            "bookmark_id": self.bookmark_id,
            "bookmark": pack_bookmark(self.bookmark),
            "place": self.place,
        }
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        return cls(
            fields.text("bookmark_id", least=1),
            unpack_bookmark(fields.child("bookmark")),
            fields.whole("place", 0, MOST_ENTRIES),
        )


def free_name(project: Project) -> str:
    """The first of View 1, View 2, … that no bookmark has."""
    taken = {each.name for each in project.bookmarks.values()}
    number = 1
    while f"View {number}" in taken:
        number += 1
    return f"View {number}"
