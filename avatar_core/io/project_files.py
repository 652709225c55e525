"""The files that a project names: which of them are gone, or are no longer what they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError, AvatarError
from avatar_core.io.asset_references import AVATARS, HAIRSTYLES, PORTRAITS, AssetKind

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
    for path in map(Path, _plain_files_of(project)):
        if not path.is_file():
            message = f"The project uses {path.name}, which was not found in {path.parent}."
            yield AssetError(message, "Was it moved or renamed?")


def _assets_of(project: Project) -> list[tuple[AssetKind, str, str]]:
    assets = [(AVATARS, project.avatar, project.avatar_sha256)]
    if project.hair:
        assets.append((HAIRSTYLES, project.hair, project.hair_sha256))
    assets += [(PORTRAITS, each.reference, each.sha256) for each in project.portraits.values()]
    return assets


def _plain_files_of(project: Project) -> list[str]:
    """Films, pictures that paint follows and the driving file."""
    scheme, _, path = project.source.partition(":")
    driving = [path] if scheme == "file" else []
    pictures = [layer.source for layer in project.painting.layers.values() if layer.source]
    return [*driving, *(clip.path for clip in project.clips.values()), *pictures]
