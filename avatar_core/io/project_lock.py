"""ProjectLock: a file beside a project that says which studio has it open.

It holds who that is, and its time of change is the holder's heartbeat: whoever falls silent, or
whose program has ended on this machine, has the project no longer. A lock keeps nobody from
writing; studios ask it before they do.
"""

from __future__ import annotations

import contextlib
import errno
import getpass
import hashlib
import json
import os
import secrets
import socket
import sys
import time
import uuid
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

from avatar_core.errors import AssetError, ProjectFormatError
from avatar_core.project.plain import Fields

HEARTBEAT_S = 15.0
"""How often a holder says that it is still there."""

SILENT_S = 120.0
"""A holder on another machine that said nothing for so long is gone."""

_FORMAT = "avatar-studio-lock"
_MOST_BYTES = 4_096
_LONGEST_NAME_BYTES = 255
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_ENDED = "ended"
"""Of programs that have ended, and that nobody has asked for their result yet."""

_held: set[str] = set()
"""Ids of the locks of this process."""


class LockState(Enum):
    """What became of a lock that was asked for."""

    FREE = "free"
    """Nobody has it: not asked for yet, or given back."""
    OURS = "ours"
    TAKEN = "taken"
    """Another studio has it."""
    IMPOSSIBLE = "impossible"
    """There can be none: a folder that cannot be written to, or that knows no such files."""


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Which studio has a project open.

    Args:
        id: of the lock; no two are alike.
        host: name of the machine.
        machine: what tells machines of one name apart.
        user: who is logged in there.
        pid: number of the program there.
        started: when that program started, in terms of the system; empty where it does not tell.
        since_s: seconds since 1970, by the clock there.
    """

    id: str
    host: str
    machine: str
    user: str
    pid: int
    started: str
    since_s: float

    @property
    def words(self) -> str:
        """Who that is, as one says it: "ann on studio-3, since 14:05"."""
        since = time.localtime(self.since_s)
        is_today = since[:3] == time.localtime()[:3]
        when = time.strftime("%H:%M" if is_today else "%d %B, %H:%M", since)
        return f"{self.user or 'somebody'} on {self.host or 'another machine'}, since {when}"


class ProjectLock:
    """The lock of one project. Used from one thread, but for `is_still_ours`.

    Args:
        project: the project's file; links to it share one lock.
    """

    def __init__(self, project: Path | str) -> None:
        self.project = Path(project).absolute()
        self._path = lock_path(self.project)
        self._holder: LockHolder | None = None
        self._state = LockState.FREE

    @property
    def state(self) -> LockState:
        """What is known by the last call."""
        return self._state

    def holder(self) -> LockHolder | None:
        """The other studio that has the project open now, or None."""
        found = self._read()
        if found is None or found.id in _held or _is_gone(found, self._silence_s()):
            return None
        return found

    def acquire(self, take_over: bool = False) -> LockHolder | None:
        """Take the lock; one whose holder is gone is taken over silently.

        Args:
            take_over: whoever has it.

        Returns:
            The other studio that has it and keeps it; None when it is ours, or impossible.
        """
        other = self.holder()
        if other is not None and not take_over:
            self._state = LockState.TAKEN
            return other
        mine = _this_studio()
        draft = self._path.with_name(f".{mine.id}.tmp")
        try:
            draft.write_text(json.dumps({"format": _FORMAT, "version": 1, **asdict(mine)}))
            if not self._put_first(draft):
                rival = None if take_over else self.holder()
                if rival is not None:  # it came in between
                    self._state = LockState.TAKEN
                    return rival
                draft.replace(self._path)
        except OSError:
            self._state = LockState.IMPOSSIBLE
            return None
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
        self._holder, self._state = mine, LockState.OURS
        _held.add(mine.id)
        return None

    def beat(self) -> LockState:
        """Say that this studio is still there, and see whether it still has the lock."""
        if self._holder is None:
            return self._state
        found = self._read()
        if found is None:  # removed by hand, or the folder is away for a moment
            self._state = LockState.OURS
            if self._path.parent.is_dir() and not self._path.exists():
                _held.discard(self._holder.id)
                self.acquire()
        elif found.id != self._holder.id:
            self._state = LockState.TAKEN
        else:
            self._state = LockState.OURS
            with contextlib.suppress(OSError):
                os.utime(self._path)
        return self._state

    def is_still_ours(self) -> bool:
        """Whether no other studio has taken the lock; may be asked on any thread."""
        holder = self._holder
        found = None if holder is None else self._read()
        return holder is None or found is None or found.id == holder.id

    def release(self) -> None:
        """Give the lock back, if it is still ours."""
        holder, self._holder = self._holder, None
        self._state = LockState.FREE
        if holder is None:
            return
        _held.discard(holder.id)
        found = self._read()
        if found is not None and found.id == holder.id:
            with contextlib.suppress(OSError):
                self._path.unlink()

    def _put_first(self, draft: Path) -> bool:
        """Put a lock where there is none; of two that try at once, one does."""
        try:
            os.link(draft, self._path)
        except (OSError, NotImplementedError):  # there is one, or the disk knows no links
            return False
        return True

    def _read(self) -> LockHolder | None:
        try:
            with self._path.open("rb") as file:
                fields = Fields(json.loads(file.read(_MOST_BYTES)), "lock")
            if fields.text("format") != _FORMAT:
                return None
            return LockHolder(
                id=fields.text("id", least=1),
                host=_tidy(fields.text("host")),
                machine=fields.text("machine"),
                user=_tidy(fields.text("user")),
                pid=fields.whole("pid", 0, 1 << 40),
                started=fields.text("started"),
                since_s=fields.number("since_s", 0.0, 1e11),
            )
        except (OSError, ValueError, RecursionError, ProjectFormatError):
            return None  # a lock that nobody can read is nobody's

    def _silence_s(self) -> float:
        """How long the holder has said nothing, by the clock of the disk that the lock lies on."""
        probe = self._path.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            changed_s = self._path.stat().st_mtime
            probe.touch(exist_ok=False)
            now_s = probe.stat().st_mtime
        except OSError:
            now_s = time.time()
            with contextlib.suppress(OSError):
                return now_s - self._path.stat().st_mtime
            return 0.0
        finally:
            with contextlib.suppress(OSError):
                probe.unlink(missing_ok=True)
        return now_s - changed_s


def expect_free(project: Path) -> None:
    """Refuse where another studio has a project open now; locks of this program do not count.

    Raises:
        AssetError: it has.
    """
    holder = ProjectLock(project).holder()
    if holder is not None:
        raise AssetError(
            f"{project.name} was not saved, because another studio has it: {holder.words}.",
            "Close it there, or save under another name.",
        )


def lock_path(project: Path) -> Path:
    """Where the lock of a project lies."""
    real = Path(os.path.realpath(project))
    name = f".{real.name}.lock"
    if len(os.fsencode(name)) > _LONGEST_NAME_BYTES:
        name = f".{hashlib.sha256(os.fsencode(real.name)).hexdigest()[:32]}.lock"
    return real.with_name(name)


def is_read_only(folder: Path) -> bool:
    """Whether a folder is there and cannot be written to."""
    probe = folder / f".{secrets.token_hex(8)}.tmp"
    try:
        probe.touch(exist_ok=False)
    except OSError as reason:
        return reason.errno in _FORBIDDEN
    with contextlib.suppress(OSError):
        probe.unlink()
    return False


def _this_studio() -> LockHolder:
    user = ""
    with contextlib.suppress(OSError, KeyError, ImportError):
        user = getpass.getuser()
    pid = os.getpid()
    return LockHolder(
        id=secrets.token_hex(16),
        host=socket.gethostname(),
        machine=_machine(),
        user=user,
        pid=pid,
        started=_started(pid),
        since_s=time.time(),
    )


def _machine() -> str:
    return f"{uuid.getnode():012x}"


def _is_gone(holder: LockHolder, silence_s: float) -> bool:
    if (holder.host, holder.machine) != (socket.gethostname(), _machine()):
        return silence_s > SILENT_S
    if holder.pid == os.getpid():
        return holder.id not in _held
    return not _is_running(holder.pid, holder.started)


def _is_running(pid: int, started: str) -> bool:
    """Whether a program of this machine runs that has this number and started then."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        import ctypes

        process = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        if process:
            ctypes.windll.kernel32.CloseHandle(process)
        return bool(process)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # it runs, and belongs to somebody else
    now = _started(pid)
    return now != _ENDED and (not (started and now) or started == now)


def _started(pid: int) -> str:
    """When a program started, in ticks since the machine did; empty where the system is silent."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        state, *rest = stat.rpartition(")")[2].split()
        return _ENDED if state in "ZX" else rest[18]
    except (OSError, IndexError, ValueError):
        return ""


def _tidy(text: str) -> str:
    return "".join(letter for letter in text[:60] if letter.isprintable())
