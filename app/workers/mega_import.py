"""The import of an official MeGA run as a job for the background."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError, Cancelled
from avatar_core.io.avatar_file import save_avatar
from avatar_core.io.flame_sources import find_flame_sources

if TYPE_CHECKING:
    from pathlib import Path

    from app.workers.tasks import TaskContext

_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_NAME_LETTERS = 80


@dataclass(frozen=True, slots=True)
class MegaImport:
    """What the user wants imported.

    Args:
        run: folder with the checkpoint, params.yaml and flame_params.npz.
        flame: folder with the user's own FLAME files.
        name: what the library calls the avatar; empty for the run's name.
        avatars: folder that the avatar is saved into; made when it is not there.
    """

    run: Path
    flame: Path
    name: str
    avatars: Path


@dataclass(frozen=True, slots=True)
class MegaImported:
    """A saved avatar.

    Args:
        path: its file.
        name: what the library calls it.
        gaussians: how many the hair has.
        warnings: sentences on what was missed, assumed or left out.
    """

    path: Path
    name: str
    gaussians: int
    warnings: tuple[str, ...]


def import_mega(wanted: MegaImport, task: TaskContext) -> MegaImported:
    """Import a run and save it as a new file; no file that exists is written over.

    Raises:
        AvatarError: what `import_official` and `save_avatar` raise; nothing was saved then.
        Cancelled: the task was stopped; nothing was saved.
    """
    task.step(0.0, "Starting")
    # torch is loaded only now, on the task's thread.
    from avatar_core.exchange.official_import import OfficialChoices, import_official

    folders = [wanted.flame] if wanted.flame.is_dir() else []
    report = import_official(
        wanted.run,
        find_flame_sources(folders=folders),
        OfficialChoices(name=wanted.name),
        step=lambda fraction, text: task.step(0.9 * fraction, text),
    )
    task.step(0.9, "Saving")
    path = free_path(wanted.avatars, report.asset.name)
    save_avatar(report.asset, path)
    try:
        task.step(1.0, "Saved")
    except Cancelled:
        path.unlink(missing_ok=True)
        raise
    return MegaImported(path, report.asset.name, len(report.asset.hair), report.warnings)


def free_path(folder: Path, name: str, suffix: str = ".avatar") -> Path:
    """A file in the folder that is not there yet: "Name.avatar", "Name 2.avatar" and so on.

    Raises:
        AssetError: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as reason:
        raise AssetError(
            f"The folder {folder} cannot be made: {reason.strerror or reason}.",
            "Choose another folder for projects in the preferences.",
        ) from reason
    stem = _UNFIT.sub(" ", name).strip(" .")[:_NAME_LETTERS]
    stem = stem or suffix.removeprefix(".").capitalize()
    path, number = folder / f"{stem}{suffix}", 2
    while path.exists():
        path, number = folder / f"{stem} {number}{suffix}", number + 1
    return path
