from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_core.errors import ShapeError
from avatar_core.geometry import (
    matrix_from_axis_angle,
    matrix_from_quat,
    quat_from_axis_angle,
    quat_from_matrix,
    quat_multiply,
    rigid_fit,
    similarity_fit,
)
from avatar_core.geometry.rotations import axis_angle_from_matrix

QUARTER = np.pi / 2


def vectors(count: int = 200, seed: int = 0) -> np.ndarray:
    """Axis-angle vectors up to a full half turn, some of them tiny."""
    rng = np.random.default_rng(seed)
    axes = rng.normal(0, 1, (count, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    angles = rng.uniform(0, np.pi - 1e-3, count)
    angles[: count // 4] = 10.0 ** rng.uniform(-9, -2, count // 4)
    return (axes * angles[:, None]).astype(np.float32)


def test_quarter_turn_about_y_carries_z_to_x() -> None:
    matrix = matrix_from_axis_angle(np.array([0, QUARTER, 0], np.float32))
    assert matrix @ [0, 0, 1] == pytest.approx([1, 0, 0], abs=1e-6)


def test_matrices_are_those_of_scipy() -> None:
    turns = vectors()
    expected = Rotation.from_rotvec(turns).as_matrix()
    assert matrix_from_axis_angle(turns) == pytest.approx(expected, abs=1e-6)


def test_quaternions_are_those_of_scipy_with_the_scalar_first() -> None:
    turns = vectors()
    expected = Rotation.from_rotvec(turns).as_quat(scalar_first=True)
    assert quat_from_axis_angle(turns) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 5, 3)])
def test_any_leading_axes(shape: tuple[int, ...]) -> None:
    turns = np.random.default_rng(0).normal(0, 1, shape).astype(np.float32)
    assert quat_from_axis_angle(turns).shape == (*shape[:-1], 4)
    assert matrix_from_axis_angle(turns).shape == (*shape[:-1], 3, 3)
    assert axis_angle_from_matrix(matrix_from_axis_angle(turns)).shape == shape


def test_zero_turn_is_the_identity_both_ways() -> None:
    zero = np.zeros(3, np.float32)
    assert quat_from_axis_angle(zero).tolist() == [1, 0, 0, 0]
    assert (matrix_from_axis_angle(zero) == np.eye(3)).all()
    assert not axis_angle_from_matrix(np.eye(3, dtype=np.float32)).any()


def test_length_of_a_quaternion_does_not_matter() -> None:
    quats = quat_from_axis_angle(vectors())
    assert matrix_from_quat(quats * 7) == pytest.approx(matrix_from_quat(quats), abs=1e-6)


def test_quaternion_of_a_matrix_has_a_scalar_that_is_not_negative() -> None:
    turns = vectors()
    quats = quat_from_matrix(matrix_from_axis_angle(turns))
    assert (quats[:, 0] >= 0).all()
    assert np.linalg.norm(quats, axis=1) == pytest.approx(1, abs=1e-6)
    assert quats == pytest.approx(quat_from_axis_angle(turns), abs=1e-5)


@pytest.mark.parametrize("axis", [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.6, 0, 0.8]])
def test_half_turns_are_found_though_the_trace_says_nothing(axis: list[float]) -> None:
    turn = (np.pi * np.array(axis)).astype(np.float32)
    matrix = matrix_from_axis_angle(turn)
    found = axis_angle_from_matrix(matrix)
    assert np.linalg.norm(found) == pytest.approx(np.pi, abs=1e-5)
    assert matrix_from_axis_angle(found) == pytest.approx(matrix, abs=1e-5)


def test_axis_angle_comes_back() -> None:
    turns = vectors()
    assert axis_angle_from_matrix(matrix_from_axis_angle(turns)) == pytest.approx(turns, abs=1e-4)


def test_product_is_right_then_left() -> None:
    left, right = quat_from_axis_angle(vectors(50, 1)), quat_from_axis_angle(vectors(50, 2))
    product = matrix_from_quat(left) @ matrix_from_quat(right)
    assert matrix_from_quat(quat_multiply(left, right)) == pytest.approx(product, abs=1e-6)


@pytest.mark.parametrize(
    "call",
    [
        lambda: quat_from_axis_angle(np.zeros(4, np.float32)),
        lambda: matrix_from_quat(np.zeros((2, 3), np.float32)),
        lambda: quat_from_matrix(np.zeros((3, 4), np.float32)),
        lambda: quat_multiply(np.zeros(4, np.float32), np.zeros(3, np.float32)),
        lambda: quat_from_axis_angle(np.zeros((), np.float32)),
    ],
)
def test_wrong_shapes_are_refused(call: object) -> None:
    with pytest.raises(ShapeError):
        call()  # type: ignore[operator]


def test_rigid_fit_finds_the_movement() -> None:
    rng = np.random.default_rng(3)
    source = rng.normal(0, 1, (30, 3)).astype(np.float32)
    turn = matrix_from_axis_angle(np.array([0.3, -1.2, 2.0], np.float32))
    rotation, translation = rigid_fit(source, source @ turn.T + [1, 2, 3])
    assert rotation == pytest.approx(turn, abs=1e-5)
    assert translation == pytest.approx([1, 2, 3], abs=1e-5)


def test_rigid_fit_of_noisy_points_is_that_of_scipy() -> None:
    rng = np.random.default_rng(4)
    source = rng.normal(0, 1, (30, 3))
    target = source @ matrix_from_axis_angle(np.array([0.5, 0, 0], np.float32)).T
    target += rng.normal(0, 0.1, target.shape)
    expected, _ = Rotation.align_vectors(target - target.mean(0), source - source.mean(0))
    rotation, _ = rigid_fit(source.astype(np.float32), target.astype(np.float32))
    assert rotation == pytest.approx(expected.as_matrix(), abs=1e-5)


def test_rigid_fit_never_mirrors() -> None:
    rng = np.random.default_rng(5)
    source = rng.normal(0, 1, (10, 3)).astype(np.float32)
    rotation, _ = rigid_fit(source, source * np.array([-1, 1, 1], np.float32))
    assert np.linalg.det(rotation) == pytest.approx(1, abs=1e-5)


def test_rigid_fit_of_points_in_a_plane_does_not_mirror() -> None:
    source = np.random.default_rng(6).normal(0, 1, (10, 3)).astype(np.float32)
    source[:, 2] = 0
    turn = matrix_from_axis_angle(np.array([2.5, 0.4, 0.1], np.float32))
    rotation, _ = rigid_fit(source, source @ turn.T)
    assert rotation == pytest.approx(turn, abs=1e-5)


@pytest.mark.parametrize("count", [0, 2])
def test_rigid_fit_needs_three_points(count: int) -> None:
    points = np.zeros((count, 3), np.float32)
    with pytest.raises(ShapeError, match="at least 3"):
        rigid_fit(points, points)


def test_similarity_fit_finds_the_scale_too() -> None:
    rng = np.random.default_rng(7)
    source = rng.normal(0, 1, (30, 3)).astype(np.float32)
    turn = matrix_from_axis_angle(np.array([0.3, -1.2, 2.0], np.float32))
    target = (0.7 * source @ turn.T + [1, 2, 3]).astype(np.float32)
    scale, rotation, translation = similarity_fit(source, target)
    assert scale == pytest.approx(0.7, abs=1e-5)
    assert rotation == pytest.approx(turn, abs=1e-5)
    assert translation == pytest.approx([1, 2, 3], abs=1e-5)


def test_no_other_scale_and_place_fit_noisy_points_better() -> None:
    rng = np.random.default_rng(8)
    source = rng.normal(0, 1, (30, 3)).astype(np.float32)
    target = (2 * source + rng.normal(0, 0.2, source.shape)).astype(np.float32)
    scale, rotation, translation = similarity_fit(source, target)
    # With the turn fixed the best scale and place are a linear least-squares problem.
    columns = np.zeros((90, 4))
    columns[:, 0] = (source @ rotation.T).ravel()
    columns[:, 1:] = np.tile(np.eye(3), (30, 1))
    expected = np.linalg.lstsq(columns, target.ravel(), rcond=None)[0]
    assert [scale, *translation] == pytest.approx(expected, abs=1e-5)


def test_similarity_fit_needs_points_in_more_than_one_place() -> None:
    points = np.ones((4, 3), np.float32)
    with pytest.raises(ShapeError, match="one place"):
        similarity_fit(points, np.arange(12, dtype=np.float32).reshape(4, 3))
