from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.gaussians import GaussianCloud
from avatar_core.geometry import Camera, look_at
from avatar_core.texture.occlusion import DepthGuard

EYE = np.array([0, 0, 0.5], np.float32)


def square(x: float, z: float, half: float) -> tuple[np.ndarray, np.ndarray]:
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    vertices = corners * half + np.array([x, 0, z], np.float32)
    return vertices.astype(np.float32), np.array([[0, 1, 2], [0, 2, 3]], np.int32)


@pytest.fixture
def camera() -> Camera:
    return Camera.from_fov(look_at(EYE, np.zeros(3, np.float32)), 0.6, 1600, 1000)


@pytest.fixture
def wall_and_shield() -> tuple[np.ndarray, np.ndarray]:
    """A wall at z = 0, and before its right half a small square at z = 0.1."""
    wall, faces = square(0.0, 0.0, 0.1)
    shield, _ = square(0.04, 0.1, 0.02)
    return np.concatenate([wall, shield]), np.concatenate([faces, faces + 4])


def test_what_lies_behind_something_is_not_seen(camera, wall_and_shield) -> None:
    guard = DepthGuard(camera, *wall_and_shield)
    # The shield spans x 0.02..0.06 at a depth of 0.4, so 0.025..0.075 on the wall at 0.5.
    places = np.array([[-0.05, 0, 0], [0.05, 0, 0], [0.04, 0, 0.1], [0.09, 0.05, 0]], np.float32)

    assert guard.sees(places).tolist() == [True, False, True, True]


def test_what_lies_a_little_deeper_counts_as_seen(camera, wall_and_shield) -> None:
    guard = DepthGuard(camera, *wall_and_shield)

    assert guard.sees(np.array([[-0.05, 0, -0.001], [-0.05, 0, -0.02]], np.float32)).tolist() == [
        True, False,
    ]  # fmt: skip


def test_what_is_not_in_the_picture_is_not_seen(camera, wall_and_shield) -> None:
    guard = DepthGuard(camera, *wall_and_shield)
    places = np.array([[2, 0, 0], [0, 0, 1.0], [0, 3, 0]], np.float32)

    assert not guard.sees(places).any()
    assert guard.sees(np.zeros((0, 3), np.float32)).shape == (0,)


def test_dense_hair_hides_and_thin_hair_does_not(camera, wall_and_shield) -> None:
    rng = np.random.default_rng(0)
    place = np.array([[-0.05, 0, 0]], np.float32)

    def hair(count: int) -> GaussianCloud:
        means = rng.uniform((-0.06, -0.02, 0.03), (-0.03, 0.02, 0.04), (count, 3))
        return GaussianCloud(
            means.astype(np.float32),
            np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1)),
            np.full((count, 3), 0.0006, np.float32),
            np.full(count, 0.8, np.float32),
            np.zeros((count, 1, 3), np.float32),
            np.zeros(count, np.uint8),
        )

    assert not DepthGuard(camera, *wall_and_shield, hair(6000)).sees(place)[0]
    assert DepthGuard(camera, *wall_and_shield, hair(20)).sees(place)[0]
    assert DepthGuard(camera, *wall_and_shield, hair(0)).sees(place)[0]


def test_hair_behind_the_skin_hides_nothing(camera, wall_and_shield) -> None:
    means = np.random.default_rng(0).uniform((-0.06, -0.02, -0.05), (-0.03, 0.02, -0.01), (6000, 3))
    hair = GaussianCloud(
        means.astype(np.float32),
        np.tile(np.array([1, 0, 0, 0], np.float32), (6000, 1)),
        np.full((6000, 3), 0.0006, np.float32),
        np.ones(6000, np.float32),
        np.zeros((6000, 1, 3), np.float32),
        np.zeros(6000, np.uint8),
    )

    assert DepthGuard(camera, *wall_and_shield, hair).sees(np.array([[-0.05, 0, 0]], np.float32))[0]


def test_arrays_of_another_shape_are_refused(camera, wall_and_shield) -> None:
    vertices, faces = wall_and_shield
    with pytest.raises(ShapeError, match="vertices"):
        DepthGuard(camera, vertices[:, :2], faces)
