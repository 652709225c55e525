from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from avatar_core.commands.growing_edit import GrowingEdit
from avatar_core.errors import ProjectFormatError, ShapeError
from avatar_core.project.plain import Arrays, Fields

FLOATS = st.integers(0, 5).flatmap(
    lambda rows: arrays_of.arrays(
        np.float32, (rows, 3), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)
    )
)
MAYBE = st.one_of(st.none(), FLOATS)


def same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and one.tobytes() == other.tobytes()


@given(before=MAYBE, after=FLOATS)
def test_both_ways_to_the_last_bit_whatever_the_lengths(
    before: np.ndarray | None, after: np.ndarray
) -> None:
    edit = GrowingEdit.between(before, after)
    assert same(edit.done(before, np.float32), after)
    assert same(edit.undone(after, np.float32), before)


@given(before=FLOATS)
def test_an_array_can_go_altogether(before: np.ndarray) -> None:
    edit = GrowingEdit.between(before, None)
    assert edit.done(before, np.float32) is None
    assert same(edit.undone(None, np.float32), before)


def test_no_array_at_all_is_no_edit() -> None:
    with pytest.raises(ValueError, match="before or after"):
        GrowingEdit.between(None, None)


def test_rows_of_zeros_are_a_change_that_takes_no_memory() -> None:
    edit = GrowingEdit.between(np.ones((2, 3), np.float32), np.ones((2, 3), np.float32))
    assert edit.changes_nothing
    longer = np.zeros((100_000, 3), np.float32)
    grown = GrowingEdit.between(None, longer)
    assert not grown.changes_nothing
    assert grown.nbytes == 8


def test_the_given_arrays_are_left_alone_and_not_handed_on() -> None:
    before, after = np.zeros((2, 3), np.float32), np.ones((4, 3), np.float32)
    edit = GrowingEdit.between(before, after)
    done = edit.done(before, np.float32)
    undone = edit.undone(done, np.float32)
    assert done is not None
    assert undone is not None
    done[:] = 7
    assert not before.any()
    assert not undone.any()
    assert undone.base is None or undone.base.shape == undone.shape


def test_other_arrays_are_refused() -> None:
    before, after = np.zeros((2, 3), np.float32), np.ones((4, 3), np.float32)
    edit = GrowingEdit.between(before, after)
    with pytest.raises(ValueError, match="made for 2 rows, got 3"):
        edit.done(np.zeros((3, 3), np.float32), np.float32)
    with pytest.raises(ValueError, match="got None"):
        edit.done(None, np.float32)
    with pytest.raises(ValueError, match="another state"):
        edit.done(before + 2, np.float32)
    with pytest.raises(ShapeError):
        GrowingEdit.between(before, np.ones((4, 2), np.float32))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none_are_refused(value: float) -> None:
    after = np.zeros((3, 3), np.float32)
    after[2, 1] = value
    with pytest.raises(ValueError, match="not finite"):
        GrowingEdit.between(np.zeros((2, 3), np.float32), after)


def test_damaged_records_are_refused() -> None:
    arrays: dict[str, np.ndarray] = {}
    edit = GrowingEdit.between(None, np.ones((3, 3), np.float32))
    data = edit.pack(arrays, "edit")

    def unpacked(**changes: object) -> GrowingEdit:
        fields = Fields({**data, **changes}, "record")
        return GrowingEdit.unpack(fields, Arrays(arrays, "record"), "edit", np.float32, "* 3", 9)

    assert same(unpacked().done(None, np.float32), np.ones((3, 3), np.float32))
    for changes in ({"after": 2}, {"after": 10}, {"before": -1}, {"before": "2"}, {"after": None}):
        with pytest.raises(ProjectFormatError, match="damaged"):
            unpacked(**changes)
