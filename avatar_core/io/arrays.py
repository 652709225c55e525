"""Named arrays as `.npz` bytes, read without trust: no pickle, no allocation beyond the data.

`numpy.load` allocates what a header claims before it reads; here the claim is held against the
bytes that are there.
"""

from __future__ import annotations

import ast
import io
import math
import re
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np

from avatar_core.errors import AssetError, AvatarError
from avatar_core.io import limits
from avatar_core.io.archive import ArchiveReader, ArchiveWriter
from avatar_core.io.memory_file import MemoryFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avatar_core.geometry.shapes import AnyArray

_NUMBERS = re.compile(r"[<>|]([iu][1248]|f[248]|b1)")
"""Booleans, whole and real numbers; nothing that could name code, text or objects."""

_TEXTS = re.compile(r"[<>]U\d{1,4}")
"""Text of a stated length."""

_HEADER_BYTES = 10_000
_PIECE_BYTES = 1 << 20


def arrays_to_npz(arrays: Mapping[str, AnyArray], compressed: bool = True) -> bytes:
    """Arrays as the bytes of an `.npz`; the same arrays always give the same bytes."""
    buffer = io.BytesIO()
    with ArchiveWriter(buffer) as archive:
        for name, array in arrays.items():
            archive.add(f"{name}.npy", array_to_npy(array), compressed)
    return buffer.getvalue()


def arrays_in_memory(arrays: Mapping[str, AnyArray]) -> MemoryFile:
    """What `arrays_to_npz` gives for large arrays that are not worth compressing."""
    file = MemoryFile()
    with ArchiveWriter(cast("BinaryIO", file)) as archive:
        for name, array in arrays.items():
            pieces, nbytes = _npy_pieces(np.asarray(array))
            archive.add_pieces(f"{name}.npy", pieces, nbytes)
    return file


def arrays_from_npz(
    data: bytes,
    title: str = "The file",
    error: type[AvatarError] = AssetError,
    most_bytes: int = limits.MEMBER_BYTES,
    texts: bool = False,
) -> dict[str, AnyArray]:
    """Arrays of an `.npz`, bit for bit, writable by nobody.

    Args:
        data: the bytes of the file.
        title: what to call it in an error, at the start of a sentence.
        error: what to raise.
        most_bytes: size of all arrays together.
        texts: whether arrays may hold text too.

    Raises:
        AvatarError: of the type `error`: damaged, or arrays of objects, or of unwanted text.
    """
    arrays = {}
    with ArchiveReader(
        data, title, error, most_members=limits.ARRAYS, most_bytes=most_bytes
    ) as archive:
        for member in archive.names:
            if not member.endswith(".npy"):
                raise error(f"{title} is damaged: {member!r:.60} is not an array.")
            name = member.removesuffix(".npy")
            label = f"{title} ({name:.60})"
            arrays[name] = array_from_npy(archive.read(member), label, error, texts)
    return arrays


def array_to_npy(array: AnyArray) -> bytes:
    """One array as the bytes of an `.npy`."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), allow_pickle=False)
    return buffer.getvalue()


def _npy_pieces(array: AnyArray) -> tuple[Iterator[bytes], int]:
    """What `array_to_npy` gives, in pieces, and how many bytes that is."""
    if not array.flags.c_contiguous:
        data = array_to_npy(array)
        return iter([data]), len(data)
    buffer = io.BytesIO()
    described = np.lib.format.header_data_from_array_1_0(array)
    np.lib.format.write_array_header_1_0(buffer, described)
    header, numbers = buffer.getvalue(), array.reshape(-1).view(np.uint8).data
    starts = range(0, len(numbers), _PIECE_BYTES)
    pieces = (bytes(numbers[start : start + _PIECE_BYTES]) for start in starts)
    return chain([header], pieces), len(header) + len(numbers)


def array_from_npy(
    data: bytes,
    title: str = "The file",
    error: type[AvatarError] = AssetError,
    texts: bool = False,
) -> AnyArray:
    """The array of an `.npy`; raises `error` like `arrays_from_npz`."""
    try:
        header, start = _header(data)
        dtype, shape, fortran = header["descr"], header["shape"], header["fortran_order"]
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError) as reason:
        raise error(f"{title} is damaged: an array's header cannot be read.") from reason
    if not isinstance(dtype, str) or not _is_plain(dtype, texts):
        raise error(f"{title} is damaged: it holds {dtype!r:.40} where numbers are expected.")
    if not _is_shape(shape):
        raise error(f"{title} is damaged: an array has an impossible shape.")
    if math.prod(shape) * np.dtype(dtype).itemsize != len(data) - start:
        raise error(f"{title} is damaged: an array is shorter or longer than it says.")
    flat = np.frombuffer(data, dtype, offset=start)
    try:
        return flat.reshape(shape, order="F" if fortran else "C")
    except (ValueError, OverflowError) as reason:
        raise error(f"{title} is damaged: an array has an impossible shape.") from reason


def _header(data: bytes) -> tuple[dict[str, Any], int]:
    """The header of an `.npy` as plain data, and where the numbers start (numpy NEP 1)."""
    if data[:6] != b"\x93NUMPY" or data[6:7] not in (b"\x01", b"\x02"):
        raise ValueError("not an array")
    text_at = 10 if data[6] == 1 else 12
    start = text_at + int.from_bytes(data[8:text_at], "little")
    if start > min(len(data), _HEADER_BYTES):
        raise ValueError("a header that is cut off or too long")
    header = ast.literal_eval(data[text_at:start].decode("latin-1").strip())
    if not isinstance(header, dict):
        raise TypeError("a header without names")
    return header, start


def _is_plain(dtype: str, texts: bool) -> bool:
    return bool(_NUMBERS.fullmatch(dtype) or (texts and _TEXTS.fullmatch(dtype)))


def _is_shape(shape: object) -> bool:
    return (
        isinstance(shape, tuple)
        and len(shape) <= limits.ARRAY_DIMENSIONS
        and all(type(size) is int and size >= 0 for size in shape)
    )
