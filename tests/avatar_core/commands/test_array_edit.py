from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from avatar_core.commands.array_edit import ArrayEdit
from avatar_core.errors import ProjectFormatError, ShapeError
from avatar_core.project.plain import Arrays

FLOATS = arrays_of.arrays(np.float32, (4, 3), elements=st.floats(width=32))


@given(before=FLOATS, after=FLOATS)
def test_is_its_own_inverse_to_the_last_bit(before: np.ndarray, after: np.ndarray) -> None:
    edit = ArrayEdit.between(before, after)
    assert edit.applied(before).tobytes() == after.tobytes()
    assert edit.applied(after).tobytes() == before.tobytes()


@given(first=FLOATS, second=FLOATS, third=FLOATS)
def test_two_edits_become_one(first: np.ndarray, second: np.ndarray, third: np.ndarray) -> None:
    both = ArrayEdit.between(first, second).then(ArrayEdit.between(second, third))
    direct = ArrayEdit.between(first, third)
    assert both.applied(first).tobytes() == third.tobytes()
    assert both.applied(third).tobytes() == first.tobytes()
    assert np.array_equal(both.indices, direct.indices)
    assert np.array_equal(both.bits, direct.bits)


def test_keeps_touched_rows_only() -> None:
    before = np.zeros((1000, 3), np.float32)
    after = before.copy()
    after[[10, 500]] = 1.0
    edit = ArrayEdit.between(before, after)
    assert edit.indices.tolist() == [10, 500]
    assert edit.nbytes == 2 * (4 + 12) + 8


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.float16, np.int32, np.float64])
def test_works_for_numbers_of_any_width(dtype: type) -> None:
    before, after = np.array([0, 1, 1], dtype), np.array([1, 1, 0], dtype)
    applied = ArrayEdit.between(before, after).applied(before)
    assert applied.dtype == dtype
    assert applied.tolist() == after.tolist()


def test_equal_arrays_give_an_edit_that_changes_nothing() -> None:
    empty = np.zeros((0, 3), np.float32)
    assert ArrayEdit.between(np.ones(3), np.ones(3)).changes_nothing
    assert ArrayEdit.between(empty, empty).applied(empty).shape == (0, 3)
    assert not ArrayEdit.between(np.array([0.0]), np.array([-0.0])).changes_nothing


def test_leaves_the_given_array_alone() -> None:
    before = np.zeros(3, np.float32)
    ArrayEdit.between(before, np.ones(3, np.float32)).applied(before)
    assert not before.any()


def test_refuses_an_array_in_another_state() -> None:
    edit = ArrayEdit.between(np.zeros(3, np.float32), np.ones(3, np.float32))
    with pytest.raises(ValueError, match="another state"):
        edit.applied(np.array([0.0, 0.5, 0.0], np.float32))


def test_refuses_to_merge_with_an_edit_that_does_not_follow() -> None:
    zeros, ones, twos = (np.full(3, value, np.float32) for value in (0, 1, 2))
    with pytest.raises(ValueError, match="does not follow"):
        ArrayEdit.between(zeros, ones).then(ArrayEdit.between(twos, zeros))


def test_names_an_array_that_it_does_not_fit() -> None:
    edit = ArrayEdit.between(np.zeros(3, np.float32), np.ones(3, np.float32))
    for other in (np.zeros(2, np.float32), np.zeros(3), np.zeros((3, 2), np.float32)):
        with pytest.raises(ShapeError, match="array"):
            edit.applied(other)
    with pytest.raises(ShapeError, match="after"):
        ArrayEdit.between(np.zeros(3), np.zeros(4))


def test_damaged_records_are_refused() -> None:
    arrays: dict[str, np.ndarray] = {}
    ArrayEdit.between(np.zeros(3, np.float32), np.ones(3, np.float32)).pack(arrays, "edit")
    good = ArrayEdit.unpack(Arrays(arrays, "record"), "edit", np.float32, "*")
    assert good.indices.tolist() == [0, 1, 2]
    for name, bad in (
        ("edit.indices", arrays["edit.indices"][::-1]),
        ("edit.indices", arrays["edit.indices"][:2]),
        ("edit.bits", arrays["edit.bits"].astype(np.uint64)),
        ("edit.checks", arrays["edit.checks"][:1]),
    ):
        with pytest.raises(ProjectFormatError, match="damaged"):
            ArrayEdit.unpack(Arrays({**arrays, name: bad}, "record"), "edit", np.float32, "*")
