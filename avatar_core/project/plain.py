"""Typed access to plain data and arrays from files and records, which anyone may have written."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np

from avatar_core.errors import ProjectFormatError, ShapeError
from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from enum import StrEnum

    from numpy.typing import NDArray

    from avatar_core.geometry.shapes import AnyArray

PlainData: TypeAlias = dict[str, Any]
"""None, booleans, numbers, text, and lists and dictionaries of them: what JSON can say."""

TEXT_LETTERS = 40_000
"""The longest text in a project; no system has longer paths."""

_LARGEST = sys.float_info.max

Choice = TypeVar("Choice", bound="StrEnum")
Number = TypeVar("Number", bound=np.generic)


class Fields:
    """Named values, each asked for with what it must be.

    Args:
        values: the plain data.
        where: its name, for errors.

    Raises:
        ProjectFormatError: by every method: missing, of the wrong kind, out of range.
    """

    def __init__(self, values: object, where: str) -> None:
        if not isinstance(values, Mapping):
            raise damaged(f"{where} should hold named values")
        self._values = values
        self._where = where

    def names(self) -> tuple[str, ...]:
        """The names there are."""
        return tuple(self._values)

    def text(self, key: str, least: int = 0) -> str:
        """Text of at least `least` letters."""
        value = self._value(key)
        if not isinstance(value, str) or not least <= len(value) <= TEXT_LETTERS or "\0" in value:
            raise self._wrong(key, f"text of {least} to {TEXT_LETTERS} letters")
        return value

    def text_or_none(self, key: str) -> str | None:
        return None if self.is_none(key) else self.text(key)

    def is_none(self, key: str) -> bool:
        """Whether the value is there and says that there is none."""
        return self._value(key) is None

    def flag(self, key: str) -> bool:
        value = self._value(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def number(self, key: str, low: float = -math.inf, high: float = math.inf) -> float:
        """A finite number, `low` <= number <= `high`."""
        value = self._value(key)
        if not _is_number(value, low, high):
            raise self._wrong(key, f"a number from {low:g} to {high:g}")
        return float(value)

    def whole(self, key: str, low: int, high: int) -> int:
        """A whole number, `low` <= number <= `high`."""
        value = self._value(key)
        if not isinstance(value, int) or not _is_number(value, low, high):
            raise self._wrong(key, f"a whole number from {low} to {high}")
        return value

    def numbers(
        self, key: str, count: int, low: float = -math.inf, high: float = math.inf
    ) -> tuple[float, ...]:
        """`count` finite numbers, each `low` <= number <= `high`."""
        value = self._value(key)
        if (
            not isinstance(value, list | tuple)
            or len(value) != count
            or not all(_is_number(each, low, high) for each in value)
        ):
            raise self._wrong(key, f"{count} numbers from {low:g} to {high:g}")
        return tuple(float(each) for each in value)

    def choice(self, key: str, kind: type[Choice]) -> Choice:
        """A member of an enumeration of texts."""
        value = self._value(key)
        try:
            return kind(value)
        except ValueError as reason:
            raise self._wrong(key, f"one of {', '.join(kind)}") from reason

    def child(self, key: str) -> Fields:
        """Named values within."""
        return Fields(self._value(key), f"{self._where}.{key}")

    def child_or_none(self, key: str) -> Fields | None:
        return None if self.is_none(key) else self.child(key)

    def items(self, key: str) -> list[Any]:
        """A list of anything."""
        value = self._value(key)
        if not isinstance(value, list | tuple):
            raise self._wrong(key, "a list")
        return list(value)

    def children(self, key: str) -> list[Fields]:
        """A list of named values within."""
        where = f"{self._where}.{key}"
        return [Fields(each, f"{where}[{at}]") for at, each in enumerate(self.items(key))]

    def mapping(self, key: str) -> PlainData:
        """Named values that are nobody's business but the caller's."""
        value = self._value(key)
        if not isinstance(value, Mapping):
            raise self._wrong(key, "named values")
        return dict(value)

    def _value(self, key: str) -> Any:
        if key not in self._values:
            raise damaged(f"{self._where}.{key} is missing")
        return self._values[key]

    def _wrong(self, key: str, wanted: str) -> ProjectFormatError:
        return damaged(f"{self._where}.{key} should be {wanted}, not {self._value(key)!r:.40}")


class Arrays:
    """Named arrays, each asked for with the type and shape it must have.

    Args:
        arrays: the arrays.
        where: their name, for errors.
    """

    def __init__(self, arrays: Mapping[str, AnyArray], where: str) -> None:
        self._arrays = arrays
        self._where = where

    def has(self, name: str) -> bool:
        return name in self._arrays

    def get(
        self,
        name: str,
        kind: type[Number],
        pattern: str,
        low: float = -math.inf,
        high: float = math.inf,
    ) -> NDArray[Number]:
        """One array of finite numbers, `low` <= each <= `high`.

        Args:
            name: its name.
            kind: its exact type, e.g. `np.float32`.
            pattern: its shape in the language of `expect_shapes`.
            low: lower bound.
            high: upper bound.

        Raises:
            ProjectFormatError: missing, or not like that.
        """
        if name not in self._arrays:
            raise damaged(f"the array {self._where}.{name} is missing")
        array: NDArray[Any] = self._arrays[name]
        try:
            expect_shapes(**{name: (array, pattern)})
        except ShapeError as reason:
            raise damaged(f"an array has the wrong shape ({self._where}.{reason})") from reason
        if array.dtype != np.dtype(kind):
            raise damaged(f"the array {self._where}.{name} holds {array.dtype} numbers")
        # A comparison with NaN is false, so this refuses NaN together with what is out of range.
        if not np.isfinite(array).all() or not ((array >= low) & (array <= high)).all():
            raise damaged(f"the array {self._where}.{name} holds impossible numbers")
        return array


def damaged(reason: str) -> ProjectFormatError:
    """The error for data that no studio wrote."""
    return ProjectFormatError(
        f"The project is damaged: {reason}.", "Open a backup, or an earlier version of it."
    )


def _is_number(value: object, low: float, high: float) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        # Decides finiteness too; `isfinite` raises on whole numbers of many digits.
        and -_LARGEST <= value <= _LARGEST
        and low <= value <= high
    )
