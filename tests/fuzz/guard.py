"""What one case may do: no code, no network, no files elsewhere; bounded in time and memory."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_TICK_S = 1.0
_MOST_TICKS = 30
"""Seconds of a case in which this process was let run; a pause of the machine counts as one."""

_ADDRESS_SPACE = 6 << 30
"""More than this beyond what is in use is refused by the system, whatever a header claims."""

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_STARTS = {
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
    "os.forkpty", "pty.spawn", "os.startfile", "webbrowser.open",
}  # fmt: skip
_NETWORK = {
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.sendto", "urllib.Request",
}  # fmt: skip
_CHANGES = {
    "os.remove": 1, "os.rename": 2, "os.mkdir": 1, "os.rmdir": 1, "os.symlink": 2, "os.link": 2,
    "os.chmod": 1, "os.truncate": 1, "shutil.rmtree": 1, "shutil.move": 2, "shutil.copyfile": 2,
}  # fmt: skip
"""Events that change files, and how many paths they name."""

_REMOVALS = ("os.remove", "os.rmdir")
"""Those of `_CHANGES` that `shutil.rmtree` causes, by names within an open folder."""


class TooSlow(BaseException):
    """A case ran beyond its limit; no reader catches it."""


class _Forbidden(RuntimeError):
    """Stops what a case must not do."""


@dataclass(slots=True)
class Spent:
    """What a case took, and what it tried that it must not."""

    cpu_s: float = 0.0
    memory_bytes: int = 0
    forbidden: list[str] = field(default_factory=list)


class Guard:
    """Watches cases, one at a time, in this process. There is one; its hooks stay to the end.

    Args:
        folder: the only one that cases may write to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = os.path.realpath(folder) + os.sep
        self._now: Spent | None = None
        self._limit_s = 0.0
        self._start_s = 0.0
        self._ticks = 0
        self._free = 0
        self._peak = _Peak()
        sys.addaudithook(self._heard)
        signal.signal(signal.SIGALRM, self._ticked)

    def __enter__(self) -> Self:
        import resource  # Windows has none, and imports what else is in here

        self._free, hard = resource.getrlimit(resource.RLIMIT_AS)
        used = status_bytes("VmSize:")
        if used:
            resource.setrlimit(resource.RLIMIT_AS, (used + _ADDRESS_SPACE, hard))
        return self

    def __exit__(self, *_: object) -> None:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (self._free, hard))

    @contextmanager
    def case(self, cpu_s: float) -> Iterator[Spent]:
        """While one case runs; raises `TooSlow` within it when it takes longer than it may."""
        spent = Spent()
        self._ticks, self._limit_s = 0, cpu_s
        self._peak.start()
        self._start_s = time.process_time()
        signal.setitimer(signal.ITIMER_REAL, _TICK_S, _TICK_S)
        self._now = spent
        try:
            yield spent
        finally:
            self._now = None
            signal.setitimer(signal.ITIMER_REAL, 0)
            spent.cpu_s = time.process_time() - self._start_s
            spent.memory_bytes = self._peak.grown()

    def _ticked(self, _signal: int, _frame: FrameType | None) -> None:
        self._ticks += 1
        if self._now is None:
            return
        if time.process_time() - self._start_s > self._limit_s or self._ticks > _MOST_TICKS:
            self._now.forbidden.append("ran too long")
            raise TooSlow

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        spent = self._now
        if spent is None:
            return
        complaint = self._complaint(event, arguments)
        if complaint:
            spent.forbidden.append(complaint)
            raise _Forbidden(complaint)

    def _complaint(self, event: str, arguments: tuple[Any, ...]) -> str:
        if event in _STARTS or event in _NETWORK:
            return f"{event}{arguments!r:.200}"
        if event == "pickle.find_class":
            return f"unpickled {arguments!r:.200}"
        if event == "open":
            return self._complaint_of_open(*arguments)
        if event in _CHANGES:
            paths = arguments[: _CHANGES[event]]
            if event in _REMOVALS:
                paths = [_placed(*arguments)]
            outside = [path for path in paths if not self._is_inside(path)]
            return f"{event} of {outside[0]!r:.200}" if outside else ""
        return ""

    def _complaint_of_open(self, path: Any, mode: Any, flags: Any) -> str:
        writes = bool(flags & _WRITES) if isinstance(flags, int) else False
        writes = writes or (isinstance(mode, str) and any(letter in mode for letter in "wax+"))
        if not writes or isinstance(path, int) or self._is_inside(path):
            return ""
        return f"opened {path!r:.200} for writing"

    def _is_inside(self, path: Any) -> bool:
        try:
            text = os.fsdecode(path)
        except TypeError:
            return True
        return text == os.devnull or os.path.realpath(text).startswith(self._folder)


def _placed(path: Any, folder: int) -> Any:
    """A path as a removal means it: from an open folder, if the number of one comes with it."""
    if folder < 0:
        return path
    with suppress(OSError):
        return Path(f"/proc/self/fd/{folder}").readlink() / path
    return path


class _Peak:
    """Highest resident memory since `start`, by Linux's own count; 0 elsewhere."""

    def __init__(self) -> None:
        self._before = 0
        try:
            self._reset = os.open("/proc/self/clear_refs", os.O_WRONLY)
        except OSError:
            self._reset = -1

    def start(self) -> None:
        if self._reset >= 0:
            os.pwrite(self._reset, b"5", 0)
            self._before = status_bytes("VmRSS:")

    def grown(self) -> int:
        return max(0, status_bytes("VmHWM:") - self._before) if self._reset >= 0 else 0


def status_bytes(name: str) -> int:
    """A line of `/proc/self/status` in bytes; 0 where there is none."""
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    start = text.find(name)
    return 0 if start < 0 else int(text[start + len(name) :].split(None, 1)[0]) * 1024
