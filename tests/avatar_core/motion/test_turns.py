from __future__ import annotations

import numpy as np
import pytest

from avatar_core.geometry import matrix_from_axis_angle
from avatar_core.motion.turns import composed, turned

RNG = np.random.default_rng(1)
TURNS = [
    np.zeros(3, np.float32),
    np.array([1e-9, 0, 0], np.float32),
    np.array([0, np.pi, 0], np.float32),
    np.array([0, 0, -4.0], np.float32),
    *RNG.normal(0, 0.8, (6, 3)).astype(np.float32),
]


@pytest.mark.parametrize("first", TURNS)
@pytest.mark.parametrize("second", TURNS)
def test_composition_is_that_of_matrices(first: np.ndarray, second: np.ndarray) -> None:
    turn = composed(first, second)
    expected = matrix_from_axis_angle(first) @ matrix_from_axis_angle(second)
    assert matrix_from_axis_angle(turn) == pytest.approx(expected, abs=2e-6)
    assert turn.dtype == np.float32


@pytest.mark.parametrize("turn", TURNS)
def test_vectors_turn_like_with_matrices(turn: np.ndarray) -> None:
    vector = np.array([0.3, -0.2, 0.9], np.float32)
    expected = matrix_from_axis_angle(turn) @ vector
    assert turned(vector, turn) == pytest.approx(expected, abs=2e-6)


def test_two_turns_beyond_half_a_round_come_out_the_short_way() -> None:
    turn = composed(*(np.array([0, 2.0, 0], np.float32),) * 2)
    assert turn == pytest.approx([0, 4.0 - 2 * np.pi, 0], abs=1e-6)
