"""A trained avatar goes from the run's folder among the user's own avatars."""

from __future__ import annotations

import filecmp
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.workers.mega_import import free_path
from avatar_core.errors import AssetError
from avatar_core.io.atomic import atomic_write
from avatar_core.io.avatar_file import load_avatar

if TYPE_CHECKING:
    from pathlib import Path

    from app.workers.tasks import TaskContext


@dataclass(frozen=True, slots=True)
class Delivered:
    """An avatar among the user's own.

    Args:
        path: its file there.
        name, description: as the library shows it.
    """

    path: Path
    name: str
    description: str


def deliver_avatar(trained: Path, avatars: Path, task: TaskContext) -> Delivered:
    """Copy an avatar into a folder; a copy that lies there already is taken.

    Args:
        trained: the file that a run has written.
        avatars: the user's folder; made when it is not there.
        task: notices a stop.

    Raises:
        AssetError: it cannot be read, or not be written there.
    """
    task.step(0.0, "Reading the avatar")
    asset = load_avatar(trained)
    task.step(0.5, "Copying the avatar")
    path = _same_file(trained, avatars)
    if path is None:
        path = free_path(avatars, asset.name)
        _copy(trained, path)
    return Delivered(path, asset.name, asset.description)


def _same_file(trained: Path, avatars: Path) -> Path | None:
    size = trained.stat().st_size
    for path in sorted(avatars.glob("*.avatar")):
        if path.stat().st_size == size and filecmp.cmp(path, trained, shallow=False):
            return path
    return None


def _copy(trained: Path, path: Path) -> None:
    try:
        with trained.open("rb") as source, atomic_write(path) as target:
            shutil.copyfileobj(source, target)
    except OSError as error:
        raise AssetError(f"'{trained}' cannot be read.", "It lies in the run's folder.") from error
