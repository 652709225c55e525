"""Commands on clips: the films of the library."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from avatar_core.commands.command import Command, register
from avatar_core.commands.entries import MOST_ENTRIES, inserted, place_of, removed
from avatar_core.commands.records import Record
from avatar_core.project import Change, Clip, Part
from avatar_core.project.values import pack_clip, unpack_clip

if TYPE_CHECKING:
    from avatar_core.project import Project


@register("add_clip")
@dataclass(frozen=True, slots=True)
class AddClip(Command):
    """Put a recorded film at the end of the library."""

    clip_id: str
    clip: Clip

    @classmethod
    def of(cls, project: Project, clip: Clip) -> Self:
        """Add a clip under a new id, `command.clip_id`."""
        return cls(uuid.uuid4().hex, clip)

    @property
    def label(self) -> str:
        return "Add clip"

    def do(self, project: Project) -> Change:
        project.clips = inserted(project.clips, self.clip_id, self.clip)
        return Change.of(Part.CLIPS)

    def undo(self, project: Project) -> Change:
        project.clips = removed(project.clips, self.clip_id)
        return Change.of(Part.CLIPS)

    def to_record(self) -> Record:
        return Record(self.kind, {"clip_id": self.clip_id, "clip": pack_clip(self.clip)})

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        return cls(fields.text("clip_id", least=1), unpack_clip(fields.child("clip")))


@register("remove_clip")
@dataclass(frozen=True, slots=True)
class RemoveClip(Command):
    """Take a film out of the library; its file stays."""

    clip_id: str
    clip: Clip
    place: int

    @classmethod
    def of(cls, project: Project, clip_id: str) -> Self:
        """Remove a clip by id.

        Raises:
            ValueError: there is no such clip.
        """
        place = place_of(project.clips, clip_id)
        return cls(clip_id, project.clips[clip_id], place)

    @property
    def label(self) -> str:
        return "Remove clip"

    def do(self, project: Project) -> Change:
        project.clips = removed(project.clips, self.clip_id)
        return Change.of(Part.CLIPS)

    def undo(self, project: Project) -> Change:
        project.clips = inserted(project.clips, self.clip_id, self.clip, self.place)
        return Change.of(Part.CLIPS)

    def to_record(self) -> Record:
        data = {"clip_id": self.clip_id, "clip": pack_clip(self.clip), "place": self.place}
        return Record(self.kind, data)

    @classmethod
    def from_record(cls, record: Record) -> Self:
        fields = record.fields
        return cls(
            fields.text("clip_id", least=1),
            unpack_clip(fields.child("clip")),
            fields.whole("place", 0, MOST_ENTRIES),
        )
