"""Bit-for-bit comparison of documents, commands and anything else made of plain values."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from avatar_core.project.model import Project


def projects_equal(first: Project, second: Project) -> bool:
    """Whether two documents hold the same values, bit for bit and in the same order."""
    return digest(first) == digest(second)


def digest(value: object) -> str:
    """SHA-256 of a value: dataclasses, arrays, mappings, sequences, enumerations and scalars.

    Two values have the same digest when their types, the order of their entries and every bit of
    their numbers agree: 0.0 and -0.0 differ, a NaN equals itself. It is stable between runs.

    Raises:
        TypeError: a value of any other type.
    """
    sink = hashlib.sha256()
    _feed(sink, value)
    return sink.hexdigest()


def _feed(sink: Any, value: object) -> None:
    if isinstance(value, np.ndarray):
        _feed_bytes(sink, f"array {value.dtype.str} {value.shape}".encode())
        _feed_bytes(sink, np.ascontiguousarray(value).tobytes())
    elif is_dataclass(value) and not isinstance(value, type):
        _feed_bytes(sink, f"value {type(value).__name__}".encode())
        _feed(sink, {each.name: getattr(value, each.name) for each in fields(value)})
    elif isinstance(value, Mapping):
        _feed_bytes(sink, f"mapping {len(value)}".encode())
        for key, entry in value.items():
            _feed(sink, key)
            _feed(sink, entry)
    elif isinstance(value, list | tuple):
        _feed_bytes(sink, f"sequence {len(value)}".encode())
        for entry in value:
            _feed(sink, entry)
    else:
        _feed_bytes(sink, _scalar(value).encode())


def _scalar(value: object) -> str:
    if isinstance(value, Enum):
        return f"{type(value).__name__} {value.value}"
    if isinstance(value, float):
        return f"float {float(value).hex()}"
    if value is None or isinstance(value, bool | int | str):
        return f"{type(value).__name__} {value!r}"
    raise TypeError(f"digest: cannot compare {type(value).__name__}")


def _feed_bytes(sink: Any, data: bytes) -> None:
    sink.update(len(data).to_bytes(8, "little"))
    sink.update(data)
