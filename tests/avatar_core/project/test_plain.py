from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from avatar_core.errors import ProjectFormatError
from avatar_core.project.plain import TEXT_LETTERS, Arrays, Fields

if TYPE_CHECKING:
    from collections.abc import Callable


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def fields(**values: Any) -> Fields:
    return Fields(values, "thing")


def test_values_come_back_as_they_are() -> None:
    given = fields(
        name="Ada", none=None, yes=True, half=0.5, seven=7, many=[1, 2.5], colour="red",
        within={"deep": 1}, list=[{"a": 1}, {"a": 2}],
    )  # fmt: skip
    assert given.text("name") == "Ada"
    assert given.text_or_none("none") is None
    assert given.text_or_none("name") == "Ada"
    assert given.flag("yes") is True
    assert given.number("half") == 0.5
    assert isinstance(given.number("seven"), float)
    assert given.whole("seven", 0, 10) == 7
    assert given.numbers("many", 2) == (1.0, 2.5)
    assert given.choice("colour", Colour) is Colour.RED
    assert given.child("within").whole("deep", 0, 1) == 1
    assert given.child_or_none("none") is None
    assert [each.whole("a", 0, 9) for each in given.children("list")] == [1, 2]
    assert given.mapping("within") == {"deep": 1}
    assert given.is_none("none")
    assert given.names()[0] == "name"


ASK: list[tuple[Callable[[Fields], object], list[object]]] = [
    (lambda f: f.text("x"), [1, None, "a\0b", "x" * (TEXT_LETTERS + 1), ["a"]]),
    (lambda f: f.text("x", least=1), [""]),
    (lambda f: f.text_or_none("x"), [False, 0]),
    (lambda f: f.flag("x"), [1, 0, None, "true"]),
    (lambda f: f.number("x"), [True, "1", None, float("nan"), float("inf"), 10**400, [1]]),
    (lambda f: f.number("x", 0.0, 1.0), [-0.01, 1.01, 10**400]),
    (lambda f: f.whole("x", 0, 9), [True, 1.0, -1, 10, None, "1"]),
    (lambda f: f.numbers("x", 2), [[1], [1, 2, 3], [1, None], [1, float("nan")], "12", None]),
    (lambda f: f.choice("x", Colour), ["green", None, 1, [], {}]),
    (lambda f: f.child("x"), [None, 1, [], "a"]),
    (lambda f: f.child_or_none("x"), [1, []]),
    (lambda f: f.children("x"), [None, 1, {}, "ab", [1], [{}, None]]),
    (lambda f: f.mapping("x"), [None, 1, []]),
    (lambda f: f.items("x"), [None, 1, {}, "ab"]),
]


@pytest.mark.parametrize(
    ("ask", "value"), [(ask, value) for ask, values in ASK for value in values]
)
def test_other_values_are_refused_by_name(ask: Callable[[Fields], object], value: object) -> None:
    with pytest.raises(ProjectFormatError, match=r"damaged: thing\.x"):
        ask(fields(x=value))


@pytest.mark.parametrize("ask", [ask for ask, _ in ASK])
def test_missing_values_are_named(ask: Callable[[Fields], object]) -> None:
    with pytest.raises(ProjectFormatError, match=r"thing\.x is missing"):
        ask(fields())


def test_messages_stay_short() -> None:
    with pytest.raises(ProjectFormatError) as caught:
        fields(x="y" * 10_000).number("x")
    assert len(caught.value.message) < 200


def test_the_largest_number_is_one() -> None:
    assert fields(x=sys.float_info.max).number("x") == sys.float_info.max


def test_arrays_come_back_as_they_are() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    reader = Arrays({"a": array}, "thing")
    assert reader.has("a")
    assert not reader.has("b")
    assert reader.get("a", np.float32, "N 3", 0.0, 5.0) is array


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 4), np.float32),
        np.zeros(3, np.float32),
        np.zeros((2, 3), np.float64),
        np.zeros((2, 3), ">f4"),
        np.full((2, 3), np.nan, np.float32),
        np.full((2, 3), -np.inf, np.float32),
        np.full((2, 3), 1.5, np.float32),
        np.full((2, 3), -0.5, np.float32),
    ],
)
def test_other_arrays_are_refused_by_name(array: np.ndarray) -> None:
    with pytest.raises(ProjectFormatError, match=r"thing\.a"):
        Arrays({"a": array}, "thing").get("a", np.float32, "N 3", 0.0, 1.0)


def test_missing_arrays_are_named() -> None:
    with pytest.raises(ProjectFormatError, match=r"thing\.a is missing"):
        Arrays({}, "thing").get("a", np.float32, "N")
