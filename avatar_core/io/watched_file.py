"""A file that another program works on, reloaded whenever that program has saved it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MISSING_LOOKS = 4
"""Looks in a row at which a file is missing before it counts as deleted: many programs save by
taking the old file away before they put the new one in its place."""

UNREADABLE_LOOKS = 10
"""Looks at which a settled file cannot be read before that is told."""

_CHUNK = 1 << 20


class _Mark(NamedTuple):
    """What tells one state of a file from another without reading it."""

    changed_ns: int
    nbytes: int
    node: int


@dataclass(slots=True, eq=False)
class WatchedFile:
    """Looks at one file each time `look` is called, from a timer; nothing runs between.

    A file counts as saved when two looks in a row find it alike, and its content differs from what
    was taken over last. `on_change` may raise `AssetError` for a file that is written only half by
    then: it is asked again at the next looks.

    Args:
        path: the file; its content now, if there is any, is what the studio knows already.
        on_change: takes the file's new content over.
        on_trouble: told once when the file is deleted, or stays unreadable; a file that comes back
            or can be read again is taken over as before.
    """

    path: Path
    on_change: Callable[[Path], None]
    on_trouble: Callable[[AssetError], None]
    _known: str | None = field(init=False, default=None)
    _seen: _Mark | None = field(init=False, default=None)
    _done: _Mark | None = field(init=False, default=None)
    _missing: int = field(init=False, default=0)
    _failures: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.forget_changes()

    def forget_changes(self) -> None:
        """Take the content now for known: the studio has just written the file itself."""
        self._seen = self._done = _mark(self.path)
        self._known = _digest(self.path)
        self._missing = self._failures = 0

    def look(self) -> None:
        """See whether the file was saved, deleted, or neither."""
        before, self._seen = self._seen, _mark(self.path)
        if self._seen is None:
            self._miss()
            return
        self._missing = 0
        if self._seen != before:
            self._failures = 0
        elif self._seen != self._done:
            self._take_over()

    def _miss(self) -> None:
        self._done = None
        self._missing += 1
        if self._missing == MISSING_LOOKS:
            self.on_trouble(
                AssetError(
                    f"{self.path.name} was deleted; the layer stays as it is.",
                    "Put the file back, or edit the layer in the other program anew.",
                )
            )

    def _take_over(self) -> None:
        """Hand a settled file on, unless it was saved as it was."""
        mark, digest = self._seen, _digest(self.path)
        if digest is None or _mark(self.path) != mark:
            return
        if digest != self._known:
            try:
                self.on_change(self.path)
            except AssetError as error:
                self._failures += 1
                if self._failures == UNREADABLE_LOOKS:
                    self._done = mark
                    self.on_trouble(error)
                return
        self._known, self._done, self._failures = digest, mark, 0


def _mark(path: Path) -> _Mark | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return _Mark(status.st_mtime_ns, status.st_size, status.st_ino)


def _digest(path: Path) -> str | None:
    sink = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                sink.update(chunk)
    except OSError:
        return None
    return sink.hexdigest()
