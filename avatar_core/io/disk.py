"""The few calls that change files which must survive: one place, where tests let them fail."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Buffer

_BUFFER_BYTES = 1 << 20


class DiskFile(io.FileIO):
    """A file of which every write is one call of the system."""

    def write(self, data: Buffer, /) -> int:
        """Write what the system takes of it, which may be less than all."""
        return super().write(data)

    def truncate(self, size: int | None = None, /) -> int:
        return super().truncate(size)

    def write_all(self, data: bytes) -> None:
        """Write all of it.

        Raises:
            OSError: it cannot; a part of it may be there.
        """
        view = memoryview(data)
        while view:
            view = view[self.write(view) :]


def buffered(path: Path) -> BinaryIO:
    """A new file to be written in large pieces.

    Raises:
        OSError: it is there already, or cannot be made.
    """
    return cast("BinaryIO", io.BufferedWriter(DiskFile(path, "xb"), _BUFFER_BYTES))


def sync(handle: int) -> None:
    """Wait until everything written to a file is on the disk.

    Raises:
        OSError: it cannot be.
    """
    os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Make a rename in it survive a power cut, where the system can sync folders at all."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            sync(handle)
        finally:
            os.close(handle)


def replace(path: Path, target: Path) -> None:
    """Put a file in the place of another, in one step.

    Raises:
        OSError: it cannot be; both are as they were.
    """
    path.replace(target)


def remove(path: Path) -> None:
    """Remove a file, if it is there and can be removed."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
