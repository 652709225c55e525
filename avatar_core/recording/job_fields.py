"""Typed access to render jobs that anyone may have written, with a sentence for what is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from avatar_core.errors import RecordingError

if TYPE_CHECKING:
    from enum import StrEnum

Choice = TypeVar("Choice", bound="StrEnum")

_LETTERS = 4096
_MOST = 1_000_000_000


class JobFields:
    """Named values of a job, each asked for with what it must be; all may be left out.

    Args:
        values: plain data.
        where: what they belong to, as it is called within a sentence; begins with no name.

    Raises:
        RecordingError: by every method: of the wrong kind, or out of range.
    """

    def __init__(self, values: object, where: str) -> None:
        if not isinstance(values, Mapping):
            raise RecordingError(
                f"{capital(where)} should be named values.", "Write them as NAME: VALUE."
            )
        self._values = values
        self.where = where

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def expect(self, known: frozenset[str]) -> None:
        """Refuse names that mean nothing: most are misspelt."""
        for key in self._values:
            if key not in known:
                raise RecordingError(
                    f"{capital(self.where)} has '{key!s:.40}', which means nothing.",
                    f"Known are {', '.join(sorted(known))}.",
                )

    def value(self, key: str) -> Any:
        return self._values.get(key)

    def text(self, key: str, otherwise: str = "") -> str:
        value = self._values.get(key)
        if value is None:
            return otherwise
        if not isinstance(value, str) or len(value) > _LETTERS or "\0" in value:
            raise self.wrong(key, "text")
        return value

    def number(self, key: str, otherwise: float, low: float, high: float) -> float:
        """A finite number, `low` <= number <= `high`."""
        value = self._values.get(key)
        if value is None:
            return otherwise
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        # The order matters: `isfinite` raises on whole numbers of many digits.
        if not is_number or not low <= value <= high or not math.isfinite(value):
            raise self.wrong(key, f"a number from {low:g} to {high:g}")
        return float(value)

    def whole(self, key: str, otherwise: int, low: int, high: int) -> int:
        value = self._values.get(key)
        if value is None:
            return otherwise
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(key, f"a whole number from {low} to {high}")
        return value

    def choice(self, key: str, otherwise: Choice) -> Choice:
        """A member of the enumeration of the value that stands in."""
        kind = type(otherwise)
        value = self._values.get(key)
        if value is None:
            return otherwise
        if not isinstance(value, str) or value not in list(kind):
            raise self.wrong(key, f"one of {', '.join(kind)}")
        return kind(value)

    def size(self, key: str, otherwise: tuple[int, int]) -> tuple[int, int]:
        """`1920x1080`, or a list of two."""
        value = self._values.get(key)
        if value is None:
            return otherwise
        if isinstance(value, str):
            match = re.fullmatch(r"\s*(\d{1,5})\s*[xX]\s*(\d{1,5})\s*", value)
            value = [] if match is None else [int(each) for each in match.groups()]
        wanted = "a size such as 1920x1080"
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise self.wrong(key, wanted)
        width, height = value
        if not all(type(side) is int and 0 < side <= 65_536 for side in value):
            raise self.wrong(key, wanted)
        return width, height

    def frames(self, key: str) -> tuple[int, int | None]:
        """`0-99`, `10-` or `10`, or a list of two; the end is included, None is the take's."""
        value = self._values.get(key)
        if value is None:
            return 0, None
        wanted = "a range of frames such as 0-99"
        if isinstance(value, str):
            match = re.fullmatch(r"(\d{1,9})(-(\d{1,9})?)?", value.strip())
            if match is None:
                raise self.wrong(key, wanted)
            first = int(match[1])
            last = first if match[2] is None else None if match[3] is None else int(match[3])
            value = [first, last]
        ends = [value, value] if type(value) is int else value
        if not isinstance(ends, list | tuple) or len(ends) != 2:
            raise self.wrong(key, wanted)
        first, last = ends
        if type(first) is not int or not (last is None or type(last) is int):
            raise self.wrong(key, wanted)
        if not 0 <= first <= _MOST or not (last is None or first <= last <= _MOST):
            raise self.wrong(key, wanted)
        return first, last

    def wrong(self, key: str, wanted: str) -> RecordingError:
        value = self._values.get(key)
        return RecordingError(
            f"'{key}' of {self.where} should be {wanted}, not {value!r:.40}.",
            "Correct it, or leave it out.",
        )


def capital(sentence: str) -> str:
    """The sentence with a capital in front."""
    return sentence[:1].upper() + sentence[1:]
