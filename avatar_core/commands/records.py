"""Records: commands as plain data and arrays, for the journal, saved history and scripts."""

from __future__ import annotations

import json
import math
import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.io import limits
from avatar_core.project.plain import Arrays, Fields, PlainData, damaged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry.shapes import AnyArray

_START = struct.Struct("<4sII")
_MAGIC = b"AVRC"
_VERSION = 1
_NUMBERS = re.compile(r"<[iuf][248]|\|[iu]1|\|b1")


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One command, as data.

    Args:
        kind: the registered name of the command.
        data: plain data: what JSON can say, with finite numbers.
        arrays: named arrays of numbers or booleans.
    """

    kind: str
    data: PlainData
    arrays: Mapping[str, AnyArray] = field(default_factory=dict)

    @property
    def fields(self) -> Fields:
        """Typed access to the data."""
        return Fields(self.data, self.kind)

    @property
    def typed_arrays(self) -> Arrays:
        """Typed access to the arrays."""
        return Arrays(self.arrays, self.kind)


def record_to_bytes(record: Record) -> bytes:
    """The record as bytes: magic and version, length of the header, header as JSON, raw arrays.

    Equal records give equal bytes, on every machine and in every run: keys are sorted, numbers
    little-endian, floats written in full.

    Raises:
        ValueError: a number that is not finite, or data that JSON cannot say.
    """
    return b"".join(record_chunks(record))


def record_chunks(record: Record) -> list[bytes | memoryview]:
    """What `record_to_bytes` joins, without a copy of the arrays; raises like it."""
    arrays = {name: _little_endian(array) for name, array in sorted(record.arrays.items())}
    header = {
        "kind": record.kind,
        "data": record.data,
        "arrays": [[name, each.dtype.str, list(each.shape)] for name, each in arrays.items()],
    }
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    start = _START.pack(_MAGIC, _VERSION, len(text))
    return [start, text, *(each.reshape(-1).view(np.uint8).data for each in arrays.values())]


def record_from_bytes(data: bytes) -> Record:
    """The record of such bytes; its arrays cannot be written.

    Raises:
        ProjectFormatError: not a record, damaged, or from a newer release.
    """
    if len(data) < _START.size or len(data) > limits.RECORD_BYTES:
        raise damaged("a record has an impossible length")
    magic, version, length = _START.unpack_from(data)
    if magic != _MAGIC:
        raise damaged("a record does not begin like one")
    if version != _VERSION:
        raise damaged(f"a record was written by a newer release (record format {version})")
    header = Fields(_header(data[_START.size : _START.size + length]), "record")
    return Record(
        kind=header.text("kind", least=1),
        data=header.mapping("data"),
        arrays=_arrays(header.items("arrays"), data, _START.size + length),
    )


def _header(text: bytes) -> Any:
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as reason:
        raise damaged("a record's header is not readable JSON") from reason


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no finite number")
    return number


def _arrays(entries: list[Any], data: bytes, start: int) -> dict[str, AnyArray]:
    arrays: dict[str, AnyArray] = {}
    for entry in entries:
        name, dtype, shape = _entry(entry)
        count = math.prod(shape)
        end = start + count * dtype.itemsize
        if end > len(data):
            raise damaged("a record is cut off")
        try:
            arrays[name] = np.frombuffer(data, dtype, count, start).reshape(shape)
        except ValueError as reason:  # empty, but of more elements than memory has addresses
            raise damaged(f"a record names an impossible array ({entry!r:.60})") from reason
        start = end
    if start != len(data):
        raise damaged("a record is longer than it says")
    return arrays


def _entry(entry: Any) -> tuple[str, np.dtype[Any], tuple[int, ...]]:
    match entry:
        case [str(name), str(dtype), list(shape)] if (
            _NUMBERS.fullmatch(dtype)
            and len(shape) <= limits.ARRAY_DIMENSIONS
            and all(type(size) is int and 0 <= size <= limits.RECORD_BYTES for size in shape)
        ):
            return name, np.dtype(dtype), tuple(shape)
    raise damaged(f"a record names an impossible array ({entry!r:.60})")


def _little_endian(array: AnyArray) -> AnyArray:
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape)
