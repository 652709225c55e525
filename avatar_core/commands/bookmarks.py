"""Commands on camera bookmarks: views that the artist comes back to."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from avatar_core.commands.command import register
from avatar_core.commands.entries import entry_of
from avatar_core.commands.library import AddEntry, Library, RemoveEntry, SetEntry
from avatar_core.commands.names import tidy_name
from avatar_core.project import CameraBookmark, Part
from avatar_core.project.values import pack_bookmark, unpack_bookmark

if TYPE_CHECKING:
    from avatar_core.project import Project

_BOOKMARKS = Library("bookmarks", "bookmark", Part.BOOKMARKS, pack_bookmark, unpack_bookmark)


@register("add_bookmark")
class AddBookmark(AddEntry[CameraBookmark]):
    """Put a view at the end of the bookmarks."""

    __slots__ = ()
    library = _BOOKMARKS

    @classmethod
    def of(cls, project: Project, bookmark: CameraBookmark) -> Self:
        """Add a view under a new id, `command.entry_id`; without a name it gets one."""
        name = tidy_name(bookmark.name, free_name(project))
        return cls(uuid.uuid4().hex, replace(bookmark, name=name))

    @property
    def label(self) -> str:
        return f"Bookmark {self.entry.name}"


@register("set_bookmark")
class SetBookmark(SetEntry[CameraBookmark]):
    """Give a bookmark another name or another view."""

    __slots__ = ()
    library = _BOOKMARKS

    @classmethod
    def moved(cls, project: Project, bookmark_id: str, view: CameraBookmark) -> Self:
        """Let a bookmark show another view, under the name it has."""
        before = entry_of(project.bookmarks, bookmark_id)
        return cls(bookmark_id, before, replace(view, name=before.name))

    @property
    def label(self) -> str:
        if self.after.name != self.before.name:
            return f"Rename to {self.after.name}"
        return f"Move {self.after.name}"


@register("remove_bookmark")
class RemoveBookmark(RemoveEntry[CameraBookmark]):
    """Forget a view."""

    __slots__ = ()
    library = _BOOKMARKS

    @property
    def label(self) -> str:
        return f"Remove {self.entry.name}"


def free_name(project: Project) -> str:
    """The first of View 1, View 2, … that no bookmark has."""
    taken = {each.name for each in project.bookmarks.values()}
    number = 1
    while f"View {number}" in taken:
        number += 1
    return f"View {number}"
