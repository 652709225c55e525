"""The file a clip is recorded into: unbuffered, so that a killed process loses nothing written."""

from __future__ import annotations

import errno
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from avatar_core.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_OF_SYSTEMS = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""What systems put into folders by themselves."""


class ClipFile:
    """A file that is only ever appended to; each write reaches the system before it returns.

    It offers no seeking, which keeps a fragmented mp4 in the order in which it is played.

    Raises:
        OSError: from the constructor and from `write`.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)

    @property
    def closed(self) -> bool:
        return self._file.closed

    def write(self, data: bytes) -> int:
        # A disk that is nearly full takes part of the data without complaint.
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        return len(data)

    def close(self) -> None:
        if not self._file.closed:
            with suppress(OSError):  # a pipe or a network folder may not offer it
                os.fsync(self._file.fileno())
            self._file.close()


def check_place(path: Path, *, is_folder: bool, title: str = "") -> None:
    """Find out whether a film may take the place of what lies there, before work is put into it.

    A folder of pictures takes the place of an older one of its name, and of nothing else.

    Args:
        path: of the film.
        is_folder: whether it is a folder of pictures.
        title: how the names of its pictures begin; as the folder is called when left out.

    Raises:
        RecordingError: nothing can be written there, or something else would be lost.
    """
    check_writable(path, is_folder=is_folder)
    if is_folder and path.is_dir():
        own = re.compile(rf"{re.escape(title or path.name)}(_\d+\.(png|part)|\.wav)")
        others = sorted(file.name for file in path.iterdir() if not own.fullmatch(file.name))
        others = [name for name in others if name not in _OF_SYSTEMS]
        if others:
            raise RecordingError(
                f"The folder {path.name} holds other things than pictures of this film,"
                f" such as {others[0]:.60}.",
                "Choose a new name, or a folder that is empty.",
            )


def check_writable(path: Path, *, is_folder: bool = False) -> None:
    """Find out whether a clip can be recorded here, leaving what is there as it is.

    Args:
        path: of the file, or of a folder for pictures.
        is_folder: which of the two.

    Raises:
        RecordingError: it cannot.
    """
    trial = path / ".writable" if is_folder else path
    try:
        made = is_folder and not path.exists()
        if made:
            path.mkdir()
        existed = trial.exists()
        trial.open("ab").close()
        if not existed:
            trial.unlink(missing_ok=True)
        if made:
            path.rmdir()
    except OSError as reason:
        raise recording_error(path, reason) from reason


def recording_error(path: Path, reason: OSError) -> RecordingError:
    """The sentence and the hint for a clip that could not be written, or not to its end."""
    if reason.errno in _FULL:
        return RecordingError(
            f"Recording to {path.name} stopped because the disk is full.",
            "What was recorded until then can be played; free some space, or choose another disk.",
        )
    if path.is_dir() and reason.filename == str(path):
        return RecordingError(f"{path.name} is a folder, not a clip.", "Choose another name.")
    if path.is_file() and reason.errno == errno.ENOTDIR:
        return RecordingError(
            f"{path.name} is a file, not a folder for pictures.", "Choose another name."
        )
    if not path.parent.is_dir():
        return RecordingError(
            f"{path.name} cannot be recorded because the folder {path.parent} does not exist.",
            "Choose another folder.",
        )
    if reason.errno in _FORBIDDEN:
        return RecordingError(
            f"{path.name} cannot be recorded because {path.parent} may not be written to.",
            "Choose another folder, or change its permissions.",
        )
    return RecordingError(
        f"Recording to {path.name} stopped: {reason.strerror or reason}.",
        "What was recorded until then can be played; try another folder or another disk.",
    )
