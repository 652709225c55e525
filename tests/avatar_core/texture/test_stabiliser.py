from __future__ import annotations

import numpy as np
import pytest

from avatar_core.texture.stabiliser import Rope, Smoothing


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


@pytest.mark.parametrize("make", [lambda: Rope(5.0), lambda: Rope(0.0), lambda: Smoothing(8)])
def test_the_line_ends_where_the_pen_was_lifted(make) -> None:
    stabiliser = make()
    assert stabiliser.release() is None
    for pen in ([0.0, 0.0], [4.0, 1.0], [7.5, -2.0]):
        stabiliser.move(np.array(pen))

    assert stabiliser.release().tolist() == [7.5, -2.0]


@pytest.mark.parametrize("make", [lambda: Rope(0.0), lambda: Smoothing(1)])
def test_without_strength_the_brush_is_at_the_pen(make) -> None:
    stabiliser = make()
    for pen in np.random.default_rng(1).uniform(-1, 1, (20, 2)):
        assert stabiliser.move(pen) == pytest.approx(pen)


def test_smoothing_weighs_what_is_newer_more() -> None:
    smoothing = Smoothing(3)
    places = [float(smoothing.move(np.array([x]))[0]) for x in (1.0, 2.0, 6.0, 12.0)]

    assert places == pytest.approx([1, 5 / 3, (1 + 4 + 18) / 6, (2 + 12 + 36) / 6])


def test_points_that_the_caller_goes_on_writing_do_not_matter() -> None:
    for stabiliser in (Rope(0.0), Smoothing(2)):
        pen = np.array([1.0, 2.0])
        stabiliser.move(pen)
        pen[:] = 9
        assert stabiliser.release().tolist() == [1, 2]


def test_impossible_strengths_are_refused() -> None:
    for length in (-1.0, np.nan):
        with pytest.raises(ValueError, match="length"):
            Rope(length)
    with pytest.raises(ValueError, match="samples"):
        Smoothing(0)
