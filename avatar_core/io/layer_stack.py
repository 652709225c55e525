"""`stack.xml` of an OpenRaster file, read without trust: elements, depth and size are bounded."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from avatar_core.errors import AssetError
from avatar_core.io import limits
from avatar_core.project.paint import MOST_LAYERS

if TYPE_CHECKING:
    from typing import NoReturn

_Word = TypeVar("_Word", bound=StrEnum)

STACK_BYTES = limits.LAYER_STACK_BYTES
_MOST_ELEMENTS = 10 * MOST_LAYERS
_DEEPEST = 64
_FARTHEST_PX = 1 << 20
_DAMAGE = (ET.ParseError, LookupError, ValueError)
"""What the parser raises: not well-formed, an encoding that nobody knows, bytes that are none."""


def read_layer_stack(data: bytes, name: str) -> ET.Element:
    """The `image` element.

    Args:
        data: the bytes of `stack.xml`.
        name: what to call the whole file in an error, at the start of a sentence.

    Raises:
        AssetError: no XML, with a document type (and so with entities), or too large or deep.
    """
    parser = ET.XMLParser(target=_GuardedBuilder(name))
    try:
        parser.feed(data)
        root = parser.close()
    except _DAMAGE as reason:
        raise AssetError(f"{name} has a list of layers that cannot be read.") from reason
    if not isinstance(root, ET.Element) or root.tag != "image":
        raise AssetError(f"{name} has a list of layers that holds no picture.")
    return root


def number_of(element: ET.Element, key: str, missing: float) -> float:
    """A finite number of an element, or `missing` where there is none."""
    try:
        value = float(element.get(key, missing))
    except ValueError:
        return missing
    return value if math.isfinite(value) else missing


def numbers_of(
    element: ET.Element, key: str, count: int, least: float, most: float, name: str
) -> list[float]:
    """So many numbers of an element, within limits.

    Raises:
        AssetError: others.
    """
    try:
        numbers = [float(word) for word in element.get(key, "").split()]
    except ValueError:
        numbers = []
    # Comparisons with NaN are false, so this refuses NaN too.
    if len(numbers) != count or not all(least <= number <= most for number in numbers):
        raise AssetError(f"{name} has a layer whose numbers make no sense.")
    return numbers


def choice_of(element: ET.Element, key: str, words: type[_Word]) -> _Word | None:
    """One of some words, or None where it is missing or another."""
    return next((word for word in words if word.value == element.get(key)), None)


def place_of(element: ET.Element) -> tuple[int, int]:
    """Row and column of an element in the one around it, pixels."""
    row, column = (round(number_of(element, key, 0)) for key in ("y", "x"))
    return _bounded(row), _bounded(column)


def _bounded(place: int) -> int:
    return max(-_FARTHEST_PX, min(place, _FARTHEST_PX))


class _GuardedBuilder(ET.TreeBuilder):
    """Refuses what could make a small file grow."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._depth = self._elements = 0

    def doctype(self, name: str, pubid: str | None, system: str | None) -> NoReturn:
        """Met before anything that it declares."""
        raise AssetError(
            f"{self._name} declares a document type, which no program that paints does."
        )

    def start(self, tag: str, attrs: dict[str, str], /) -> ET.Element:
        self._depth += 1
        self._elements += 1
        if self._depth > _DEEPEST or self._elements > _MOST_ELEMENTS:
            raise AssetError(
                f"{self._name} has too many layers, or groups too deep in one another.",
                "Merge some of them in the program that made it.",
            )
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)
