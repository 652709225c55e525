"""Snapshots: earlier versions of projects, which the studio keeps by itself."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from avatar_core.io import disk

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIX = ".studio"
_NAME = "%Y-%m-%d_%H-%M-%S"
_UNSAVED = "untitled"
_LETTERS = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One earlier version.

    Args:
        path: the file, an ordinary project.
        time_s: when it was made, seconds since 1970.
        nbytes: its size.
    """

    path: Path
    time_s: float
    nbytes: int


@dataclass(frozen=True, slots=True)
class SnapshotShelf:
    """A folder with a folder for each project; those that have no file share one.

    Args:
        folder: with the user's data; made when it is first needed.
    """

    folder: Path

    def of(self, project: Path | None) -> tuple[Snapshot, ...]:
        """The versions of a project, newest first."""
        found = []
        try:
            for path in self.home(project).glob(f"*{_SUFFIX}"):
                status = path.stat()
                found.append(Snapshot(path, status.st_mtime, status.st_size))
        except OSError:
            return ()
        return tuple(sorted(found, key=lambda each: (each.time_s, each.path.name), reverse=True))

    def place(self, project: Path | None) -> Path:
        """Where a version made now belongs; its folder is there.

        Raises:
            OSError: the folder cannot be made.
        """
        home = self.home(project)
        home.mkdir(parents=True, exist_ok=True)
        name = datetime.now().astimezone().strftime(_NAME)
        others = (f"{name}_{number}" for number in range(2, 1000))
        free = (each for each in (name, *others) if not (home / f"{each}{_SUFFIX}").exists())
        return home / f"{next(free, name)}{_SUFFIX}"

    def trim(self, project: Path | None, keep: int) -> None:
        """Remove all but the newest versions of a project."""
        for each in self.of(project)[max(keep, 1) :]:
            disk.remove(each.path)

    def home(self, project: Path | None) -> Path:
        """The folder of a project's versions."""
        if project is None:
            return self.folder / _UNSAVED
        key = hashlib.sha256(os.fsencode(str(project))).hexdigest()[:12]
        return self.folder / f"{_LETTERS.sub('_', project.stem)[:40]}-{key}"
