"""The files that a project names: which of them are gone, or are no longer what they were."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError, AvatarError
from avatar_core.io.asset_references import AVATARS, HAIRSTYLES, PORTRAITS, AssetKind
from avatar_core.io.file_marks import mark_of
from avatar_core.motion.driver_address import PATH_SCHEMES, DriverAddress
from avatar_core.project.references import FileRole

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
    files = ((Path(file), Path(file).is_file()) for file in _plain_files_of(project))
    for path, is_there in (*_driving_paths_of(project), *files):
        if not is_there:
            message = f"The project uses {path.name}, which was not found in {path.parent}."
            yield AssetError(message, "Was it moved or renamed?")


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


def _driving_paths_of(project: Project) -> Iterator[tuple[Path, bool]]:
    """Films, folders of pictures and sounds that drive, and whether they are there."""
    for uri in (project.source, *project.drivers):
        address = DriverAddress.parse(uri)
        if address.scheme in PATH_SCHEMES:
            path = Path(address.place)
            yield path, path.is_dir() if address.scheme == "sequence" else path.is_file()


def _plain_files_of(project: Project) -> list[str]:
    """Films, and pictures that paint follows."""
    pictures = [layer.source for layer in project.painting.layers.values() if layer.source]
    return [*(clip.path for clip in project.clips.values()), *pictures]
