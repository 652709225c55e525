"""`Camera.project` and the picture must mean the same pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from avatar_core.geometry import Camera, look_at

pytestmark = pytest.mark.gl


def skewed_camera() -> Camera:
    """Nothing centred, nothing symmetrical."""
    eye = np.array([0.21, 0.13, 0.55], np.float32)
    view = look_at(eye, np.array([0.01, 0.02, 0.0], np.float32), np.array([0.2, 1, 0], np.float32))
    intrinsics = np.array([[130, 0, 41.5], [0, 95, 22.25], [0, 0, 1]], np.float32)
    return Camera(view, intrinsics, 96, 60)


POINTS = [[0.0, 0.0, 0.0], [0.05, 0.03, 0.02], [-0.06, 0.04, -0.05], [0.02, -0.05, 0.06]]


def centre_of_light(image: np.ndarray) -> np.ndarray:
    """Mean pixel position (x, y) of the brightness, pixel centres at half numbers."""
    light = image.astype(float).sum(axis=-1)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
    return np.array([(light * x).sum(), (light * y).sum()]) / light.sum()


@pytest.mark.parametrize("point", POINTS)
def test_a_gaussian_lands_where_its_centre_projects(draw: Any, make: Any, point: list) -> None:
    camera = skewed_camera()
    pixel, _ = camera.project(np.array([point], np.float32))
    image = draw(make.avatar(hair=make.gaussians(point, scales=0.004)), camera)
    assert centre_of_light(image) == pytest.approx(pixel[0], abs=0.05)


@pytest.mark.parametrize("point", POINTS)
def test_a_small_triangle_lands_where_it_projects(draw: Any, make: Any, point: list) -> None:
    camera = skewed_camera()
    corners = 0.03 * np.array([[1, 0, 0], [0, 1, 0], [-1, -1, 0]], np.float32)
    vertices = np.asarray(point, np.float32) + corners
    image = draw(
        make.avatar(make.still_head(vertices, [[0, 1, 2]]), texture=(255, 255, 255)), camera
    )
    pixels, _ = camera.project(vertices)
    assert centre_of_light(image) == pytest.approx(pixels.mean(axis=0), abs=0.15)


def test_the_persons_left_is_on_the_right_and_up_is_up(draw: Any, make: Any) -> None:
    cloud = make.gaussians([[0.06, 0, 0], [0, 0.06, 0]], [[1, 0, 0], [0, 1, 0]], 0.006, 0.95)
    image = draw(make.avatar(hair=cloud), make.camera())
    red, green = np.argmax(image[..., 0]), np.argmax(image[..., 1])
    assert np.unravel_index(red, image.shape[:2])[1] > 40
    assert np.unravel_index(green, image.shape[:2])[0] < 24
