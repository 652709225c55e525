"""AvatarShelf: from the reference in a project to the avatar itself."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError
from avatar_core.io.avatar_file import load_avatar
from avatar_core.project import is_bundled
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from avatar_core.project import AvatarAsset

_BUNDLED = re.compile(r"demo:([a-z0-9_-]+)")
_MOST_KEPT = 3


class AvatarShelf:
    """Loads avatars by reference and keeps the latest few, so that undo does not read files again.

    Safe for any number of threads: a worker can load what the GUI thread asks for next.

    Args:
        read: reads one avatar file.
    """

    def __init__(self, read: Callable[[Path], AvatarAsset] = load_avatar) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Path, int, int], AvatarAsset] = OrderedDict()

    def load(self, reference: str) -> AvatarAsset:
        """The avatar of a reference: `demo:NAME` or a path.

        Raises:
            AssetError: there is no such avatar, or its file cannot be read.
            ProjectFormatError: the file is not an avatar, or from a newer release.
        """
        path = avatar_path(reference)
        with self._lock:
            status = _status(path)
            key = (path, status.st_size, status.st_mtime_ns)
            if key not in self._kept:
                self._kept[key] = self._read(path)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]


def avatar_path(reference: str) -> Path:
    """The file of a reference.

    Raises:
        AssetError: no bundled avatar has this name.
    """
    if not is_bundled(reference):
        return Path(reference)
    bundled = _BUNDLED.fullmatch(reference)
    if bundled is None:
        raise AssetError(
            f"No avatar called {reference!r:.60} comes with the studio.",
            "Choose one in the library.",
        )
    return resource_path("demo", f"{bundled[1]}.avatar")


def avatar_sha256(reference: str) -> str:
    """Hash of the file of a reference; empty for a bundled avatar, which comes with the release.

    Raises:
        AssetError: the file is not there or cannot be read.
    """
    path = avatar_path(reference)
    if is_bundled(reference):
        return ""
    _status(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as reason:
        raise AssetError(
            f"The avatar {path.name} could not be read: {reason.strerror or reason}.",
            "Check that the disk is connected and that you may read the file.",
        ) from reason


def expect_avatar(reference: str, sha256: str) -> None:
    """Check that an avatar is where a project expects it and still the same.

    Raises:
        AssetError: it was moved, or it has changed.
    """
    found = avatar_sha256(reference)
    if sha256 and found != sha256:
        raise AssetError(
            f"The avatar {Path(reference).name} has changed since this project was saved.",
            "If that was not intended, choose the earlier file in the library.",
        )


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except (OSError, ValueError) as reason:
        raise AssetError(
            f"The avatar {path.name} was not found in {path.parent}.",
            "Was it moved or renamed? Choose it again in the library.",
        ) from reason
