"""Paths in a project file: relative where they lie below its folder, so that both move together."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath

from avatar_core.project.plain import damaged


def home_of(project: Path) -> Path:
    """The folder in which relative paths of a project begin: its own, also through a link."""
    try:
        is_link = project.is_symlink()
    except OSError:  # a name longer than any: whoever opens or writes it says so
        is_link = False
    return Path(os.path.realpath(project)).parent if is_link else project.parent


def portable_path(path: str, folder: Path) -> str:
    """How a path is stored: relative with slashes below `folder`, else absolute."""
    if not _is_absolute(path):
        path = str(Path(path).absolute())
    given = Path(path)
    if ".." in given.parts or not given.is_relative_to(folder) or given == folder:
        return path
    stored = given.relative_to(folder).as_posix()
    # A name that would be read as another place, such as `a\b.mp4` or `c:one.mp4`, is named whole.
    return path if _is_absolute(stored) or "\\" in stored else stored


def located_path(stored: str, folder: Path) -> str:
    """The absolute path of a stored one.

    Raises:
        ProjectFormatError: a relative path that leaves the folder; no studio writes one.
    """
    if _is_absolute(stored):
        return stored
    if ".." in PurePosixPath(stored).parts or "\\" in stored or not PurePosixPath(stored).parts:
        raise damaged(f"it names a file outside its folder ({stored!r:.60})")
    return str(folder / stored)


def _is_absolute(path: str) -> bool:
    """Whether a path says where it begins, on this system or another."""
    return PurePosixPath(path).is_absolute() or bool(PureWindowsPath(path).anchor)
