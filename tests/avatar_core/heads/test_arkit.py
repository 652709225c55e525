from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_core.heads.arkit import (
    UNIT_LIMITS,
    damped_shift,
    eye_rotations_from_gaze,
    gaze_from_eye_rotations,
    limited_weights,
    undamped_shift,
    weights_from_eye_rotations,
)
from avatar_core.motion import ARKIT_UNITS, UNIT_INDEX


def test_every_limited_unit_exists() -> None:
    assert {name for pair, _ in UNIT_LIMITS for name in pair} <= set(ARKIT_UNITS)


def test_conflicting_pairs_keep_their_ratio_below_the_limit() -> None:
    weights = np.zeros(52, np.float32)
    blink, squint = UNIT_INDEX["eyeBlinkLeft"], UNIT_INDEX["eyeSquintLeft"]
    weights[[blink, squint]] = 1.0, 0.6
    limited = limited_weights(ARKIT_UNITS, weights)
    assert limited[blink] + limited[squint] == pytest.approx(1.0)
    assert limited[squint] / limited[blink] == pytest.approx(0.6)
    assert weights[blink] == 1.0  # the caller's array stays


def test_weights_without_conflict_are_only_clamped() -> None:
    weights = np.zeros(52, np.float32)
    weights[UNIT_INDEX["jawOpen"]] = 1.4
    weights[UNIT_INDEX["eyeBlinkLeft"]] = -0.2
    limited = limited_weights(ARKIT_UNITS, weights)
    assert limited[UNIT_INDEX["jawOpen"]] == 1.0
    assert np.count_nonzero(limited) == 1


def test_pairs_with_a_missing_unit_are_skipped() -> None:
    limited = limited_weights(("eyeBlinkLeft", "jawOpen"), np.array([1, 1], np.float32))
    np.testing.assert_array_equal(limited, 1)


def test_all_weights_at_once_respect_every_limit() -> None:
    limited = limited_weights(ARKIT_UNITS, np.ones(52, np.float32))
    for (first, second), limit in UNIT_LIMITS:
        assert limited[UNIT_INDEX[first]] + limited[UNIT_INDEX[second]] <= limit + 1e-6


def test_gaze_agrees_with_scipy() -> None:
    gaze = np.random.default_rng(0).normal(0, 0.4, (2, 2)).astype(np.float32)
    expected = [
        (Rotation.from_euler("y", yaw) * Rotation.from_euler("x", -pitch)).as_rotvec()
        for yaw, pitch in gaze
    ]
    np.testing.assert_allclose(eye_rotations_from_gaze(gaze), expected, atol=1e-6)


def test_gaze_points_where_it_says() -> None:
    gaze = np.array([[0.3, 0.0], [0.0, 0.2]], np.float32)
    left, right = Rotation.from_rotvec(eye_rotations_from_gaze(gaze)).apply([0, 0, 1])
    assert left[0] == pytest.approx(np.sin(0.3))  # to the person's left, +x
    assert right[1] == pytest.approx(np.sin(0.2))  # up


def test_straight_ahead_is_no_rotation() -> None:
    np.testing.assert_array_equal(eye_rotations_from_gaze(np.zeros((2, 2), np.float32)), 0)


def test_eye_rotations_give_back_the_weights_they_came_from() -> None:
    look = np.zeros((3, 2, 3), np.float32)
    look[0, 0] = (0.2, 0, 0)
    look[1, 0] = (0, 0.26, 0)
    weights = np.array([0.3, 0.8, 0.0], np.float32)
    eyes = np.einsum("k,ksc->sc", weights, look)
    np.testing.assert_allclose(weights_from_eye_rotations(eyes, look), weights, atol=1e-6)


def test_gaze_comes_back_from_turned_eyes() -> None:
    gaze = np.array([[0.4, -0.2], [-0.3, 0.25]], np.float32)
    eyes = eye_rotations_from_gaze(gaze)
    np.testing.assert_allclose(gaze_from_eye_rotations(eyes), gaze, atol=1e-6)
    many = gaze_from_eye_rotations(np.stack([eyes, 0 * eyes]))
    np.testing.assert_allclose(many, np.stack([gaze, 0 * gaze]), atol=1e-6)


def test_an_eye_turned_about_its_own_axis_looks_ahead() -> None:
    twisted = np.array([[0, 0, 0.5], [0, 0, -0.5]], np.float32)
    np.testing.assert_allclose(gaze_from_eye_rotations(twisted), 0, atol=1e-6)


@pytest.mark.parametrize("size", [0.0, 1e-6, 0.02, 0.3])
def test_a_damped_shift_is_undone(size: float) -> None:
    movement = size * np.array([0.6, 0.0, -0.8], np.float32)
    np.testing.assert_allclose(undamped_shift(damped_shift(movement)), movement, rtol=1e-3)


def test_shifts_that_no_movement_gives_are_cut() -> None:
    far = undamped_shift(np.array([[3.0, 0, 0], [0, 0, 0]], np.float32))
    assert 0.3 < far[0, 0] < 0.6
    np.testing.assert_array_equal(far[1], 0)
