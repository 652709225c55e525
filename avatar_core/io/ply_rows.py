"""The rows of one PLY element: bytes or text to a structured array and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from avatar_core.errors import AssetError

if TYPE_CHECKING:
    from avatar_core.io.ply_header import PlyElement, PlyHeader

Rows: TypeAlias = NDArray[Any]
"""A structured array, one field per column."""

_HINT = "Export it again."
_TEXT_FORMATS = {"f4": "%.9g", "f8": "%.17g"}


def read_rows(data: bytes, header: PlyHeader, name: str, title: str) -> tuple[Rows, bytes, bytes]:
    """The rows of an element, and the bytes of the elements before and after it.

    The rows share memory with `data` where they can and must not be written.

    Raises:
        AssetError: the file is cut off, or holds text that is no number.
    """
    before = []
    for element in header.elements:
        if element.name == name:
            break
        before.append(element)
    wanted = header.element(name)
    if wanted is None or wanted.has_lists:
        raise AssetError(f"{title} holds no {name} table of plain numbers.", _HINT)
    read = _read_text if header.encoding == "ascii" else _read_binary
    return read(data, header.size_bytes, before, wanted, title)


def rows_to_bytes(rows: Rows, header: PlyHeader) -> bytes:
    """Rows as they stand in a file with this header; numbers keep all their bits."""
    if header.encoding != "ascii":
        return rows.tobytes()
    names = rows.dtype.names or ()
    line = " ".join(_TEXT_FORMATS.get(rows.dtype[name].str[1:], "%d") for name in names)
    line += header.newline
    return "".join(line % row for row in rows.tolist()).encode("ascii")


def _read_binary(
    data: bytes, start: int, before: list[PlyElement], wanted: PlyElement, title: str
) -> tuple[Rows, bytes, bytes]:
    first = start
    for element in before:
        if element.has_lists:
            raise AssetError(f"{title} holds lists before its Gaussians.", _HINT)
        first += element.count * element.row.itemsize
    end = first + wanted.count * wanted.row.itemsize
    if end > len(data):
        held = max(len(data) - first, 0) // max(wanted.row.itemsize, 1)
        raise _cut_off(title, wanted.count, held)
    rows = np.frombuffer(data, wanted.row, wanted.count, first)
    return rows, data[start:first], data[end:]


def _read_text(
    data: bytes, start: int, before: list[PlyElement], wanted: PlyElement, title: str
) -> tuple[Rows, bytes, bytes]:
    lines = data[start:].splitlines(keepends=True)
    first = sum(element.count for element in before)
    end = first + wanted.count
    if end > len(lines):
        raise _cut_off(title, wanted.count, max(len(lines) - first, 0))
    words = b"".join(lines[first:end]).split()
    width = len(wanted.properties)
    if len(words) != wanted.count * width:
        raise AssetError(f"{title} is damaged: a row has too few or too many numbers.", _HINT)
    rows = np.empty(wanted.count, wanted.row)
    for column, (field, _) in enumerate(wanted.properties):
        rows[field] = _numbers(words[column::width], rows.dtype[field], title)
    return rows, b"".join(lines[:first]), b"".join(lines[end:])


def _numbers(words: list[bytes], kind: np.dtype[Any], title: str) -> NDArray[Any]:
    try:
        values = np.array(words, np.bytes_).astype(np.float64) if words else np.zeros(0)
    except ValueError as reason:
        raise AssetError(f"{title} holds text where numbers should be.", _HINT) from reason
    if kind.kind == "f":
        with np.errstate(over="ignore"):
            return values.astype(kind)
    info = np.iinfo(kind)
    if not ((values >= info.min) & (values <= info.max) & (values == np.rint(values))).all():
        raise AssetError(f"{title} holds numbers that do not fit their columns.", _HINT)
    return values.astype(kind)


def _cut_off(title: str, promised: int, held: int) -> AssetError:
    return AssetError(
        f"{title} is cut off: it promises {promised} Gaussians and holds {held}.", _HINT
    )
