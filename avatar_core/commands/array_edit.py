"""ArrayEdit: which rows of an array changed, and how, in a form that is its own inverse."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.project.plain import damaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project.plain import Arrays

Number = TypeVar("Number", bound=np.generic)
_WORDS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


@dataclass(frozen=True, slots=True, eq=False)
class ArrayEdit:
    """Touched rows and the XOR of their old and new bits: exact both ways, half the bytes.

    Args:
        indices: [n] uint32 rows along the first axis, rising.
        bits: [n, ...] XOR of the old and new rows, as unsigned integers of the numbers' width.
        checks: [2] uint32 CRC-32 of the whole array before and after, since XOR on any other
            state would give numbers that look right.
    """

    indices: NDArray[np.uint32]
    bits: AnyArray
    checks: NDArray[np.uint32]

    @classmethod
    def between(cls, before: AnyArray, after: AnyArray) -> ArrayEdit:
        """The edit that turns one array into another of the same shape and type.

        Raises:
            ShapeError: they differ in shape or type.
        """
        if before.shape != after.shape or before.dtype != after.dtype:
            raise ShapeError(
                f"after: expected {before.dtype} {list(before.shape)}, "
                f"got {after.dtype} {list(after.shape)}"
            )
        checks = np.array([_check(before), _check(after)], np.uint32)
        old, new = _words(before), _words(after)
        rows = _rows_with(old != new)
        return cls(rows.astype(np.uint32), old[rows] ^ new[rows], checks)

    def applied(self, array: NDArray[Number]) -> NDArray[Number]:
        """A new array with the edit done, or, on an edited array, undone.

        Raises:
            ShapeError: the edit was made for an array of another shape or type.
            ValueError: the edit was made for another state of the array.
        """
        words = _words(array)
        if words.dtype != self.bits.dtype or words.shape[1:] != self.bits.shape[1:]:
            raise ShapeError(f"array: the edit does not fit {array.dtype} {list(array.shape)}")
        if len(self.indices) and int(self.indices.max()) >= len(words):
            raise ShapeError(f"array: the edit reaches beyond its {len(words)} rows")
        if _check(array) not in self.checks:
            raise ValueError("array: the edit was made for another state of it")
        edited = words.copy()
        edited[self.indices] ^= self.bits
        return edited.view(array.dtype)

    def then(self, later: ArrayEdit) -> ArrayEdit:
        """One edit in place of this and the next one on the same array.

        Raises:
            ValueError: the later edit does not begin where this one ends.
        """
        if self.checks[1] != later.checks[0]:
            raise ValueError("later: the edit does not follow this one")
        indices = np.union1d(self.indices, later.indices)
        bits: NDArray[Any] = np.zeros((len(indices), *self.bits.shape[1:]), self.bits.dtype)
        for edit in (self, later):
            bits[np.searchsorted(indices, edit.indices)] ^= edit.bits
        checks = np.array([self.checks[0], later.checks[1]], np.uint32)
        rows = _rows_with(bits != 0)
        return ArrayEdit(indices[rows].astype(np.uint32), bits[rows], checks)

    @property
    def changes_nothing(self) -> bool:
        return len(self.indices) == 0

    @property
    def nbytes(self) -> int:
        return self.indices.nbytes + self.bits.nbytes + self.checks.nbytes

    def pack(self, arrays: dict[str, AnyArray], prefix: str) -> None:
        """Put the edit into the arrays of a record."""
        arrays[f"{prefix}.checks"] = self.checks
        arrays[f"{prefix}.indices"] = self.indices
        arrays[f"{prefix}.bits"] = self.bits

    @classmethod
    def unpack(cls, arrays: Arrays, prefix: str, kind: type[Number], pattern: str) -> ArrayEdit:
        """The edit of a record.

        Args:
            arrays: the record's arrays.
            prefix: the name it was packed under.
            kind: type of the numbers that the edit is for.
            pattern: shape of the edit's bits in the language of `expect_shapes`.

        Raises:
            ProjectFormatError: missing, or not an edit of such an array.
        """
        word = _WORDS[np.dtype(kind).itemsize]
        bits: NDArray[Any] = arrays.get(f"{prefix}.bits", word, pattern)
        indices = arrays.get(f"{prefix}.indices", np.uint32, str(len(bits)))
        if not (indices[1:] > indices[:-1]).all():
            raise damaged("an edit touches its rows in no order")
        return cls(indices, bits, arrays.get(f"{prefix}.checks", np.uint32, "2"))


def _words(array: AnyArray) -> NDArray[Any]:
    """The bits of an array as unsigned integers, same shape."""
    return np.ascontiguousarray(array).view(_WORDS[array.dtype.itemsize])


def _check(array: AnyArray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).data)


def _rows_with(marks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The rows that have a mark, rising.

    Looking for marks one by one is ten times as fast as asking each short row for any.
    """
    width = max(marks[:1].size, 1)
    rows = np.flatnonzero(marks) // width
    is_first = np.ones(len(rows), bool)
    is_first[1:] = rows[1:] != rows[:-1]
    return rows[is_first]
