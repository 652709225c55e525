from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.project import Part, Project, digest, projects_equal

if TYPE_CHECKING:
    from avatar_core.motion import Take


def test_a_copy_is_equal(full_project: Project) -> None:
    assert projects_equal(full_project, full_project.copy())


@pytest.mark.parametrize("name", [field.name for field in fields(Project)])
def test_every_part_of_a_project_counts(name: str, full_project: Project) -> None:
    other = replace(full_project, **{name: getattr(Project(), name)})
    assert not projects_equal(full_project, other)


def test_the_order_of_takes_counts(full_project: Project) -> None:
    other = replace(full_project, takes=dict(reversed(full_project.takes.items())))
    assert not projects_equal(full_project, other)


def test_a_single_bit_deep_inside_counts(full_project: Project, some_take: Take) -> None:
    samples = some_take.audio.samples.copy()  # type: ignore[union-attr]
    samples.view(np.uint32)[77, 1] ^= 1
    audio = replace(some_take.audio, samples=samples)  # type: ignore[type-var]
    other = full_project.copy()
    other.takes[some_take.id] = replace(some_take, audio=audio)
    assert not projects_equal(full_project, other)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (0.0, -0.0),
        (1, 1.0),
        (1, True),
        ("1", 1),
        (None, "None"),
        ("project", Part.PROJECT),
        ([1, 2], [[1], 2]),
        (["ab", "c"], ["a", "bc"]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (np.zeros(2, np.float32), np.zeros(2, np.int32)),
        (np.zeros((1, 2)), np.zeros((2, 1))),
        (np.array([0.0]), np.array([-0.0])),
    ],
)
def test_values_that_differ_in_kind_order_or_bits_differ(first: object, second: object) -> None:
    assert digest(first) != digest(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (float("nan"), float("nan")),
        ((1, 2), [1, 2]),
        (np.arange(4), np.arange(8)[::2] // 2),
    ],
)
def test_values_that_hold_the_same_are_equal(first: object, second: object) -> None:
    assert digest(first) == digest(second)


def test_is_the_same_in_every_run() -> None:
    assert digest({"a": [1, 0.5, None, np.array([1.5], np.float32)]}) == (
        "c313f7b4703f1c3bf64b7cb33fa4cfd51a1eb45c6eb2f42491c6927b35e50bc3"
    )


def test_types_count() -> None:
    @dataclass
    class One:
        value: int

    @dataclass
    class Other:
        value: int

    assert digest(One(1)) != digest(Other(1))
    assert digest(One(1)) == digest(One(1))


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        digest({"a": object()})
