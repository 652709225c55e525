"""The parts of a project file, read one after the other: strictly, or as far as they can be."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from avatar_core.errors import AvatarError, ProjectFormatError
from avatar_core.io import limits
from avatar_core.io.arrays import arrays_from_npz
from avatar_core.io.take_file import take_from_bytes
from avatar_core.project import Project
from avatar_core.project.hair_values import unpack_hair_edits
from avatar_core.project.mixer_values import unpack_drivers, unpack_mixer
from avatar_core.project.paint_values import unpack_painting
from avatar_core.project.plain import Arrays, Fields, damaged
from avatar_core.project.portrait_values import unpack_project_portrait
from avatar_core.project.values import (
    unpack_bookmark,
    unpack_clip,
    unpack_expression,
    unpack_scene,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from typing import TypeVar

    from avatar_core.geometry.shapes import AnyArray

    Entry = TypeVar("Entry")

ARRAYS = "arrays.npz"
HAIR_EDITS = "hair_edits.npz"
PAINTING = "painting.npz"

ARRAY_LIMITS = {
    ARRAYS: limits.PROJECT_ARRAYS_BYTES,
    HAIR_EDITS: limits.HAIR_EDITS_BYTES,
    PAINTING: limits.PAINTING_BYTES,
}


@dataclass(frozen=True, slots=True)
class ProjectMembers:
    """What a project is read from.

    Args:
        fields: the manifest, in the newest version.
        names: of the members there are.
        read: gives a member of at most so many bytes; raises AvatarError.
        title: of the file, for errors.
        forgive: hears which part of the document cannot be read, and why; the part is left out
            then. Without it the first of them is raised.
        arrays_left: gives the arrays that are left of a damaged member, in place of reading it.
    """

    fields: Fields
    names: Collection[str]
    read: Callable[[str, int], bytes]
    title: str
    forgive: Callable[[str, AvatarError], None] | None = None
    arrays_left: Callable[[str], Mapping[str, AnyArray] | None] | None = None

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        """While something is read that the rest can do without."""
        try:
            yield
        except AvatarError as error:
            if self.forgive is None:
                raise
            self.forgive(what, error)

    def arrays(self, name: str, most_bytes: int) -> Arrays:
        """The arrays of a member; none when it is not there."""
        if self.arrays_left is not None:
            return Arrays(self.arrays_left(name) or {}, "arrays")
        if name not in self.names and name != ARRAYS:
            return Arrays({}, "arrays")
        data, title = self.read(name, most_bytes), f"{self.title} ({name})"
        return Arrays(arrays_from_npz(data, title, ProjectFormatError, most_bytes), "arrays")


def read_parts(members: ProjectMembers) -> Project:
    """The document, with paths as they stand in the file.

    Raises:
        ProjectFormatError: a part is missing or damaged, and nobody forgives.
    """
    project = Project()
    for what, read in _PARTS:
        with members.part(what):
            read(members, project)
    return project


def _read_name(members: ProjectMembers, project: Project) -> None:
    project.name = members.fields.text("name")


def _read_avatar(members: ProjectMembers, project: Project) -> None:
    avatar = members.fields.child("avatar")
    project.avatar, project.avatar_sha256 = (
        avatar.text("reference", least=1),
        avatar.text("sha256"),
    )


def _read_hair(members: ProjectMembers, project: Project) -> None:
    hair = members.fields.child("hair")
    project.hair, project.hair_sha256 = hair.text("reference"), hair.text("sha256")


def _read_hair_edits(members: ProjectMembers, project: Project) -> None:
    fields = members.fields.child("hair_edits")
    arrays = members.arrays(HAIR_EDITS, limits.HAIR_EDITS_BYTES)
    project.hair_edits = unpack_hair_edits(fields, arrays, "hair")


def _read_painting(members: ProjectMembers, project: Project) -> None:
    fields = members.fields.child("painting")
    arrays = members.arrays(PAINTING, limits.PAINTING_BYTES)
    project.painting = unpack_painting(fields, arrays, "paint", limits.PAINTING_TILES)


def _read_motion(members: ProjectMembers, project: Project) -> None:
    arrays = Arrays({}, "arrays")
    with members.part("the arrays of sliders and calibration"):
        arrays = members.arrays(ARRAYS, limits.PROJECT_ARRAYS_BYTES)
    with members.part("the sliders"):
        project.expression = unpack_expression(arrays, "expression")
    with members.part("the mixer"):
        project.mixer = unpack_mixer(members.fields.child("mixer"), arrays)


def _read_drivers(members: ProjectMembers, project: Project) -> None:
    with members.part("the main driver"):
        project.source = members.fields.text("source", least=1)
    project.drivers = unpack_drivers(members.fields, "drivers")


def _read_takes(members: ProjectMembers, project: Project) -> None:
    for entry in members.fields.children("takes"):
        name = entry.text("file", least=1)
        with members.part(f"the take {name}"):
            data = members.read(name, limits.TAKE_BYTES)
            try:
                take = take_from_bytes(data)
            except AvatarError as reason:
                raise damaged(f"the take {name} cannot be read ({reason.message})") from reason
            if take.id in project.takes:
                raise damaged(f"it holds the take {take.name!r:.60} twice")
            project.takes[take.id] = take


def _read_active_take(members: ProjectMembers, project: Project) -> None:
    active_take = members.fields.text_or_none("active_take")
    if active_take is not None and active_take not in project.takes:
        raise damaged("the take in its timeline is missing")
    project.active_take = active_take


def _read_entries(
    members: ProjectMembers, key: str, word: str, unpack: Callable[[Fields], Entry]
) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for entry in members.fields.children(key):
        with members.part(f"a {word}"):
            entry_id, value = entry.text("id", least=1), unpack(entry)
            if entry_id in entries:
                raise damaged(f"it holds a {word} twice")
            entries[entry_id] = value
    return entries


def _read_libraries(members: ProjectMembers, project: Project) -> None:
    read = partial(_read_entries, members)
    with members.part("the films"):
        project.clips = read("clips", "clip", unpack_clip)
    with members.part("the bookmarks"):
        project.bookmarks = read("bookmarks", "bookmark", unpack_bookmark)
    with members.part("the portraits"):
        project.portraits = read("portraits", "portrait", unpack_project_portrait)


def _read_scene(members: ProjectMembers, project: Project) -> None:
    project.scene = unpack_scene(members.fields.child("scene"))


_PARTS: tuple[tuple[str, Callable[[ProjectMembers, Project], None]], ...] = (
    ("its name", _read_name),
    ("the choice of avatar", _read_avatar),
    ("the choice of hairstyle", _read_hair),
    ("the sliders and the mixer", _read_motion),
    ("the drivers", _read_drivers),
    ("the takes", _read_takes),
    ("the take in the timeline", _read_active_take),
    ("the libraries", _read_libraries),
    ("the scene", _read_scene),
    ("the hair edits", _read_hair_edits),
    ("the paint", _read_painting),
)
