"""GrowingEdit: an edit of an array that may have been shorter before, or not there at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from avatar_core.commands.array_edit import ArrayEdit
from avatar_core.project.plain import damaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.project.plain import Arrays, Fields, PlainData

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class GrowingEdit:
    """An `ArrayEdit` of two arrays that were both filled up with zeros to the longer one's rows.

    Args:
        edit: between the filled-up arrays.
        before: rows of the array before; None where there was none.
        after: rows of the array after; None where there is none any more.
    """

    edit: ArrayEdit
    before: int | None
    after: int | None

    @classmethod
    def between(cls, before: NDArray[Number] | None, after: NDArray[Number] | None) -> GrowingEdit:
        """The edit that turns one array into another; at least one of them is there.

        Raises:
            ShapeError: their rows differ in shape or type.
            ValueError: there is neither, or a number of `after` is not finite.
        """
        known = before if after is None else after
        if known is None:
            raise ValueError("after: expected an array before or after")
        rows = max(_length(before), _length(after))
        edit = ArrayEdit.between(_filled(before, rows, known), _filled(after, rows, known))
        if after is not None:
            _refuse_impossible(after, edit)
        return cls(edit, _rows(before), _rows(after))

    def done(self, array: NDArray[Number] | None, kind: type[Number]) -> NDArray[Number] | None:
        """The array after the edit; a new one.

        Args:
            array: as it was before, or None.
            kind: type of its numbers.

        Raises:
            ShapeError: the edit was made for an array of another shape or type.
            ValueError: the edit was made for another state of the array, or leads to impossible
                numbers.
        """
        return self._turned(array, kind, self.before, self.after)

    def undone(self, array: NDArray[Number] | None, kind: type[Number]) -> NDArray[Number] | None:
        """The array before the edit, bit for bit; raises like `done`."""
        return self._turned(array, kind, self.after, self.before)

    @property
    def changes_nothing(self) -> bool:
        return self.edit.changes_nothing and self.before == self.after

    @property
    def nbytes(self) -> int:
        return self.edit.nbytes

    def pack(self, arrays: dict[str, AnyArray], prefix: str) -> PlainData:
        """The plain data of a record; what is long goes into its arrays."""
        self.edit.pack(arrays, prefix)
        return {"before": self.before, "after": self.after}

    @classmethod
    def unpack(
        cls,
        fields: Fields,
        arrays: Arrays,
        prefix: str,
        kind: type[Number],
        pattern: str,
        most_rows: int,
    ) -> GrowingEdit:
        """The edit of a record.

        Args:
            fields: what `pack` gave.
            arrays: the record's arrays.
            prefix: the name it was packed under.
            kind: type of the numbers that the edit is for.
            pattern: shape of the edit's bits in the language of `expect_shapes`.
            most_rows: the longest array there can be.

        Raises:
            ProjectFormatError: missing, or not an edit of such an array.
        """
        before, after = (
            None if fields.is_none(key) else fields.whole(key, 0, most_rows)
            for key in ("before", "after")
        )
        edit = ArrayEdit.unpack(arrays, prefix, kind, pattern)
        if len(edit.indices) and int(edit.indices[-1]) >= max(before or 0, after or 0):
            raise damaged("an edit reaches beyond its rows")
        return cls(edit, before, after)

    def _turned(
        self,
        array: NDArray[Number] | None,
        kind: type[Number],
        expected: int | None,
        left: int | None,
    ) -> NDArray[Number] | None:
        if _rows(array) != expected:
            raise ValueError(f"array: the edit was made for {expected} rows, got {_rows(array)}")
        rows = max(expected or 0, left or 0)
        like = np.zeros((0, *self.edit.bits.shape[1:]), kind) if array is None else array
        turned = self.edit.applied(_filled(array, rows, like))
        if left is None:
            return None
        _refuse_impossible(turned, self.edit)
        return turned[:left].copy() if left < rows else turned


def _rows(array: AnyArray | None) -> int | None:
    return None if array is None else len(array)


def _length(array: AnyArray | None) -> int:
    return 0 if array is None else len(array)


def _filled(array: NDArray[Number] | None, rows: int, like: NDArray[Number]) -> NDArray[Number]:
    """The array with zeros up to so many rows."""
    if array is not None and len(array) == rows:
        return array
    like = like if array is None else array
    filled = np.zeros((rows, *like.shape[1:]), like.dtype)
    if array is not None:
        filled[: len(array)] = array
    return filled


def _refuse_impossible(array: AnyArray, edit: ArrayEdit) -> None:
    touched = edit.indices[: np.searchsorted(edit.indices, len(array))]
    if not np.isfinite(array[touched]).all():
        raise ValueError("array: the edit leads to numbers that are not finite")
