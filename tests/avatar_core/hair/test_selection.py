"""Selections as weights: put together, grown, softened, kept as bytes; hiding and locking."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.gaussians.cloud import DELETED, HIDDEN, LOCKED
from avatar_core.hair.selection import (
    SelectMode,
    combined,
    grown,
    hidden_rows,
    inverted,
    isolated,
    locked,
    shown_all,
    shrunk,
    softened,
    to_bytes,
    unlocked,
)

CHAIN = np.array([[1, 1], [0, 2], [1, 3], [2, 4], [3, 3]], np.int32)
"""Five Gaussians in a row; each end knows its one neighbour twice."""


def _weights(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (SelectMode.REPLACE, [0.0, 1.0, 0.5, 0.25]),
        (SelectMode.ADD, [1.0, 1.0, 0.5, 0.75]),
        (SelectMode.SUBTRACT, [1.0, 0.0, 0.0, 0.75]),
        (SelectMode.INTERSECT, [0.0, 0.0, 0.0, 0.25]),
    ],
)
def test_found_and_selected_are_put_together(mode: SelectMode, expected: list[float]) -> None:
    before, found = _weights(1, 0, 0, 0.75), _weights(0, 1, 0.5, 0.25)
    result = combined(before, found, mode)
    np.testing.assert_array_equal(result, expected)
    assert result.dtype == np.float32
    assert result is not found
    np.testing.assert_array_equal(before, [1, 0, 0, 0.75])


def test_whole_selections_behave_like_sets() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.random(200) < 0.4, rng.random(200) < 0.4
    a, b = one.astype(np.float32), other.astype(np.float32)
    np.testing.assert_array_equal(combined(a, b, SelectMode.ADD), one | other)
    np.testing.assert_array_equal(combined(a, b, SelectMode.SUBTRACT), one & ~other)
    np.testing.assert_array_equal(combined(a, b, SelectMode.INTERSECT), one & other)
    np.testing.assert_array_equal(inverted(a), ~one)


def test_selections_of_other_hair_do_not_combine() -> None:
    with pytest.raises(ShapeError):
        combined(_weights(1), _weights(1, 0), SelectMode.ADD)


def test_what_may_not_be_selected_is_left_out_of_the_inverse() -> None:
    allowed = np.array([True, True, False])
    np.testing.assert_array_equal(inverted(_weights(0.25, 1, 0), allowed), [0.75, 0, 0])


def test_growing_goes_one_neighbour_further_each_round() -> None:
    start = _weights(0.5, 0, 0, 0, 0)
    np.testing.assert_array_equal(grown(start, CHAIN), [0.5, 0.5, 0, 0, 0])
    np.testing.assert_array_equal(grown(start, CHAIN, 3), [0.5, 0.5, 0.5, 0.5, 0])
    np.testing.assert_array_equal(grown(start, CHAIN, 0), start)
    np.testing.assert_array_equal(start, [0.5, 0, 0, 0, 0])


def test_shrinking_is_growing_what_is_not_selected() -> None:
    rng = np.random.default_rng(1)
    weights = (rng.integers(0, 5, 60) / 4).astype(np.float32)
    neighbours = rng.integers(0, 60, (60, 4)).astype(np.int32)
    expected = 1 - grown(1 - weights, neighbours, 2)
    np.testing.assert_array_equal(shrunk(weights, neighbours, 2), expected)
    np.testing.assert_array_equal(shrunk(_weights(1, 1, 1, 0, 0), CHAIN), [1, 1, 0, 0, 0])


def test_softening_takes_means_and_leaves_even_weights() -> None:
    np.testing.assert_allclose(
        softened(_weights(1, 1, 0, 0, 0), CHAIN), [1, 2 / 3, 1 / 3, 0, 0], atol=1e-6
    )
    np.testing.assert_allclose(softened(_weights(*[0.5] * 5), CHAIN, 4), 0.5, atol=1e-6)


def test_bytes_and_back_are_the_same() -> None:
    steps = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_bytes(steps / np.float32(255)), steps)


def test_faint_weights_are_not_lost_and_odd_ones_are_limited() -> None:
    np.testing.assert_array_equal(to_bytes(_weights(0.0001, 0, 1.5, -1)), [1, 0, 255, 0])


def test_hidden_and_locked_rows_come_back() -> None:
    flags = np.array([0, LOCKED, DELETED, HIDDEN], np.uint8)
    weights = _weights(1, 0.5, 0.4, 0)
    hidden = hidden_rows(flags, weights)
    np.testing.assert_array_equal(hidden, [HIDDEN, HIDDEN | LOCKED, DELETED, HIDDEN])
    np.testing.assert_array_equal(shown_all(hidden), [0, LOCKED, DELETED, 0])
    np.testing.assert_array_equal(locked(flags, weights), [LOCKED, LOCKED, DELETED, HIDDEN])
    np.testing.assert_array_equal(unlocked(flags), [0, 0, DELETED, HIDDEN])
    np.testing.assert_array_equal(flags, [0, LOCKED, DELETED, HIDDEN])
    assert hidden.dtype == np.uint8


def test_isolating_shows_the_selection_alone() -> None:
    flags = np.array([HIDDEN, LOCKED, 0], np.uint8)
    np.testing.assert_array_equal(isolated(flags, _weights(1, 1, 0)), [0, LOCKED, HIDDEN])


def test_no_hair_is_no_trouble() -> None:
    none, neighbours = _weights(), np.zeros((0, 12), np.int32)
    flags = np.zeros(0, np.uint8)
    for result in (
        grown(none, neighbours), shrunk(none, neighbours), softened(none, neighbours),
        inverted(none), to_bytes(none), isolated(flags, none), combined(none, none, SelectMode.ADD),
    ):  # fmt: skip
        assert len(result) == 0
