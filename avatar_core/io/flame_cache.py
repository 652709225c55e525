"""Heads built from the user's FLAME files, kept so that the next import need not build them."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from avatar_core.errors import AssetError, AvatarError, ShapeError
from avatar_core.heads.flame import FlameHead
from avatar_core.io.archive import ArchiveReader, ArchiveWriter
from avatar_core.io.atomic import atomic_write
from avatar_core.io.head_members import HEAD_MEMBER, head_from_archive, head_members

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)

_VERSION = 1
"""Raised whenever the same files would give another head."""


def cache_folder() -> Path:
    """Where built heads lie; only the user's own account can read the licensed data in it."""
    return Path(platformdirs.user_data_dir("avatar-studio")) / "flame" / "built"


def key_of(paths: Iterable[Path], layout: object) -> str:
    """A name for what the files' contents make with this layout.

    Raises:
        AssetError: a file cannot be read.
    """
    digest = hashlib.sha256(f"{_VERSION} {layout!r}".encode())
    for path in paths:
        try:
            with path.open("rb") as file:
                digest.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise AssetError(f"'{path}' cannot be read.", "Check the path.") from error
    return digest.hexdigest()[:32]


def cached_head(folder: Path, key: str) -> FlameHead | None:
    """The head kept under a key, or None when there is none or it is damaged."""
    path = folder / f"{key}.head"
    if not path.is_file():
        return None
    try:
        with ArchiveReader(path, path.name) as archive:
            head = head_from_archive(archive, archive.read_json("manifest.json"), path.name)
    except (AvatarError, ShapeError) as error:
        logger.warning("A kept head is damaged and will be built again: %s", error)
        return None
    return head if isinstance(head, FlameHead) else None


def keep_head(folder: Path, key: str, head: FlameHead) -> None:
    """Keep a head; a full or read-only disk only costs the time of building it again."""
    section, data = head_members(head, compressed=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with atomic_write(folder / f"{key}.head") as file, ArchiveWriter(file) as archive:
            archive.add_json("manifest.json", section)
            archive.add(HEAD_MEMBER, data, compressed=False)
    except (AvatarError, OSError) as error:
        logger.warning("The head could not be kept: %s", error)
