from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from avatar_core.gaussians import GaussianCloud, projected
from avatar_core.gaussians.projection import LEAST_ALPHA, LOW_PASS_PX2, quad_axes
from avatar_core.geometry import Camera, look_at, matrix_from_quat

if TYPE_CHECKING:
    from tests.avatar_core.gaussians.conftest import MakeCloud


def camera(distance_m: float = 0.8, width: int = 200, height: int = 160) -> Camera:
    eye = np.array([0.1, 0.05, distance_m], np.float32)
    return Camera.from_fov(look_at(eye, np.zeros(3, np.float32)), 0.4, width, height)


def test_centres_and_depths_are_the_cameras(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(50)
    pixels, depths = camera().project(cloud.means)
    result = projected(cloud, camera())
    assert result.centres == pytest.approx(pixels, abs=1e-3)
    assert result.depths == pytest.approx(depths, abs=1e-6)
    assert result.visible.all()


def test_covariance_is_that_of_projected_samples(make_cloud: MakeCloud) -> None:
    # Small Gaussians: the perspective is linear over them, so samples tell the covariance.
    cloud = replace(make_cloud(6), scales=np.full((6, 3), [2e-4, 1e-3, 4e-4], np.float32))
    view = camera()
    result = projected(cloud, view)
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 1, (40_000, 3))
    axes = matrix_from_quat(cloud.quats)
    for index in range(6):
        points = cloud.means[index] + (samples * cloud.scales[index]) @ axes[index].T
        pixels, _ = view.project(points.astype(np.float32))
        measured = np.cov(pixels.T) + LOW_PASS_PX2 * np.eye(2)
        assert result.covariances[index] == pytest.approx(measured, rel=0.05, abs=0.01)


def test_ball_in_the_middle_is_a_disc_of_known_size() -> None:
    view = Camera.from_fov(np.eye(4, dtype=np.float32), 0.5, 100, 100)
    cloud = GaussianCloud(
        means=np.array([[0, 0, 2]], np.float32),
        quats=np.array([[1, 0, 0, 0]], np.float32),
        scales=np.full((1, 3), 0.01, np.float32),
        opacities=np.ones(1, np.float32),
        sh=np.zeros((1, 1, 3), np.float32),
        flags=np.zeros(1, np.uint8),
    )
    result = projected(cloud, view)
    sigma_px = view.intrinsics[0, 0] * 0.01 / 2
    assert result.centres[0] == pytest.approx([50, 50])
    assert result.covariances[0] == pytest.approx((sigma_px**2 + 0.3) * np.eye(2))


def test_ellipse_far_outside_the_picture_stays_bounded() -> None:
    view = Camera.from_fov(np.eye(4, dtype=np.float32), 0.5, 100, 100)
    cloud = GaussianCloud(
        means=np.array([[5, 0, 0.1]], np.float32),
        quats=np.array([[1, 0, 0, 0]], np.float32),
        scales=np.full((1, 3), 0.01, np.float32),
        opacities=np.ones(1, np.float32),
        sh=np.zeros((1, 1, 3), np.float32),
        flags=np.zeros(1, np.uint8),
    )
    # Slope 50 would stretch it 2500-fold; the clamp is at 1.3 times the edge of the picture.
    edge = 1.3 * np.tan(0.25)
    focal = view.intrinsics[0, 0]
    expected = (focal * 0.01 / 0.1) ** 2 * (1 + edge**2) + 0.3
    assert projected(cloud, view).covariances[0, 0, 0] == pytest.approx(expected, rel=1e-5)


def test_behind_or_too_near_or_too_faint_is_not_visible(make_cloud: MakeCloud) -> None:
    view = Camera.from_fov(np.eye(4, dtype=np.float32), 0.5, 100, 100)
    cloud = replace(
        make_cloud(4),
        means=np.array([[0, 0, -1], [0, 0, 0.01], [0, 0, 1], [0, 0, 1]], np.float32),
        opacities=np.array([1, 1, 0.5 / 255, 1], np.float32),
    )
    assert projected(cloud, view).visible.tolist() == [False, False, False, True]


def test_quad_ends_where_the_gaussian_becomes_too_faint() -> None:
    rng = np.random.default_rng(1)
    roots = rng.normal(0, 3, (20, 2, 2))
    covariances = roots @ np.swapaxes(roots, 1, 2) + 0.3 * np.eye(2)
    opacities = rng.uniform(0.01, 1, 20).astype(np.float32)
    axes = quad_axes(covariances, opacities)
    inverse = np.linalg.inv(covariances)
    for axis in range(2):
        ends = axes[:, axis]
        distance = np.einsum("ni,nij,nj->n", ends, inverse, ends)
        assert opacities * np.exp(-0.5 * distance) == pytest.approx(LEAST_ALPHA, rel=1e-6)
    lengths = np.linalg.norm(axes, axis=2)
    assert (lengths[:, 0] >= lengths[:, 1]).all()
    assert np.einsum("ni,ni->n", axes[:, 0], axes[:, 1]) == pytest.approx(0, abs=1e-9)


def test_invisible_quad_has_no_area() -> None:
    assert not quad_axes(np.eye(2)[None], np.array([0.001], np.float32)).any()


def test_empty_cloud_projects_to_nothing() -> None:
    assert len(projected(GaussianCloud.empty(), camera()).centres) == 0
