"""RelinkFiles: other files in the places where a project names some that are gone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple, Self

from avatar_core.commands.command import SMALL, Command, register
from avatar_core.commands.records import Record
from avatar_core.project import Change, Part
from avatar_core.project.plain import TEXT_LETTERS
from avatar_core.project.references import PROFILE_KEY, FileSlot, file_slots, with_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from avatar_core.project import Project
    from avatar_core.project.plain import Fields

_NAMES: dict[Part, tuple[str, ...]] = {
    Part.AVATAR: ("avatar", "avatar_sha256", "hair", "hair_sha256"),
    Part.DRIVING: ("source", "drivers"),
    Part.MIXER: ("mixer",),
    Part.CLIPS: ("clips",),
    Part.SCENE: ("scene",),
    Part.PAINT: ("painting",),
    Part.PORTRAITS: ("portraits",),
}
"""What of `Project` holds the files of a part."""

_ALONE = ("drivers.", PROFILE_KEY)
"""Beginnings of keys among which no file may stand twice."""


class FileReference(NamedTuple):
    """A file that a project names: its absolute path, and its hash where the document keeps one."""

    path: str
    sha256: str = ""


_NOWHERE = (FileReference(""), FileReference(""))


class Relinked(NamedTuple):
    """One place of a project, see `FileSlot.key`, and what stood and stands there."""

    key: str
    before: FileReference
    after: FileReference


@register("relink_files")
@dataclass(frozen=True, slots=True)
class RelinkFiles(Command):
    """Name other files, in every place that names those which were moved.

    A place that names yet another file by now is left as it is.

    Raises:
        ValueError: no project could keep such a path.
    """

    places: tuple[Relinked, ...]

    def __post_init__(self) -> None:
        for _, before, after in self.places:
            for path in (before.path, after.path):
                if not 0 < len(path) <= TEXT_LETTERS or "\0" in path:
                    raise ValueError(f"path: expected 1 to {TEXT_LETTERS} letters")

    @classmethod
    def of(cls, project: Project, found: Mapping[str, FileReference]) -> Self:
        """Name found files.

        A driver that would stand in the list twice, or be calibrated twice, is left as it is.

        Args:
            project: the document.
            found: where files are now, by the path that the project has.
        """
        slots = file_slots(project)
        taken = {(_alone(slot.key), slot.path) for slot in slots if slot.path not in found}
        places = []
        for slot in slots:
            after, group = found.get(slot.path), _alone(slot.key)
            if after is None or (group and (group, after.path) in taken):
                continue
            taken.add((group, after.path))
            sha256 = after.sha256 if slot.sha256 or slot.role.is_hashed else ""
            before = FileReference(slot.path, slot.sha256)
            places.append(Relinked(slot.key, before, FileReference(after.path, sha256)))
        return cls(tuple(places))

    @property
    def label(self) -> str:
        names = {PurePath(each.after.path).name for each in self.places}
        return f"Find {names.pop()}" if len(names) == 1 else f"Find {len(names)} files"

    @property
    def changes_nothing(self) -> bool:
        return all(before == after for _, before, after in self.places)

    @property
    def nbytes(self) -> int:
        return SMALL * (1 + len(self.places))

    def do(self, project: Project) -> Change:
        return _put(project, self.places)

    def undo(self, project: Project) -> Change:
        back = (
            Relinked(_key_after(key, before, after), after, before)
            for key, before, after in self.places
        )
        return _put(project, back)

    def to_record(self) -> Record:
        places = [
            {"key": key, "before": before._asdict(), "after": after._asdict()}
            for key, before, after in self.places
        ]
        return Record(self.kind, {"places": places})

    @classmethod
    def from_record(cls, record: Record) -> Self:
        return cls(
            tuple(
                Relinked(
                    entry.text("key", 1), _reference(entry, "before"), _reference(entry, "after")
                )
                for entry in record.fields.children("places")
            )
        )


def _alone(key: str) -> str:
    return next((each for each in _ALONE if key.startswith(each)), "")


def _key_after(key: str, before: FileReference, after: FileReference) -> str:
    return key.removesuffix(before.path) + after.path if key.startswith(PROFILE_KEY) else key


def _put(project: Project, places: Iterable[Relinked]) -> Change:
    """Steps that are kept with a project name files by where it lay; it may have moved since."""
    wanted = {key: (before, after) for key, before, after in places}
    parts: set[Part] = set()

    def place(slot: FileSlot) -> FileSlot:
        before, after = wanted.get(slot.key, _NOWHERE)
        if before != (slot.path, slot.sha256):
            return slot
        parts.add(slot.part)
        return replace(slot, path=after.path, sha256=after.sha256)

    again = with_files(project, place)
    for part in parts:
        for name in _NAMES[part]:
            setattr(project, name, getattr(again, name))
    return Change.of(*parts)


def _reference(fields: Fields, key: str) -> FileReference:
    entry = fields.child(key)
    return FileReference(entry.text("path", least=1), entry.text("sha256"))
