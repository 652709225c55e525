"""Changes of `.npy` arrays: headers that lie, numbers that are none."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import random

_TYPES = ("|O", "<f8", "<f4", "<f2", ">f4", "<i8", "<i4", "<i1", "|u1", "|b1", "<c8", "|V8", "<U4",
          "|S4", "<M8[s]", "object", "<f4,<f4", "<f16", "(2,2)<f4")  # fmt: skip
_SHAPES = (
    "()", "(0,)", "(-1,)", "(1,)", "(9223372036854775807,)", "(4294967296, 4294967296)",
    "(0, 9223372036854775807)", "(18446744073709551616,)", "(2147483648, 2147483648, 4)",
    "(1,) * 9", "(1, 1, 1, 1, 1, 1, 1, 1, 1)", "(True,)", "(1.0,)", "('a',)", "[3]", "None",
    "(0, 4294967296, 4294967296, 4294967296)", "(3, 0, 4611686018427387904)",
)  # fmt: skip
_NUMBERS = (np.nan, np.inf, -np.inf, 0, -1, 1, 255, 1e30, -1e30, 65504, 2**31 - 1, -(2**31), 2**62)
_HEADERS = (
    b"", b"{}", b"{" * 3000, b"[" * 9000, b"__import__('os').system('true')", b"{'descr': '<f4'}",
    b"{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,)}", b"\xff" * 20,
    b"{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}", b"1+" * 4000 + b"1",
)  # fmt: skip


def mutated_npy(data: bytes, dice: random.Random) -> bytes:
    """The array with another header, other numbers, or fewer of either."""
    if data[:6] != b"\x93NUMPY" or len(data) < 12:
        return data
    length = int.from_bytes(data[8:10], "little")
    header, numbers = data[10 : 10 + length], data[10 + length :]
    kind = dice.randrange(7)
    if kind == 0:
        return _packed(dice.choice(_HEADERS), numbers)
    if kind == 1:
        return _packed(_replaced(header, b"'shape': ", dice.choice(_SHAPES).encode()), numbers)
    if kind == 2:
        return _packed(_replaced(header, b"'descr': ", repr(dice.choice(_TYPES)).encode()), numbers)
    if kind == 3:
        return data[: dice.randrange(len(data))]
    return _other_numbers(data, dice)


def _packed(header: bytes, numbers: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) & 0xFFFF) + header + numbers


def _replaced(header: bytes, key: bytes, value: bytes) -> bytes:
    """The header with the value of a key replaced: up to the comma before the next key."""
    start = header.find(key)
    if start < 0:
        return header
    start += len(key)
    ends = [end for mark in (b", '", b", }") if (end := header.find(mark, start)) >= 0]
    return header[:start] + value + (header[min(ends) :] if ends else b"}")


def _other_numbers(data: bytes, dice: random.Random) -> bytes:
    """The same array with a few impossible numbers, or reordered, repeated or cut to fewer rows."""
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, SyntaxError):
        return data
    if array.size == 0 or array.dtype.kind not in "iufb":
        return data
    changed = array.copy()
    if changed.ndim and dice.random() < 0.3:
        rows = dice.choice((0, 1, len(changed) // 2, len(changed) - 1, 2 * len(changed)))
        changed = np.resize(changed, (rows, *changed.shape[1:]))
    elif changed.ndim and dice.random() < 0.2:
        changed = dice.choice((changed.T, changed[None], changed.ravel(), changed[..., :0]))
    else:
        flat = changed.reshape(-1)
        with np.errstate(all="ignore"):
            value = np.asarray(dice.choice(_NUMBERS), np.float64).astype(array.dtype)
        for _ in range(dice.choice((1, 1, 5))):
            flat[dice.randrange(flat.size)] = value
    stream = io.BytesIO()
    np.lib.format.write_array(stream, changed, allow_pickle=False)
    return stream.getvalue()
