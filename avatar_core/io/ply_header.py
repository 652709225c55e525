"""The header of a PLY file: what lies in it, under which names, in which numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avatar_core.errors import AssetError

HEADER_BYTES = 1 << 17
"""Longest header that is read."""

_COUNT_DIGITS = 12
_PROPERTIES = 4_096

_ORDERS = {"ascii": "=", "binary_little_endian": "<", "binary_big_endian": ">"}
_SCALARS = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4",
    "float": "f4", "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2",
    "int32": "i4", "uint32": "u4", "float32": "f4", "float64": "f8",
}  # fmt: skip
_NAMES = {
    "i1": "char", "u1": "uchar", "i2": "short", "u2": "ushort", "i4": "int", "u4": "uint",
    "f4": "float", "f8": "double",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlyElement:
    """One element: a table of `count` rows.

    Args:
        name: "vertex", "face", ...
        count: rows.
        properties: name and numpy code (byte order included) of each column in order; the code
            of a list is empty.
    """

    name: str
    count: int
    properties: tuple[tuple[str, str], ...]

    @property
    def has_lists(self) -> bool:
        return any(not code for _, code in self.properties)

    @property
    def row(self) -> np.dtype[np.void]:
        """The type of one row of scalars."""
        return np.dtype(list(self.properties))


@dataclass(frozen=True, slots=True)
class PlyHeader:
    """A header as it stands in the file.

    Args:
        lines: the lines without their ends, from "ply" to "end_header".
        newline: how the lines end.
        encoding: "ascii", "binary_little_endian" or "binary_big_endian".
        elements: the tables in the order of the file.
        size_bytes: length in the file, 0 when it was not read from one.
    """

    lines: tuple[str, ...]
    newline: str
    encoding: str
    elements: tuple[PlyElement, ...]
    size_bytes: int = 0

    @property
    def comments(self) -> tuple[str, ...]:
        """The texts of the comment lines."""
        words = (line.strip().partition(" ") for line in self.lines)
        return tuple(text.strip() for word, _, text in words if word == "comment")

    def element(self, name: str) -> PlyElement | None:
        return next((element for element in self.elements if element.name == name), None)

    def with_count(self, name: str, count: int) -> PlyHeader:
        """The same header for another number of rows of one element."""
        lines = tuple(
            f"element {name} {count}" if line.split()[:2] == ["element", name] else line
            for line in self.lines
        )
        elements = tuple(
            replace(element, count=count) if element.name == name else element
            for element in self.elements
        )
        return replace(self, lines=lines, elements=elements)

    def with_comments(self, comments: tuple[str, ...]) -> PlyHeader:
        """The same header with these comments, and no others, after its second line."""
        if comments == self.comments:
            return self
        rest = [line for line in self.lines if line.split()[:1] != ["comment"]]
        lines = (*rest[:2], *(f"comment {text}" for text in comments), *rest[2:])
        return replace(self, lines=lines)

    def to_bytes(self) -> bytes:
        return "".join(line + self.newline for line in self.lines).encode("latin-1")


def make_header(
    encoding: str, count: int, properties: tuple[tuple[str, str], ...], comments: tuple[str, ...]
) -> PlyHeader:
    """A header with one element "vertex"; codes are without byte order, such as "f4"."""
    lines = ["ply", f"format {encoding} 1.0", *(f"comment {text}" for text in comments)]
    lines.append(f"element vertex {count}")
    lines += [f"property {_NAMES[code]} {name}" for name, code in properties]
    ordered = tuple((name, _ORDERS[encoding] + code) for name, code in properties)
    element = PlyElement("vertex", count, ordered)
    return PlyHeader((*lines, "end_header"), "\n", encoding, (element,))


def read_header(start: bytes, title: str) -> PlyHeader:
    """The header at the start of a file.

    Args:
        start: the first bytes of the file, at most `HEADER_BYTES` are looked at.
        title: what to call the file in an error.

    Raises:
        AssetError: no PLY, cut off, too long, or not understood.
    """
    if not start:
        raise AssetError(f"{title} is empty.", "Export it again.")
    if start[:3] != b"ply" or start[3:4] not in {b"\n", b"\r", b" ", b"\t"}:
        raise AssetError(f"{title} is not a PLY file.", "Choose a file of 3D Gaussians.")
    lines, newline, size = _lines(start[:HEADER_BYTES], title)
    parser = _Parser(title)
    for line in lines[1:-1]:
        parser.take(line)
    return PlyHeader(lines, newline, parser.encoding, parser.elements(), size)


def _lines(start: bytes, title: str) -> tuple[tuple[str, ...], str, int]:
    newline = b"\r\n" if start.find(b"\r\n", 0, start.find(b"\n") + 1) >= 0 else b"\n"
    lines, at = [], 0
    while True:
        end = start.find(newline, at)
        if end < 0:
            raise AssetError(
                f"{title} has no readable header: its end was not found.", "Export it again."
            )
        lines.append(start[at:end].decode("latin-1"))
        at = end + len(newline)
        if lines[-1].strip() == "end_header":
            return tuple(lines), newline.decode(), at


class _Parser:
    """Collects elements from header lines."""

    def __init__(self, title: str) -> None:
        self.encoding = ""
        self._title = title
        self._elements: list[tuple[str, int, list[tuple[str, str]]]] = []

    def elements(self) -> tuple[PlyElement, ...]:
        if not self.encoding:
            raise self._wrong("it does not say how its numbers are written")
        return tuple(PlyElement(name, count, tuple(p)) for name, count, p in self._elements)

    def take(self, line: str) -> None:
        words = line.split()
        if not words or words[0] in {"comment", "obj_info"}:
            return
        if words[0] == "format" and len(words) == 3 and words[1] in _ORDERS:
            self.encoding = words[1]
        elif words[0] == "element" and len(words) == 3:
            self._elements.append((words[1], self._count(words[2]), []))
        elif words[0] == "property" and self._elements and len(words) >= 3:
            self._add_property(words)
        else:
            raise self._wrong(f"the line {line.strip()!r:.60} is not understood")

    def _add_property(self, words: list[str]) -> None:
        name, properties = words[-1], self._elements[-1][2]
        if any(name == known for known, _ in properties):
            raise self._wrong(f"{name!r:.40} appears twice")
        if len(properties) >= _PROPERTIES:
            raise self._wrong("it has too many columns")
        if words[1] == "list":
            properties.append((name, ""))
        elif len(words) == 3 and words[1] in _SCALARS and self.encoding:
            properties.append((name, _ORDERS[self.encoding] + _SCALARS[words[1]]))
        else:
            raise self._wrong(f"the type of {name!r:.40} is not known")

    def _count(self, word: str) -> int:
        if not (word.isascii() and word.isdigit() and len(word) <= _COUNT_DIGITS):
            raise self._wrong(f"{word!r:.40} is not a number of rows")
        return int(word)

    def _wrong(self, reason: str) -> AssetError:
        return AssetError(f"{self._title} has a damaged header: {reason}.", "Export it again.")
