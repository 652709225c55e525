"""A disk of which one call fails, or all from one on: full, broken, or gone with the program."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from avatar_core.io import disk

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


class Killed(BaseException):
    """The program is gone: nothing it would still do happens."""


class Fault(Enum):
    FULL = errno.ENOSPC
    BROKEN = errno.EIO
    KILL = 0


@dataclass
class FaultyDisk:
    """Counts the calls that change the disk, and lets some fail.

    Args:
        fault: how.
        first: number of the first call that fails; 0 for none.
        lasts: whether all after it fail too; after a kill they always do.
    """

    fault: Fault = Fault.FULL
    first: int = 0
    lasts: bool = False
    calls: list[str] = field(default_factory=list)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        wrap = self._wrapped
        write = disk.DiskFile.write
        monkeypatch.setattr(disk.DiskFile, "write", wrap("write", write, half=True))
        monkeypatch.setattr(disk.DiskFile, "truncate", wrap("truncate", disk.DiskFile.truncate))
        monkeypatch.setattr(disk.DiskFile, "__init__", wrap("open", disk.DiskFile.__init__))
        for name in ("sync", "replace", "remove"):
            monkeypatch.setattr(disk, name, wrap(name, getattr(disk, name)))

    def mend(self) -> None:
        """All works again, as after a restart."""
        self.first = 0

    def _wrapped(self, name: str, call: Callable[..., Any], half: bool = False) -> Any:
        def guarded(*arguments: Any, **options: Any) -> Any:
            self.calls.append(name)
            at = len(self.calls)
            is_over = self.lasts or self.fault is Fault.KILL
            if self.first and (at == self.first or (is_over and at > self.first)):
                if half and at == self.first:
                    data = memoryview(arguments[1]).cast("B")
                    call(arguments[0], data[: len(data) // 2])
                if self.fault is Fault.KILL:
                    raise Killed
                if name != "remove":
                    raise OSError(self.fault.value, os.strerror(self.fault.value))
            return call(*arguments, **options)

        return guarded
