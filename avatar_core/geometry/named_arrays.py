"""Named arrays from a file, taken out in the type wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry.shapes import AnyArray, Float32, Int32


class NamedArrays:
    """Checked access to arrays whose maker is not trusted; every failure names the culprit.

    Raises:
        ShapeError: from each method, when the array is missing or is not what was asked for.
    """

    def __init__(self, arrays: Mapping[str, AnyArray]) -> None:
        self._arrays = arrays

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def __getitem__(self, name: str) -> Any:
        try:
            return self._arrays[name]
        except KeyError as error:
            raise ShapeError(f"{name}: missing") from error

    def floats(self, name: str) -> Float32:
        """Finite real numbers, as float32."""
        array = self[name]
        if array.dtype.kind != "f":
            raise ShapeError(f"{name}: expected real numbers, got {array.dtype}")
        if not np.all(np.isfinite(array)):
            raise ShapeError(f"{name}: holds values that are not finite")
        return np.asarray(array, np.float32)

    def ints(self, name: str, below: int, lowest: int = 0) -> Int32:
        """Whole numbers `lowest` <= n < `below`, as int32."""
        array = self[name]
        if array.dtype.kind not in "iu":
            raise ShapeError(f"{name}: expected whole numbers, got {array.dtype}")
        if array.size and (array.min() < lowest or array.max() >= below):
            raise ShapeError(f"{name}: expected values {lowest}..{below - 1}")
        return np.asarray(array, np.int32)

    def names(self, name: str) -> tuple[str, ...]:
        """A one-dimensional array of strings."""
        array = self[name]
        if array.dtype.kind != "U" or array.ndim != 1:
            raise ShapeError(f"{name}: expected a list of names")
        return tuple(str(entry) for entry in array)
