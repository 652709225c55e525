"""What a project has to offer for a rendered film."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from avatar_core.recording.film_format import FORMATS, FilmFormat

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from avatar_core.project import CameraBookmark

_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_MOST_BYTES = 160
"""Of a name; disks take 255, and what grows beside a film is called after it."""


@dataclass(frozen=True, slots=True)
class RenderSource:
    """Something that can be rendered.

    Args:
        title: what the user calls it.
        take: id of the take; empty for something else.
        duration_s: of it; None where only tracking tells.
        fps: its own rate; None likewise.
        drive: what drives the avatar, where that is no take.
    """

    title: str
    take: str = ""
    duration_s: float | None = None
    fps: float | None = None
    drive: str = ""


@dataclass(frozen=True, slots=True)
class RenderOffer:
    """What the project has to offer.

    Args:
        sources: the most likely one first; at least one.
        view: what the viewport shows.
        bookmarks: of the project, by id.
        has_portraits: whether any performs.
        folder: where films go.
        name: of the project.
        formats: what this machine can write.
        promised: films that are queued but not there yet.
    """

    sources: Sequence[RenderSource]
    view: CameraBookmark
    bookmarks: dict[str, CameraBookmark]
    has_portraits: bool
    folder: Path
    name: str
    formats: Sequence[FilmFormat] = tuple(FORMATS.values())
    promised: frozenset[Path] = frozenset()

    def is_taken(self, path: Path) -> bool:
        """Whether a film would replace another one."""
        try:
            return path.exists() or path in self.promised
        except OSError:  # a name that is too long for the disk
            return False

    def free_path(self, title: str, suffix: str) -> Path:
        """Where a film of that title replaces nothing."""
        stem = _UNFIT.sub("_", title).encode()[:_MOST_BYTES].decode(errors="ignore").strip(" .")
        stem = stem or self.name
        path, at = self.folder / f"{stem}{suffix}", 2
        while self.is_taken(path):
            path, at = self.folder / f"{stem} {at}{suffix}", at + 1
        return path
