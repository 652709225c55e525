"""The files that a project names: which of them are gone, or are no longer what they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError, AvatarError
from avatar_core.io.asset_references import AVATARS, HAIRSTYLES, PORTRAITS, AssetKind
from avatar_core.motion.driver_address import PATH_SCHEMES, DriverAddress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar_core.project import Project


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
