"""Journal: a file to which everything that happens to a document is appended.

    8 bytes     AVJRNL and a line end, so that transfers as text are noticed
    frame       the header: plain data as JSON
    frame ...   what happened, in order

A frame is 16 bytes and a payload: a mark, what it is, the length of the payload, its CRC-32 and
the CRC-32 of those 12 bytes, all little-endian. Entries are written by one call of the system
each, so a killed program loses none; a power cut loses what was not synced yet. A frame that is cut
off at the end, or never reached the disk, was on its way when that happened and is no damage.
"""

from __future__ import annotations

import json
import struct
import threading
import zlib
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, BinaryIO, Self

from avatar_core.errors import ProjectFormatError
from avatar_core.io import disk, limits
from avatar_core.io.file_lock import try_lock
from avatar_core.io.reading import read_error
from avatar_core.project.plain import Fields, damaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SUFFIX = ".journal"
FORMAT = "avatar-studio journal"
VERSION = 1

_MAGIC = b"AVJRNL\r\n"
_MARK = b"JE"
_FRAME = struct.Struct("<2sHIII")
_CHECKED = 12
_PIECE_BYTES = 1 << 20


class JournalOp(IntEnum):
    """What a frame tells."""

    HEADER = 0
    PUSH = 1
    JUMP = 2
    BEGIN = 3
    END = 4
    CANCEL = 5
    MARK = 6
    """A save begins with the document as it is here."""
    SAVED = 7
    """That save is complete, and about to take its place."""


@dataclass(frozen=True, slots=True)
class JournalHeader:
    """What a journal starts from.

    Args:
        project: the file, absolute; empty for a new project.
        state: what was in that file, see `saved_state`; empty for a new project.
        is_copy: the project was opened as one that has no file yet.
    """

    project: str = ""
    state: str = ""
    is_copy: bool = False

    def to_bytes(self) -> bytes:
        values = {
            "format": FORMAT,
            "version": VERSION,
            "project": self.project,
            "state": self.state,
            "is_copy": self.is_copy,
        }
        return json.dumps(values, sort_keys=True).encode("ascii")

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The header of such bytes.

        Raises:
            ProjectFormatError: damaged, or from a newer release.
        """
        try:
            fields = Fields(json.loads(data), "journal")
        except (ValueError, RecursionError) as reason:
            raise damaged("the header of a journal is not readable JSON") from reason
        if fields.text("format") != FORMAT:
            raise damaged("a journal is of another kind")
        if fields.whole("version", 1, 1 << 30) > VERSION:
            raise ProjectFormatError(
                "The journal of unsaved changes was written by a newer release.",
                "Open the project with that release.",
            )
        return cls(fields.text("project"), fields.text("state"), fields.flag("is_copy"))


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """Where one thing that happened stands in the file.

    Args:
        op: what it is.
        start: offset of its frame, bytes.
        nbytes: of the payload.
    """

    op: JournalOp
    start: int
    nbytes: int

    @property
    def end(self) -> int:
        return self.start + _FRAME.size + self.nbytes


class JournalWriter:
    """Appends to a journal, which no other writer can open meanwhile. May be used by two threads.

    Args:
        file: open for reading and writing, and locked.
        path: where it lies.
        end: offset behind the last entry; what lies beyond is cut off.
    """

    def __init__(self, file: disk.DiskFile, path: Path, end: int) -> None:
        self.path = path
        self._file = file
        self._end = end
        self._is_torn = True
        self._is_synced = False
        self._lock = threading.Lock()

    @classmethod
    def create(cls, path: Path, header: JournalHeader) -> Self:
        """Begin a journal; what it starts from is on the disk before the first entry.

        Raises:
            OSError: the file is there already, or cannot be written.
        """
        file = disk.DiskFile(path, "xb+")
        try:
            try_lock(file)
            file.write_all(_MAGIC + _framed(JournalOp.HEADER, (header.to_bytes(),)))
        except BaseException:
            file.close()
            disk.remove(path)
            raise
        return cls(file, path, file.tell())

    @classmethod
    def resume(cls, path: Path, end: int) -> Self | None:
        """Go on with a journal that was read up to `end`; None while another studio has it.

        Raises:
            OSError: it cannot be opened for writing.
        """
        file = disk.DiskFile(path, "rb+")
        if not try_lock(file):
            file.close()
            return None
        return cls(file, path, end)

    @property
    def nbytes(self) -> int:
        """Size of the file."""
        return self._end

    def append(self, op: JournalOp, chunks: Iterable[bytes | memoryview] = ()) -> None:
        """Write one entry; when this returns, no kill can take it away.

        Raises:
            OSError: it cannot be written; the journal ends where it did.
            ValueError: the payload is larger than an entry can be.
        """
        frame = _framed(op, chunks)
        with self._lock:
            if self._file.closed:  # another was to take its place, and could not
                self._open()
            if self._is_torn:
                self._file.truncate(self._end)
                self._is_torn = False
            self._file.seek(self._end)
            self._is_torn = True
            self._file.write_all(frame)
            self._is_torn = False
            self._end += len(frame)
            self._is_synced = False

    def copy_from(self, source: Path, start: int, end: int) -> None:
        """Append entries of another journal as they are.

        Args:
            source: that journal.
            start: offset of the first of them, bytes.
            end: offset behind the last.

        Raises:
            OSError: one of the files cannot be read or written.
        """
        with source.open("rb") as file, self._lock:
            self._file.truncate(self._end)
            self._file.seek(self._end)
            for piece in _pieces(file, start, end):
                self._file.write_all(piece)
            self._end = self._file.tell()
            self._is_torn = self._is_synced = False

    def move_to(self, path: Path) -> None:
        """Take another place, and that of whatever lies there.

        Raises:
            OSError: it cannot; the file stays where it was.
        """
        with self._lock:
            self._file.close()  # Windows moves no open files
            disk.replace(self.path, path)
            self.path = path
            with suppress(OSError):  # else the next entry opens it
                self._open()

    def sync(self) -> None:
        """Make what was written survive a power cut. Meant for another thread.

        Raises:
            OSError: the disk fails.
        """
        file = self._file
        is_needless = self._is_synced or file.closed  # which may change while it is synced
        if is_needless:
            return
        self._is_synced = True
        try:
            disk.sync(file.fileno())
        except (OSError, ValueError):
            if file.closed:  # meanwhile: saved or discarded, so nothing in it is needed
                return
            self._is_synced = False
            raise

    def close(self) -> None:
        """Leave the file to whoever comes next."""
        with self._lock:
            self._file.close()

    def discard(self) -> None:
        """Close and remove the file: nothing in it is needed any more."""
        self.close()
        disk.remove(self.path)

    def _open(self) -> None:
        self._file = disk.DiskFile(self.path, "rb+")
        try_lock(self._file)


class JournalReader:
    """Reads a journal that anyone may have written; a frame at a time, so any length will do.

    Args:
        path: the file.

    Raises:
        AssetError: it is missing or cannot be read from the disk.
        ProjectFormatError: no journal, its header is damaged, or it is from a newer release.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._read(file)
        except OSError as reason:
            raise read_error(path.name, reason) from reason

    @property
    def header(self) -> JournalHeader:
        return self._header

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """All entries up to the end, or up to the first damage."""
        return self._entries

    @property
    def end(self) -> int:
        """Offset behind the last entry that can be read."""
        return self._entries[-1].end if self._entries else self._first

    @property
    def is_damaged(self) -> bool:
        """Whether there is more behind the last readable entry than one that was under way."""
        return self._is_damaged

    def payloads(self, entries: Iterable[JournalEntry]) -> Iterator[bytes]:
        """What those entries carry, read one after the other.

        Raises:
            AssetError: the file cannot be read any more.
        """
        try:
            with self.path.open("rb") as file:
                for entry in entries:
                    file.seek(entry.start + _FRAME.size)
                    yield file.read(entry.nbytes)
        except OSError as reason:
            raise read_error(self.path.name, reason) from reason

    def _read(self, file: BinaryIO) -> None:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise damaged("the journal of unsaved changes does not begin like one")
        size = self.path.stat().st_size
        first = _next_frame(file, size)
        if first is None or first.op is not JournalOp.HEADER:
            raise damaged("the journal of unsaved changes has no header")
        file.seek(first.start + _FRAME.size)
        self._header = JournalHeader.from_bytes(file.read(first.nbytes))
        self._first = first.end
        entries: list[JournalEntry] = []
        file.seek(first.end)
        while len(entries) < limits.JOURNAL_ENTRIES:
            entry = _next_frame(file, size)
            if entry is None or entry.op is JournalOp.HEADER:
                break
            entries.append(entry)
        self._entries = tuple(entries)
        file.seek(self.end)
        self._is_damaged = not _is_torn(file, size)


def _framed(op: JournalOp, chunks: Iterable[bytes | memoryview]) -> bytes:
    chunks = list(chunks)
    check, nbytes = 0, 0
    for chunk in chunks:
        check = zlib.crc32(chunk, check)
        nbytes += len(chunk)
    if nbytes > limits.RECORD_BYTES:
        raise ValueError(f"a journal's entry cannot hold {nbytes} bytes")
    start = _FRAME.pack(_MARK, op, nbytes, check, 0)[:_CHECKED]
    return b"".join([start, zlib.crc32(start).to_bytes(4, "little"), *chunks])


def _next_frame(file: BinaryIO, size: int) -> JournalEntry | None:
    """The entry at the file's position, which moves behind it; None where none can be read."""
    start = file.tell()
    head = file.read(_FRAME.size)
    if len(head) < _FRAME.size:
        return None
    mark, op, nbytes, check, head_check = _FRAME.unpack(head)
    if mark != _MARK or zlib.crc32(head[:_CHECKED]) != head_check or op not in _OPS:
        return None
    end = start + _FRAME.size + nbytes
    if end > size or nbytes > limits.RECORD_BYTES:
        return None
    found = 0
    for piece in _pieces(file, start + _FRAME.size, end):
        found = zlib.crc32(piece, found)
    return JournalEntry(JournalOp(op), start, nbytes) if found == check else None


def _is_torn(file: BinaryIO, size: int) -> bool:
    """Whether what follows is nothing, or one entry that never arrived as a whole."""
    start = file.tell()
    head = file.read(_FRAME.size)
    if len(head) < _FRAME.size:
        return True
    if zlib.crc32(head[:_CHECKED]) == int.from_bytes(head[_CHECKED:], "little"):
        nbytes: int = _FRAME.unpack(head)[2]
        return start + _FRAME.size + nbytes >= size
    return not any(any(piece) for piece in _pieces(file, start, size))


def _pieces(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    while start < end:
        piece = file.read(min(_PIECE_BYTES, end - start))
        if not piece:
            return
        start += len(piece)
        yield piece


_OPS = frozenset(int(op) for op in JournalOp)
