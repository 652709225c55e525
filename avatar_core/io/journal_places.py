"""Where journals lie: beside their project, or with the user's data where that cannot be."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from avatar_core.io.journal import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LONGEST_NAME = 240
"""Bytes of a file's name that every system takes, with room for what is put around it."""

_UNSAVED = "untitled-"
_ASIDE = "kept-"


@dataclass(frozen=True, slots=True)
class JournalPlaces:
    """The folder for journals of projects that have no file, or whose folder cannot be written.

    Args:
        folder: with the user's data; made when it is first needed.
    """

    folder: Path

    def of(self, project: Path) -> tuple[Path, Path]:
        """Where the journal of a project belongs, and where it is if that cannot be written."""
        name = f".{project.name}{SUFFIX}"
        key = hashlib.sha256(os.fsencode(str(project))).hexdigest()[:16]
        if len(os.fsencode(name)) > _LONGEST_NAME:
            name = f".{key}{SUFFIX}"
        return project.with_name(name), self.folder / f"project-{key}{SUFFIX}"

    def another(self, project: Path) -> Path:
        """A place for the journal of a project of which another studio writes one."""
        first = self.of(project)[1]
        return first.with_name(f"{first.name.removesuffix(SUFFIX)}-{secrets.token_hex(4)}{SUFFIX}")

    def of_project(self, project: Path) -> tuple[Path, ...]:
        """The journals of a project that there are, oldest first."""
        beside, elsewhere = self.of(project)
        stem = elsewhere.name.removesuffix(SUFFIX)
        here = (beside,) if beside.is_file() else ()
        return _by_age(chain(here, self.folder.glob(f"{stem}*{SUFFIX}")))

    def new(self) -> Path:
        """A place for the journal of a project that has no file."""
        return self.folder / f"{_UNSAVED}{secrets.token_hex(8)}{SUFFIX}"

    def unsaved(self) -> tuple[Path, ...]:
        """Journals of projects that have no file, oldest first."""
        return _by_age(self.folder.glob(f"{_UNSAVED}*{SUFFIX}"))

    def aside(self, journal: Path) -> Path:
        """Where a journal is kept that nobody wants, or can use, for now."""
        stem = journal.name.removesuffix(SUFFIX).strip(".")[:80]
        moment = datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")
        return self.folder / f"{_ASIDE}{moment}_{secrets.token_hex(3)}_{stem}{SUFFIX}"

    def kept(self) -> tuple[Path, ...]:
        """Journals that were put aside, oldest first."""
        return _by_age(self.folder.glob(f"{_ASIDE}*{SUFFIX}"))


def _by_age(paths: Iterable[Path]) -> tuple[Path, ...]:
    times_s: dict[Path, float] = {}
    with suppress(OSError):
        for path in paths:
            with suppress(OSError):  # one that another studio has just removed hides no others
                times_s[path] = path.stat().st_mtime
    return tuple(sorted(times_s, key=times_s.__getitem__))
