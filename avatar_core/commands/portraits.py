"""Commands on portraits: which perform, under what name, through which crop, and how."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from avatar_core.commands.command import register
from avatar_core.commands.entries import entry_of
from avatar_core.commands.library import AddEntry, Library, RemoveEntry, SetEntry
from avatar_core.commands.names import tidy_name
from avatar_core.project import Part, ProjectPortrait
from avatar_core.project.portrait_values import pack_project_portrait, unpack_project_portrait

if TYPE_CHECKING:
    from avatar_core.project import CropBox, PortraitSettings, Project

_PORTRAITS = Library(
    "portraits", "portrait", Part.PORTRAITS, pack_project_portrait, unpack_project_portrait
)


@register("add_portrait")
class AddPortrait(AddEntry[ProjectPortrait]):
    """Put a portrait at the end of those that perform."""

    __slots__ = ()
    library = _PORTRAITS

    @classmethod
    def of(cls, project: Project, portrait: ProjectPortrait) -> Self:
        """Add a portrait under a new id, `command.entry_id`; without a name it gets one."""
        name = tidy_name(portrait.name, f"Portrait {len(project.portraits) + 1}")
        return cls(uuid.uuid4().hex, replace(portrait, name=name))

    @property
    def label(self) -> str:
        return f"Add {self.entry.name}"


@register("set_portrait")
class SetPortrait(SetEntry[ProjectPortrait]):
    """Change one thing about a portrait: name, settings, crop, file, or whether it is shown."""

    __slots__ = ()
    library = _PORTRAITS

    @classmethod
    def performing(cls, project: Project, portrait_id: str, settings: PortraitSettings) -> Self:
        """Let a portrait perform in another way."""
        return cls._with(project, portrait_id, settings=settings)

    @classmethod
    def shown(cls, project: Project, portrait_id: str, is_shown: bool) -> Self:
        """Show or hide a portrait; a hidden one does not perform."""
        return cls._with(project, portrait_id, is_shown=is_shown)

    @classmethod
    def cropped(cls, project: Project, portrait_id: str, box: CropBox | None) -> Self:
        """Let a model see another square of the picture; None for the one in the file."""
        return cls._with(project, portrait_id, box=box)

    @classmethod
    def found(cls, project: Project, portrait_id: str, reference: str, sha256: str = "") -> Self:
        """Name another file for a portrait, because its own moved or has changed."""
        return cls._with(project, portrait_id, reference=reference, sha256=sha256)

    @classmethod
    def _with(cls, project: Project, portrait_id: str, **values: Any) -> Self:
        before = entry_of(project.portraits, portrait_id)
        return cls(portrait_id, before, replace(before, **values))

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


@register("remove_portrait")
class RemovePortrait(RemoveEntry[ProjectPortrait]):
    """Take a portrait out of the project; its file stays."""

    __slots__ = ()
    library = _PORTRAITS

    @property
    def label(self) -> str:
        return f"Remove {self.entry.name}"
