"""One process at a time works in a folder: a lock that the system drops with its process."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from avatar_core.errors import RecordingError
from avatar_core.io.atomic import write_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def working_alone(path: Path, what: str) -> Iterator[None]:
    """Hold a lock file while something is being worked on; the file stays.

    Args:
        path: of the lock file; its folder is made if need be.
        what: is worked on, for the sentence.

    Raises:
        RecordingError: another process works on it, or the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as reason:
        raise write_error(path, reason, RecordingError) from reason
    try:
        if not _is_locked(descriptor):
            raise RecordingError(
                f"{what} is being rendered by another process already.",
                "Wait for it, or stop it first.",
            )
        yield
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    """Lock an open file until it is closed. Returns whether that could be done."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
