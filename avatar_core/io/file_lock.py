"""Locks on open files: whoever holds one is a program that still runs, since its end frees them."""

from __future__ import annotations

import sys
from typing import IO, Any

_FAR = 1 << 40
"""Where Windows locks a byte: one that nobody reads, since locks there keep readers out."""


def try_lock(file: IO[Any]) -> bool:
    """Lock an open file until it is closed. False when another open file has the lock.

    File systems that know no locks grant every one.
    """
    if sys.platform == "win32":
        import msvcrt

        place = file.tell()
        try:
            file.seek(_FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(place)
        return True
    import fcntl

    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
