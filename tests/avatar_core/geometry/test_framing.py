from __future__ import annotations

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.geometry.framing import framing_camera


def head_like_points() -> np.ndarray:
    rng = np.random.default_rng(3)
    directions = rng.normal(size=(500, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    points = directions * [0.08, 0.12, 0.1] + [0.01, 1.6, -0.02]
    return points.astype(np.float32)


@pytest.mark.parametrize(("width", "height"), [(512, 512), (1920, 1080), (400, 900)])
@pytest.mark.parametrize(("yaw", "pitch"), [(0.0, 0.0), (1.2, 0.4), (np.pi, -0.5), (-0.7, 1.5)])
def test_every_point_is_inside_and_one_touches_the_margin(
    width: int, height: int, yaw: float, pitch: float
) -> None:
    points = head_like_points()
    camera = framing_camera(points, width, height, yaw_rad=yaw, pitch_rad=pitch, margin=1.25)

    pixels, depths = camera.project(points)

    from_centre = np.abs(pixels - [width / 2, height / 2]) / [width / 2, height / 2]
    assert depths.min() > camera.near_m
    assert depths.max() < camera.far_m
    # 1e-3 of half a picture: float32 matrices.
    assert from_centre.max() == pytest.approx(1 / 1.25, abs=1e-3)


def test_looks_from_the_front_with_the_left_of_the_person_on_the_right() -> None:
    camera = framing_camera(head_like_points(), 512, 512)

    pixels, _ = camera.project(np.array([[0.05, 1.6, 0.0], [0.0, 1.65, 0.0]], np.float32))

    np.testing.assert_allclose(camera.forward, [0, 0, -1], atol=1e-5)
    assert pixels[0, 0] > 256
    assert pixels[1, 1] < 256


def test_positive_yaw_walks_to_the_left_of_the_person_and_positive_pitch_climbs() -> None:
    camera = framing_camera(head_like_points(), 512, 512, yaw_rad=0.5, pitch_rad=0.3)

    assert camera.position[0] > 0.1
    assert camera.position[1] > 1.7


def test_a_single_point_gives_a_usable_camera() -> None:
    camera = framing_camera(np.array([[1.0, 2.0, 3.0]], np.float32), 64, 48)

    pixels, depths = camera.project(np.array([[1.0, 2.0, 3.0]], np.float32))

    np.testing.assert_allclose(pixels, [[32, 24]], atol=0.5)
    assert depths[0] > 0


@pytest.mark.parametrize("points", [np.zeros((0, 3)), np.full((2, 3), np.nan), np.zeros((3, 2))])
def test_refuses_points_that_cannot_be_framed(points: np.ndarray) -> None:
    with pytest.raises(ShapeError):
        framing_camera(points.astype(np.float32), 64, 64)
