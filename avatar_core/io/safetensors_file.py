"""`.safetensors`: named arrays in one file, mapped into memory instead of read.

Eight bytes say how long the header is; the header is JSON: for each array its type, shape and place
behind the header, and texts under `__metadata__`. Nothing in it can name code. Format:
https://huggingface.co/docs/safetensors (version of 2024: places follow one another without gaps).
"""

from __future__ import annotations

import json
import math
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.io import limits
from avatar_core.io.atomic import atomic_write
from avatar_core.io.reading import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

    from avatar_core.geometry.shapes import AnyArray

_TYPES = {
    "BOOL": "|b1",
    "U8": "|u1",
    "I8": "|i1",
    "I16": "<i2",
    "I32": "<i4",
    "I64": "<i8",
    "F16": "<f2",
    "F32": "<f4",
    "F64": "<f8",
}
_BFLOAT16 = "BF16"
"""float32 without its lower half, which numpy does not know: read as float32, never written."""

_NAMES = {name: kind for kind, name in _TYPES.items()}
_METADATA = "__metadata__"
_MOST_ELEMENTS = 1 << 40
_HINT = "Use a backup, or import or download the model again."
_ALIGNMENT = 8


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one array lies behind the header, bytes."""

    kind: np.dtype[Any]
    shape: tuple[int, ...]
    start: int
    is_bfloat16: bool = False


def save_safetensors(
    arrays: Mapping[str, AnyArray], metadata: Mapping[str, str], path: Path | str
) -> None:
    """Write arrays and texts; a file that is there already is replaced whole or not at all.

    Args:
        arrays: booleans, whole and real numbers.
        metadata: texts by name.
        path: where it goes.

    Raises:
        AssetError: the file cannot be written.
        ValueError: an array of another type.
    """
    # Wide elements first, as the format's own library does: every array is aligned.
    order = sorted(arrays, key=lambda name: (-arrays[name].dtype.itemsize, name))
    header: dict[str, Any] = {_METADATA: dict(metadata)}
    position = 0
    for name in order:
        array = arrays[name]
        kind = _NAMES.get(array.dtype.newbyteorder("<").str)
        if kind is None:
            raise ValueError(f"{name}: {array.dtype} has no place in safetensors")
        places = [position, position + array.nbytes]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": places}
        position += array.nbytes
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    with atomic_write(path) as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in order:
            little = arrays[name].astype(arrays[name].dtype.newbyteorder("<"), copy=False)
            file.write(np.ascontiguousarray(little).tobytes())


def load_safetensors(path: Path | str) -> tuple[dict[str, AnyArray], dict[str, str]]:
    """Arrays and texts of a file that anyone may have made.

    Arrays are read from the disk where they are used, and writable by nobody. Only bfloat16 is read
    at once, since it becomes float32.

    Raises:
        AssetError: missing, unreadable, damaged, or not such a file.
    """
    path = Path(path)
    with _opened(path) as file:
        header, start, size = _header(file, path.name)
        metadata = _texts(header.pop(_METADATA, {}), path.name)
        places = _places(header, size, path.name)
        mapped = np.memmap(file, np.uint8, "r", start, (size,)) if size else np.zeros(0, np.uint8)
    return {name: _array(mapped, place) for name, place in places.items()}, metadata


def load_safetensors_texts(path: Path | str) -> dict[str, str]:
    """The texts of a file, and no more; raises like `load_safetensors`."""
    path = Path(path)
    with _opened(path) as file:
        header, _, _ = _header(file, path.name)
    return _texts(header.get(_METADATA, {}), path.name)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with reading(path), path.open("rb") as file:
        yield file


def _header(file: BinaryIO, title: str) -> tuple[dict[str, Any], int, int]:
    """The header, where the arrays start, and how many bytes of them there are."""
    whole = file.seek(0, 2)
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    if whole < 8 or not 2 <= length <= min(limits.MANIFEST_BYTES, whole - 8):
        raise AssetError(f"{title} is not a safetensors file, or is incomplete.", _HINT)
    try:
        header = json.loads(file.read(length))
    except (ValueError, RecursionError) as reason:
        raise AssetError(f"{title} is not a safetensors file, or is damaged.", _HINT) from reason
    if not isinstance(header, dict) or len(header) > limits.ARRAYS:
        raise _damaged(title, "its header names no arrays")
    return header, 8 + length, whole - 8 - length


def _texts(section: object, title: str) -> dict[str, str]:
    if not isinstance(section, dict) or not all(isinstance(v, str) for v in section.values()):
        raise _damaged(title, "its notes are no texts")
    return section


def _places(header: dict[str, Any], size: int, title: str) -> dict[str, _Place]:
    """Every array's place, after a look at whether they fill the file one after the other."""
    places = {name: _place(name, entry, title) for name, entry in header.items()}
    position = 0
    for name, place in sorted(places.items(), key=lambda item: item[1].start):
        end = place.start + math.prod(place.shape) * place.kind.itemsize
        empty = end == place.start
        if place.start != position and not empty:
            raise _damaged(title, f"{name:.60} lies in the wrong place")
        if header[name]["data_offsets"] != [place.start, end]:
            raise _damaged(title, f"{name:.60} is shorter or longer than it says")
        position = max(position, end)
    if position != size:
        raise AssetError(f"{title} is incomplete.", _HINT)
    return places


def _place(name: str, entry: object, title: str) -> _Place:
    match entry:
        case {"dtype": str(kind), "shape": [*shape], "data_offsets": [int(start), int(_)]} if (
            (kind in _TYPES or kind == _BFLOAT16)
            and len(shape) <= limits.ARRAY_DIMENSIONS
            and all(type(side) is int and side >= 0 for side in shape)
            # An empty array can have sides that no memory has addresses for.
            and math.prod(side or 1 for side in shape) <= _MOST_ELEMENTS
            and start >= 0
        ):
            halves = kind == _BFLOAT16
            return _Place(np.dtype(_TYPES.get(kind, "<u2")), tuple(shape), start, halves)
    raise _damaged(title, f"{name!r:.60} is of a kind that cannot be read")


def _array(mapped: AnyArray, place: _Place) -> AnyArray:
    end = place.start + math.prod(place.shape) * place.kind.itemsize
    array = mapped[place.start : end].view(np.ndarray).view(place.kind).reshape(place.shape)
    if not place.is_bfloat16:
        return array
    whole = (array.astype(np.uint32) << 16).view(np.float32)
    whole.flags.writeable = False
    return whole


def _damaged(title: str, reason: str) -> AssetError:
    return AssetError(f"{title} is damaged: {reason}.", _HINT)
