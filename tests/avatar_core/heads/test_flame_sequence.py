"""Sequences of FLAME parameters."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.heads import HeadParameters
from avatar_core.heads.flame_sequence import FlameSequence


def sequence(count: int = 3, expressions: int = 4, **changes: np.ndarray) -> FlameSequence:
    rng = np.random.default_rng(0)
    arrays = {
        "shape": rng.normal(size=6).astype(np.float32),
        "expression": rng.normal(size=(count, expressions)).astype(np.float32),
        "joints": rng.normal(size=(count, 5, 3)).astype(np.float32),
        "translation": rng.normal(size=(count, 3)).astype(np.float32),
        "times_s": np.arange(count) / 25,
    }
    return FlameSequence(**(arrays | changes))


def test_poses_go_in_and_come_out() -> None:
    given = sequence()
    poses = [given.pose(index) for index in range(3)]
    again = FlameSequence.of_poses(poses, given.shape, given.times_s + 7)
    assert len(again) == 3
    np.testing.assert_allclose(again.times_s, given.times_s)
    np.testing.assert_array_equal(again.joints, given.joints)
    np.testing.assert_array_equal(again.pose(1).expression, given.expression[1])
    assert isinstance(again.pose(0), HeadParameters)
    assert again.pose(0).shape is None


def test_fewer_and_more_expressions() -> None:
    given = sequence()
    np.testing.assert_array_equal(given.with_expressions(2).expression, given.expression[:, :2])
    more = given.with_expressions(6).expression
    np.testing.assert_array_equal(more[:, :4], given.expression)
    np.testing.assert_array_equal(more[:, 4:], 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"joints": np.zeros((3, 4, 3), np.float32)},
        {"translation": np.zeros((2, 3), np.float32)},
        {"times_s": np.array([0.0, 1.0, 1.0])},
        {"times_s": np.array([0.5, 1.0, 2.0])},
        {"times_s": np.array([0.0, np.nan, 2.0])},
    ],
)
def test_what_does_not_fit_together_is_refused(changes: dict[str, np.ndarray]) -> None:
    with pytest.raises(ShapeError):
        sequence(**changes)


def test_no_frame_is_refused() -> None:
    with pytest.raises(ShapeError, match="no frame"):
        sequence(count=0)


def test_poses_between_moments_and_beyond_the_ends() -> None:
    given = sequence()
    between = given.pose_at(0.06)  # moments are 0.04 s apart
    np.testing.assert_allclose(between.joints, 0.5 * (given.joints[1] + given.joints[2]), atol=1e-6)
    np.testing.assert_allclose(
        between.expression, 0.5 * (given.expression[1] + given.expression[2]), atol=1e-6
    )
    np.testing.assert_array_equal(given.pose_at(-1).joints, given.joints[0])
    np.testing.assert_array_equal(given.pose_at(9).translation, given.translation[2])
