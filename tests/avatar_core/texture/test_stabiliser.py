from __future__ import annotations

import numpy as np
import pytest

from avatar_core.texture.stabiliser import Rope


def test_a_slack_rope_does_not_move_the_brush_and_a_taut_one_draws_it() -> None:
    rope = Rope(10.0)

    assert rope.move(np.array([0.0, 0.0])).tolist() == [0, 0]
    assert rope.move(np.array([6.0, 8.0])).tolist() == [0, 0]
    assert rope.move(np.array([12.0, 16.0])) == pytest.approx([6, 8])


def test_the_brush_is_never_further_away_than_the_rope_is_long() -> None:
    rope = Rope(3.0)
    for pen in np.random.default_rng(0).uniform(-20, 20, (200, 3)):
        assert np.linalg.norm(rope.move(pen) - pen) <= 3 + 1e-9


def test_a_rope_takes_the_shake_out_of_a_line() -> None:
    rope, rng = Rope(8.0), np.random.default_rng(2)
    pens = np.stack([np.arange(0, 300, 2.0), rng.normal(0, 2, 150)], axis=1)
    brushes = np.array([rope.move(pen) for pen in pens])

    def shake(line: np.ndarray) -> float:
        return float(np.abs(np.diff(line[50:, 1])).mean())

    assert shake(brushes) < 0.4 * shake(pens)


@pytest.mark.parametrize("length", [5.0, 0.0])
def test_the_line_ends_where_the_pen_was_lifted(length: float) -> None:
    rope = Rope(length)
    assert rope.release() is None
    for pen in ([0.0, 0.0], [4.0, 1.0], [7.5, -2.0]):
        rope.move(np.array(pen))

    assert rope.release().tolist() == [7.5, -2.0]


def test_without_a_rope_the_brush_is_at_the_pen() -> None:
    rope = Rope(0.0)
    for pen in np.random.default_rng(1).uniform(-1, 1, (20, 2)):
        assert rope.move(pen) == pytest.approx(pen)


def test_points_that_the_caller_goes_on_writing_do_not_matter() -> None:
    rope, pen = Rope(0.0), np.array([1.0, 2.0])
    rope.move(pen)
    pen[:] = 9
    assert rope.release().tolist() == [1, 2]


@pytest.mark.parametrize("length", [-1.0, np.nan])
def test_impossible_lengths_are_refused(length: float) -> None:
    with pytest.raises(ValueError, match="length"):
        Rope(length)
