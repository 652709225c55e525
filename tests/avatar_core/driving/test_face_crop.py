"""The square that the landmark network looks at."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_core.driving.face_crop import FaceCrop


def _coordinates(width: int, height: int) -> np.ndarray:
    """An image whose red is x and green is y of each pixel's centre."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x, y, np.zeros_like(x)], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("angle", [0.0, 0.4, -1.2, np.pi])
@pytest.mark.parametrize("size", [40.0, 64.0, 100.0])
def test_points_of_the_crop_lie_where_their_pixels_came_from(angle: float, size: float) -> None:
    crop = FaceCrop(120.3, 110.6, size, angle)
    picture = crop.sample(_coordinates(250, 230), 64).astype(float)
    for column, row in ((5, 8), (32, 32), (60, 20)):
        x, y, _ = crop.to_image(np.array([[column + 0.5, row + 0.5, 0]], np.float32), 64)[0]
        # Half a grey level is rounding; sampling adds as much.
        np.testing.assert_allclose(picture[row, column, :2], [x - 0.5, y - 0.5], atol=1.0)


def test_depth_grows_with_the_crop() -> None:
    crop = FaceCrop(50.0, 50.0, 128.0, 0.7)
    assert crop.to_image(np.array([[3.0, 4.0, -5.0]], np.float32), 256)[0, 2] == -2.5


def test_large_crops_are_averaged_not_skipped() -> None:
    stripes = np.zeros((1024, 1024, 3), np.uint8)
    stripes[:, ::4] = stripes[:, 1::4] = 200
    picture = FaceCrop(512.0, 512.0, 1000.0, 0.0).sample(stripes, 128)
    assert picture.shape == (128, 128, 3)
    assert picture.std() < 12  # one pixel in eight would give 0 or 200: 80


def test_outside_the_image_its_border_goes_on() -> None:
    image = np.full((20, 20, 3), 77, np.uint8)
    assert (FaceCrop(0.0, 0.0, 200.0, 0.3).sample(image, 32) == 77).all()


def test_around_landmarks_turns_and_grows_with_the_face() -> None:
    face = np.random.default_rng(1).uniform(-1, 1, (478, 3)).astype(np.float32)
    face[:4, :2] = [[-1, -1], [1, -1], [1, 1], [-1, 1]]
    face[33, :2], face[263, :2] = [-0.5, -0.2], [0.5, -0.2]
    upright = FaceCrop.around_landmarks(100 + 40 * face)
    assert (upright.size_px, upright.angle_rad) == (pytest.approx(120), pytest.approx(0))
    angle = 0.6
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = face.copy()
    turned[:, :2] = 300 + 80 * face[:, :2] @ turn.T
    crop = FaceCrop.around_landmarks(turned)
    assert crop.angle_rad == pytest.approx(angle, abs=1e-5)
    assert crop.size_px == pytest.approx(240, rel=1e-5)
    assert (crop.centre_x_px, crop.centre_y_px) == (pytest.approx(300), pytest.approx(300))


def test_around_box_levels_the_eyes() -> None:
    box = np.array([10, 20, 50, 80], np.float32)
    crop = FaceCrop.around_box(box, np.array([20.0, 40.0]), np.array([30.0, 50.0]))
    assert (crop.centre_x_px, crop.centre_y_px, crop.size_px) == (30, 50, 90)
    assert crop.angle_rad == pytest.approx(np.pi / 4)
