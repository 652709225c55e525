"""Ledger: what was done, one checksummed line of JSON after the other, never written over."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError, RecordingError
from avatar_core.io import limits
from avatar_core.io.atomic import write_error
from avatar_core.io.reading import read_error

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project.plain import PlainData


class Ledger:
    """An append-only file of entries; each is on the disk when `append` returns.

    A line that a kill or a power cut left unfinished is cut off before the next one is written. A
    line whose checksum is wrong counts as never written: what it spoke of is done again.

    Args:
        path: of the file; made when the first entry comes.

    Raises:
        AssetError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = 0
        self.entries: list[PlainData] = []
        data = self._read()
        self._end = data.rfind(b"\n") + 1
        for line in data[: self._end].splitlines():
            entry = read_line(line)
            if entry is None:
                self.damaged += 1
            else:
                self.entries.append(entry)

    def append(self, entry: PlainData) -> None:
        """Write an entry of plain data.

        Raises:
            RecordingError: folder missing or not writable, disk full.
        """
        line = line_of(entry)
        try:
            with self.path.open("r+b" if self.path.exists() else "xb") as file:
                file.truncate(self._end)
                file.seek(self._end)
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as reason:
            raise write_error(self.path, reason, RecordingError) from reason
        self._end += len(line)
        self.entries.append(entry)

    def _read(self) -> bytes:
        try:
            if self.path.stat().st_size > limits.LEDGER_BYTES:
                raise AssetError(
                    f"{self.path.name} is too long to be a ledger.", "Choose another file."
                )
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as reason:
            raise read_error(self.path.name, reason) from reason


def line_of(entry: PlainData) -> bytes:
    """An entry as a line with its checksum."""
    text = json.dumps(entry, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return f"{_sum(text)} {text}\n".encode("ascii")


def read_line(line: bytes) -> PlainData | None:
    """The entry of a line, or None for one that is damaged."""
    try:
        checksum, _, text = line.decode("ascii").partition(" ")
        if checksum != _sum(text):
            return None
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
