"""Commands on portraits: which perform, under what name, through which crop, and how."""

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
from avatar_core.project import Change, Part, ProjectPortrait
from avatar_core.project.portrait_values import pack_project_portrait, unpack_project_portrait

if TYPE_CHECKING:
    from avatar_core.project import CropBox, PortraitSettings, Project

_CHANGE = Change.of(Part.PORTRAITS)


@register("add_portrait")
@dataclass(frozen=True, slots=True)
class AddPortrait(Command):
    """Put a portrait at the end of those that perform."""

    portrait_id: str
    portrait: ProjectPortrait

    @classmethod
    def of(cls, project: Project, portrait: ProjectPortrait) -> Self:
        """Add a portrait under a new id, `command.portrait_id`; without a name it gets one."""
        name = tidy_name(portrait.name, f"Portrait {len(project.portraits) + 1}")
        return cls(uuid.uuid4().hex, replace(portrait, name=name))

    @property
    def label(self) -> str:
        return f"Add {self.portrait.name}"

    def do(self, project: Project) -> Change:
        project.portraits = inserted(project.portraits, self.portrait_id, self.portrait)
        return _CHANGE

    def undo(self, project: Project) -> Change:
        project.portraits = removed(project.portraits, self.portrait_id)
        return _CHANGE

    def to_record(self) -> Record:
        portrait = pack_project_portrait(self.portrait)
        return Record(self.kind, {"portrait_id": self.portrait_id, "portrait": portrait})

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        portrait = unpack_project_portrait(fields.child("portrait"))
        return cls(fields.text("portrait_id", least=1), portrait)


@register("set_portrait")
@dataclass(frozen=True, slots=True)
class SetPortrait(Setting):
    """Change one thing about a portrait: name, settings, crop, file, or whether it is shown.

    Every maker of it raises ValueError when there is no such portrait.
    """

    portrait_id: str
    before: ProjectPortrait
    after: ProjectPortrait

    @classmethod
    def renamed(cls, project: Project, portrait_id: str, name: str) -> Self:
        """Rename a portrait; a name without letters leaves the old one."""
        before = entry_of(project.portraits, portrait_id)
        return cls(portrait_id, before, replace(before, name=tidy_name(name, before.name)))

    @classmethod
    def performing(cls, project: Project, portrait_id: str, settings: PortraitSettings) -> Self:
        """Let a portrait perform in another way."""
        before = entry_of(project.portraits, portrait_id)
        return cls(portrait_id, before, replace(before, settings=settings))

    @classmethod
    def shown(cls, project: Project, portrait_id: str, is_shown: bool) -> Self:
        """Show or hide a portrait; a hidden one does not perform."""
        before = entry_of(project.portraits, portrait_id)
        return cls(portrait_id, before, replace(before, is_shown=is_shown))

    @classmethod
    def cropped(cls, project: Project, portrait_id: str, box: CropBox | None) -> Self:
        """Let a model see another square of the picture; None for the one in the file."""
        before = entry_of(project.portraits, portrait_id)
        return cls(portrait_id, before, replace(before, box=box))

    @classmethod
    def found(cls, project: Project, portrait_id: str, reference: str, sha256: str = "") -> Self:
        """Name another file for a portrait, because its own moved or has changed."""
        before = entry_of(project.portraits, portrait_id)
        return cls(portrait_id, before, replace(before, reference=reference, sha256=sha256))

    @property
    def label(self) -> str:
        before, after = self.before, self.after
        if after.name != before.name:
            return f"Rename to {after.name}"
        if after.is_shown != before.is_shown:
            return f"{'Show' if after.is_shown else 'Hide'} {after.name}"
        if after.box != before.box:
            return f"Crop {after.name}"
        if after.reference != before.reference:
            return f"Find {after.name}"
        return f"Direct {after.name}"

    @property
    def target(self) -> object:
        return self.portrait_id

    def put(self, project: Project, value: ProjectPortrait) -> Change:
        project.portraits = replaced(project.portraits, self.portrait_id, value)
        return _CHANGE

    def to_record(self) -> Record:
        data = {
            "portrait_id": self.portrait_id,
            "before": pack_project_portrait(self.before),
            "after": pack_project_portrait(self.after),
        }
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        before, after = (unpack_project_portrait(fields.child(key)) for key in ("before", "after"))
        return cls(fields.text("portrait_id", least=1), before, after)


@register("remove_portrait")
@dataclass(frozen=True, slots=True)
class RemovePortrait(Command):
    """Take a portrait out of the project; its file stays."""

    portrait_id: str
    portrait: ProjectPortrait
    place: int

    @classmethod
    def of(cls, project: Project, portrait_id: str) -> Self:
        """Remove a portrait by id.

        Raises:
            ValueError: there is no such portrait.
        """
        place = place_of(project.portraits, portrait_id)
        return cls(portrait_id, project.portraits[portrait_id], place)

    @property
    def label(self) -> str:
        return f"Remove {self.portrait.name}"

    def do(self, project: Project) -> Change:
        project.portraits = removed(project.portraits, self.portrait_id)
        return _CHANGE

    def undo(self, project: Project) -> Change:
        project.portraits = inserted(project.portraits, self.portrait_id, self.portrait, self.place)
        return _CHANGE

    def to_record(self) -> Record:
        data = {
            "portrait_id": self.portrait_id,
            "portrait": pack_project_portrait(self.portrait),
            "place": self.place,
        }
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        return cls(
            fields.text("portrait_id", least=1),
            unpack_project_portrait(fields.child("portrait")),
            fields.whole("place", 0, MOST_ENTRIES),
        )
