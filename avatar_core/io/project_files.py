"""The files that a project names: which of them are gone, or are no longer what they were."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError, AvatarError
from avatar_core.io.asset_references import AVATARS, HAIRSTYLES, PORTRAITS, AssetKind
from avatar_core.io.file_marks import mark_of
from avatar_core.io.reading import is_file, is_folder
from avatar_core.project.references import FileRole, file_slots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from avatar_core.io.file_marks import FileMark
    from avatar_core.project import Project
    from avatar_core.project.references import FileSlot

ASSET_ROLES: dict[FileRole, AssetKind] = {
    FileRole.AVATAR: AVATARS,
    FileRole.HAIRSTYLE: HAIRSTYLES,
    FileRole.PORTRAIT: PORTRAITS,
}
"""Files whose hash is part of the document."""


def missing_files(project: Project) -> Iterator[AvatarError]:
    """One error for each file that is not where the project expects it, or has changed."""
    for kind, reference, sha256 in _assets_of(project):
        try:
            kind.expect(reference, sha256)
        except AvatarError as error:
            yield error
    told: set[str] = set()
    for slot in file_slots(project):
        if slot.role in ASSET_ROLES or slot.path in told or is_there(slot):
            continue
        told.add(slot.path)
        path = Path(slot.path)
        message = f"The project uses {path.name}, which was not found in {path.parent}."
        yield AssetError(message, "Was it moved or renamed?")


def is_there(slot: FileSlot) -> bool:
    """Whether the file, or the folder, that a project names is where it says."""
    path = Path(slot.path)
    return is_folder(path) if slot.role is FileRole.FOLDER else is_file(path)


def marks_of(slots: Iterable[FileSlot], known: Mapping[str, FileMark]) -> dict[str, FileMark]:
    """Marks of the films, sounds and pictures among the files of a project.

    Args:
        slots: where the project names files.
        known: earlier marks by path, kept for files that are not there now.
    """
    marks: dict[str, FileMark] = {}
    for slot in slots:
        if slot.role in ASSET_ROLES or slot.path in marks:
            continue
        if slot.path in known:
            marks[slot.path] = known[slot.path]
        with suppress(OSError, ValueError):
            marks[slot.path] = mark_of(Path(slot.path))
    return marks


def _assets_of(project: Project) -> list[tuple[AssetKind, str, str]]:
    assets = [(AVATARS, project.avatar, project.avatar_sha256)]
    if project.hair:
        assets.append((HAIRSTYLES, project.hair, project.hair_sha256))
    assets += [(PORTRAITS, each.reference, each.sha256) for each in project.portraits.values()]
    return assets
