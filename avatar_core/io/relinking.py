"""Files that a project names and that are gone: found again by what is in them.

A moved file is known by size and hash, whatever it is called now. Where nothing was kept to compare
with, and where another file has the old name, that is said: the artist decides.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path, PurePath, PureWindowsPath
from typing import TYPE_CHECKING, NamedTuple, Self

from avatar_core.errors import AvatarError
from avatar_core.io.file_marks import mark_of
from avatar_core.io.project_files import ASSET_ROLES, is_there
from avatar_core.project.references import FileRole, file_slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from avatar_core.io.file_marks import FileMark
    from avatar_core.project import Project

    Step = Callable[[float, str], None]

MOST_FILES = 500_000
"""A search gives up after so many files, each looked at by name and size."""


class Match(IntEnum):
    """How sure it is that a file is the one that is gone; the surest is the largest."""

    OTHER = 1
    """It has the name, and other contents."""
    NAMESAKE = 2
    """It has the name; the project knows nothing of the contents."""
    SAME = 3
    """It has the very contents."""


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A file that a project names, and that is not there or no longer the one it was.

    Args:
        path: as the project has it.
        role: what it is to the project.
        mark: size and hash, where the project knows them.
        sha256: of the whole file: avatars, hairstyles and portraits.
        is_changed: it is there, with other contents than the project was made with.
    """

    path: str
    role: FileRole
    mark: FileMark | None = None
    sha256: str = ""
    is_changed: bool = False

    @property
    def name(self) -> str:
        """Its name, also of a path from a system that writes them otherwise."""
        foreign = PureWindowsPath(self.path)
        return foreign.name if foreign.drive else PurePath(self.path).name


@dataclass(frozen=True, slots=True)
class FoundFile:
    """What may be put in the place of a missing file.

    Args:
        path: the file that was found.
        match: how sure that is.
        sha256: of the whole file: avatars, hairstyles and portraits.
    """

    path: Path
    match: Match
    sha256: str = ""


def missing_in(project: Project, marks: Mapping[str, FileMark]) -> list[MissingFile]:
    """The files of a project that are not there, or are avatars and the like that have changed.

    Films and pictures are often made again on purpose, so that their contents do not count as long
    as they are there.

    Args:
        project: the document.
        marks: what is known of films, sounds and pictures, by path.
    """
    missing: dict[str, MissingFile] = {}
    for slot in file_slots(project):
        is_changed = False
        if slot.path in missing:
            continue
        if is_there(slot):
            is_changed = bool(slot.sha256) and _sha256(slot.role, slot.path) != slot.sha256
            if not is_changed:
                continue
        missing[slot.path] = MissingFile(
            slot.path, slot.role, marks.get(slot.path), slot.sha256, is_changed
        )
    return list(missing.values())


def search(
    missing: Sequence[MissingFile],
    folders: Iterable[Path],
    step: Step | None = None,
    most_files: int = MOST_FILES,
) -> dict[str, FoundFile]:
    """Look for missing files in folders and all below them; links to folders are not followed.

    Args:
        missing: what to look for.
        folders: where; the search ends once everything is found for sure.
        step: hears how much is found, 0..1, and where it looks; may raise Cancelled.
        most_files: the search gives up after so many.

    Returns:
        The best find for each, by the path of the project; those without any are left out.
    """
    hunt = _Hunt(missing)
    for at, (path, is_folder) in enumerate(_below(folders, step, hunt)):
        if at >= most_files:
            break
        hunt.look_at(path, is_folder)
        if hunt.is_over:
            break
    return hunt.found


def judged(missing: MissingFile, path: Path) -> FoundFile:
    """What a file that was pointed at is to a missing one, whatever its name."""
    found = _compared(missing, path)
    return found or FoundFile(path, Match.OTHER, _sha256(missing.role, str(path)))


class _Wanted(NamedTuple):
    """A missing file, and its name and ending as they are compared."""

    missing: MissingFile
    name: str
    suffix: str

    @classmethod
    def of(cls, missing: MissingFile) -> Self:
        name = _alike(missing.name)
        return cls(missing, name, PurePath(name).suffix)

    def may_be(self, suffix: str, size: int | None) -> bool:
        """Whether a file of another name is worth reading: by its size, or else by its ending."""
        mark = self.missing.mark
        if mark is not None:
            return self.missing.role is FileRole.FOLDER or size == mark.size
        return bool(self.missing.sha256) and suffix == self.suffix


class _Hunt:
    """A search on its way. Many files are looked at for many: what is asked of each, once."""

    def __init__(self, missing: Sequence[MissingFile]) -> None:
        self.found: dict[str, FoundFile] = {}
        self._missing = missing
        self._wanted = [_Wanted.of(each) for each in missing]
        self._knows_sizes = any(each.mark is not None for each in missing)

    @property
    def is_over(self) -> bool:
        """Whether everything is found that can be known for sure."""
        return all(
            each.path in self.found and self.found[each.path].match is Match.SAME
            for each in self._missing
        )

    @property
    def fraction(self) -> float:
        return len(self.found) / max(len(self._missing), 1)

    def look_at(self, path: Path, is_folder: bool) -> None:
        """Take a file, or a folder, for those it may be."""
        name, suffix = _alike(path.name), _alike(path.suffix)
        size = _size_of(path) if self._knows_sizes and not is_folder else None
        for each in self._wanted:
            missing, has_name = each.missing, name == each.name
            if (missing.role is FileRole.FOLDER) is not is_folder:
                continue
            if not (has_name or each.may_be(suffix, size)) or _is_itself(missing, path):
                continue
            known = self.found.get(missing.path)
            if known is not None and known.match is Match.SAME:
                continue
            found = _compared(missing, path)
            if found is None and has_name:
                found = FoundFile(path, Match.OTHER, _sha256(missing.role, str(path)))
            if found is not None and (known is None or found.match > known.match):
                self.found[missing.path] = found


def _compared(missing: MissingFile, path: Path) -> FoundFile | None:
    """The find, or None where the contents differ."""
    try:
        if missing.sha256:
            sha256 = _sha256(missing.role, str(path))
            return FoundFile(path, Match.SAME, sha256) if sha256 == missing.sha256 else None
        if missing.mark is not None:
            return FoundFile(path, Match.SAME) if mark_of(path) == missing.mark else None
    except OSError:
        return None
    return FoundFile(path, Match.NAMESAKE, _sha256(missing.role, str(path)))


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _is_itself(missing: MissingFile, path: Path) -> bool:
    return missing.is_changed and str(path) == missing.path


def _below(folders: Iterable[Path], step: Step | None, hunt: _Hunt) -> Iterator[tuple[Path, bool]]:
    for top in map(Path.absolute, folders):
        yield top, True
        for folder, names, files in os.walk(top):
            names.sort()  # the same finds every time
            if step is not None:
                step(hunt.fraction, f"Looking in {folder}")
            yield from ((Path(folder, name), True) for name in names)
            yield from ((Path(folder, name), False) for name in sorted(files))


def _alike(name: str) -> str:
    """Names that are one on some system: case, and how accents are composed, do not count."""
    return unicodedata.normalize("NFC", name).casefold()


def _sha256(role: FileRole, path: str) -> str:
    """Of files whose hash is in the document; empty for others, or where it cannot be read."""
    try:
        return ASSET_ROLES[role].sha256(path) if role.is_hashed else ""
    except AvatarError:
        return ""
