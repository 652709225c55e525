"""Paths in a project file: relative where they lie below its folder, so that both move together."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from avatar_core.project.plain import damaged

_PATH_SCHEMES = ("file:", "sequence:", "sound:")


def portable_path(path: str, folder: Path) -> str:
    """How a path is stored: relative with slashes below `folder`, else as it is."""
    given = Path(path)
    if ".." in given.parts or not given.is_relative_to(folder):
        return path
    return given.relative_to(folder).as_posix()


def located_path(stored: str, folder: Path) -> str:
    """The absolute path of a stored one.

    Raises:
        ProjectFormatError: a relative path that leaves the folder; no studio writes one.
    """
    if PurePosixPath(stored).is_absolute() or PureWindowsPath(stored).anchor:
        return stored
    if ".." in PurePosixPath(stored).parts or "\\" in stored or not PurePosixPath(stored).parts:
        raise damaged(f"it names a file outside its folder ({stored!r:.60})")
    return str(folder / stored)


def portable_source(source: str, folder: Path) -> str:
    """How a source is stored; only films, folders of pictures and sounds hold a path."""
    for scheme in _PATH_SCHEMES:
        if source.startswith(scheme):
            return scheme + portable_path(source.removeprefix(scheme), folder)
    return source


def located_source(stored: str, folder: Path) -> str:
    """The source of a stored one; raises like `located_path`."""
    for scheme in _PATH_SCHEMES:
        if stored.startswith(scheme):
            return scheme + located_path(stored.removeprefix(scheme), folder)
    return stored
