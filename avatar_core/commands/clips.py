"""Commands on clips: the films of the library."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from avatar_core.commands.command import register
from avatar_core.commands.library import AddEntry, Library, RemoveEntry
from avatar_core.project import Clip, Part
from avatar_core.project.values import pack_clip, unpack_clip

if TYPE_CHECKING:
    from avatar_core.project import Project

_CLIPS = Library("clips", "clip", Part.CLIPS, pack_clip, unpack_clip)


@register("add_clip")
class AddClip(AddEntry[Clip]):
    """Put a recorded film at the end of the library."""

    __slots__ = ()
    library = _CLIPS

    @classmethod
    def of(cls, project: Project, clip: Clip) -> Self:
        """Add a clip under a new id, `command.entry_id`."""
        return cls(uuid.uuid4().hex, clip)

    @property
    def label(self) -> str:
        return "Add clip"


@register("remove_clip")
class RemoveClip(RemoveEntry[Clip]):
    """Take a film out of the library; its file stays."""

    __slots__ = ()
    library = _CLIPS

    @property
    def label(self) -> str:
        return "Remove clip"
