"""While a bench measures, training waits: an advisory lock that both know.

The system drops the lock with the process that holds it, so a bench that was killed holds up
nobody.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import platformdirs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Status = TypeVar("_Status")

_log = logging.getLogger(__name__)

_POLL_S = 0.02
_PATIENCE_S = 2.0
_BENCH_POLL_S = 0.5


def lock_path() -> Path:
    """The user's lock file; it stays, what counts is whether it is locked."""
    return Path(platformdirs.user_state_dir("avatar-studio")) / "bench.lock"


@contextmanager
def bench_lock(path: Path | None = None) -> Iterator[None]:
    """Hold the lock while measuring.

    Where it cannot be had (no such folder can be made, another bench has it) the bench goes on
    without: training would disturb the numbers, and nothing else.
    """
    with contextlib.ExitStack() as stack:
        try:
            descriptor = _open(path or lock_path(), create=True)
        except OSError as error:
            _log.warning("Training will not wait for this bench: %s", error)
        else:
            stack.callback(os.close, descriptor)
            deadline = time.monotonic() + _PATIENCE_S
            while not _try_lock(descriptor, alone=True):
                if time.monotonic() > deadline:
                    _log.warning("Another bench is running: the numbers will disturb each other")
                    break
                time.sleep(_POLL_S)
        yield


def bench_is_running(path: Path | None = None) -> bool:
    """Whether a bench holds the lock; takes some microseconds."""
    try:
        descriptor = _open(path or lock_path(), create=False)
    except OSError:
        return False
    try:
        return not _try_lock(descriptor, alone=False)
    finally:
        os.close(descriptor)


def giving_way(report: Callable[[_Status], None]) -> Callable[[_Status], None]:
    """Report, then wait while a bench measures; still reporting, so that it can be cancelled."""

    def report_and_wait(status: _Status) -> None:
        report(status)
        while bench_is_running():
            time.sleep(_BENCH_POLL_S)
            report(status)

    return report_and_wait


def _open(path: Path, *, create: bool) -> int:
    if not create:
        return os.open(path, os.O_RDWR)
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _try_lock(descriptor: int, *, alone: bool) -> bool:
    """Lock an open file until it is closed; not `alone`, several may have it where that exists."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
