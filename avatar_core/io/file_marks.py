"""FileMark: by what a film, a sound or a picture is known again, wherever it lies."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from avatar_core.project.plain import Fields, PlainData, damaged

if TYPE_CHECKING:
    from pathlib import Path

SAMPLED_BYTES = 8 << 20
"""Files beyond this size are known by three pieces of them, so that saving never reads a film."""

_PIECE_BYTES = 1 << 20
_LETTERS = 64
_LARGEST = 1 << 60
_MOST_NAMES = 100_000
_MOST_KNOWN = 4_096


@dataclass(frozen=True, slots=True)
class FileMark:
    """Size and hash of a file.

    Args:
        size: bytes; of a folder, of all files right in it together.
        sha256: of the whole file; of one beyond `SAMPLED_BYTES`, of the first, the middle and the
            last megabyte; of a folder, of the names and sizes in it.
    """

    size: int
    sha256: str


def mark_of(path: Path) -> FileMark:
    """The mark of a file or folder as it is now; read once as long as it does not change.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    status = path.stat()
    if path.is_dir():
        return _mark_of_folder(path)
    key = (str(path), status.st_size, status.st_mtime_ns)
    with _lock:
        known = _known.get(key)
    if known is None:
        with path.open("rb") as file:
            known = mark_of_contents(file, status.st_size)
        with _lock:
            _known[key] = known
            while len(_known) > _MOST_KNOWN:
                _known.popitem(last=False)
    return known


def mark_of_contents(file: BinaryIO, size: int) -> FileMark:
    """The mark of an open file of so many bytes."""
    sink = hashlib.sha256()
    if size <= SAMPLED_BYTES:
        sink.update(file.read(size))
    else:
        for start in (0, size // 2, size - _PIECE_BYTES):
            file.seek(start)
            sink.update(file.read(_PIECE_BYTES))
    return FileMark(size, sink.hexdigest())


def pack_mark(mark: FileMark) -> PlainData:
    """The plain data of a mark."""
    return {"size": mark.size, "sha256": mark.sha256}


def unpack_mark(fields: Fields) -> FileMark:
    """The mark of such data; raises ProjectFormatError."""
    return FileMark(fields.whole("size", 0, _LARGEST), unpack_sha256(fields, "sha256"))


def unpack_sha256(fields: Fields, key: str) -> str:
    """A hash as 64 letters; raises ProjectFormatError."""
    text = fields.text(key)
    if len(text) != _LETTERS or not set(text) <= set("0123456789abcdef"):
        raise damaged(f"{text!r:.20} is no hash")
    return text


def _mark_of_folder(folder: Path) -> FileMark:
    names = sorted(each.name for each in folder.iterdir())[:_MOST_NAMES]
    sizes = {name: (folder / name).stat().st_size for name in names if (folder / name).is_file()}
    lines = "".join(f"{name}\n{size}\n" for name, size in sizes.items())
    sha256 = hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()
    return FileMark(sum(sizes.values()), sha256)


_lock = threading.Lock()
_known: OrderedDict[tuple[str, int, int], FileMark] = OrderedDict()
