"""Hair that follows a scalp of another shape."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.gaussians import GaussianCloud
from avatar_core.geometry import matrix_from_axis_angle, matrix_from_quat
from avatar_core.project.scalp_warp import ScalpWarp

LONG = np.array([1.0, 1.15, 1.3], np.float32)
"""How much longer the other head is along each axis."""


def _dome(radius_m: float = 0.09, rows: int = 30, columns: int = 40) -> np.ndarray:
    """[S, 3] a ball's upper two thirds."""
    polar, around = np.meshgrid(
        np.linspace(0.05, 1.9, rows), np.linspace(0, 2 * np.pi, columns, endpoint=False)
    )
    level = np.sin(polar)
    points = np.stack([level * np.sin(around), np.cos(polar), level * np.cos(around)], -1)
    return (radius_m * points.reshape(-1, 3)).astype(np.float32)


def _above(heights_m: np.ndarray, seed: int = 5) -> np.ndarray:
    """[n, 3] places of these heights over the dome, away from its rim."""
    directions = np.random.default_rng(seed).normal(size=(len(heights_m), 3))
    directions[:, 1] = np.abs(directions[:, 1]) + 0.3
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return ((0.09 + heights_m[:, None]) * directions).astype(np.float32)


def _ellipsoid_heights(points: np.ndarray) -> np.ndarray:
    """[n] distances from the long head, by a dense sampling of it."""
    from scipy.spatial import cKDTree

    surface = LONG * _dome(rows=600, columns=900)
    return np.asarray(cKDTree(surface).query(points)[0])


def test_the_same_scalp_changes_nothing() -> None:
    points = _above(np.linspace(0, 0.2, 300))
    np.testing.assert_allclose(
        ScalpWarp.between(_dome(), _dome()).points(points), points, atol=1e-6
    )


def test_a_small_similarity_is_followed_everywhere() -> None:
    turn = matrix_from_axis_angle(np.array([0.05, -0.1, 0.02], np.float32))
    warp = ScalpWarp.between(_dome(), (1.05 * _dome() @ turn.T + 0.01).astype(np.float32))
    points = _above(np.linspace(0, 0.2, 300))
    np.testing.assert_allclose(warp.points(points), 1.05 * points @ turn.T + 0.01, atol=2e-3)


def test_hair_lies_on_the_other_scalp_as_high_as_before() -> None:
    heights = np.tile([0.001, 0.004, 0.008], 100)
    moved = ScalpWarp.between(_dome(), LONG * _dome()).points(_above(heights))
    left = np.abs(_ellipsoid_heights(moved) - heights)
    # Heights grow with the patch of scalp below, so not all of it is error.
    assert np.percentile(left, 95) < 0.0025
    # Without the warp it would be off by more than a centimetre.
    assert np.percentile(np.abs(_ellipsoid_heights(1.15 * _above(heights)) - heights), 95) > 0.01


def test_far_hair_is_not_torn() -> None:
    warp = ScalpWarp.between(_dome(), LONG * _dome())
    line = np.linspace([0.1, 0.05, -0.06], [0.1, -0.25, -0.06], 200).astype(np.float32)
    steps = np.linalg.norm(np.diff(warp.points(line), axis=0), axis=1) / 0.0015075
    assert steps.min() > 0.7
    assert steps.max() < 1.6


def test_gaussians_turn_and_grow_with_their_patch() -> None:
    means = _above(np.full(50, 0.003))
    cloud = GaussianCloud(
        means,
        np.tile(np.float32([1, 0, 0, 0]), (50, 1)),
        np.full((50, 3), 0.001, np.float32),
        np.full(50, 0.5, np.float32),
        np.zeros((50, 4, 3), np.float32),
        np.arange(50, dtype=np.uint8),
    )
    turn = matrix_from_axis_angle(np.array([0.0, 0.2, 0.0], np.float32))
    warp = ScalpWarp.between(_dome(), (1.2 * _dome() @ turn.T).astype(np.float32))
    worn = warp.gaussians(cloud)
    np.testing.assert_array_equal(worn.means, warp.points(means))
    np.testing.assert_allclose(
        matrix_from_quat(worn.quats), np.broadcast_to(turn, (50, 3, 3)), atol=1e-2
    )
    np.testing.assert_allclose(worn.scales, 0.0012, rtol=0.02)
    np.testing.assert_array_equal(worn.flags, cloud.flags)
    assert len(warp.gaussians(GaussianCloud.empty(4))) == 0


@pytest.mark.parametrize("count", [3, 40])
def test_few_vertices_are_enough(count: int) -> None:
    scalp = _dome()[:: len(_dome()) // count][:count]
    points = _above(np.linspace(0, 0.2, 20))
    np.testing.assert_allclose(ScalpWarp.between(scalp, scalp).points(points), points, atol=1e-5)
