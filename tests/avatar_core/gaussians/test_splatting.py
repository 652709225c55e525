from __future__ import annotations

import numpy as np
import pytest

from avatar_core.gaussians import GaussianCloud, rotated_sh, sh_from_colours, splatted
from avatar_core.geometry import Camera, matrix_from_axis_angle

VIEW = Camera.from_fov(np.eye(4, dtype=np.float32), 0.5, 41, 31)


def balls(depths: list[float], colours: list[list[float]], opacity: float) -> GaussianCloud:
    count = len(depths)
    return GaussianCloud(
        means=np.array([[0, 0, depth] for depth in depths], np.float32),
        quats=np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1)),
        scales=np.full((count, 3), 0.05, np.float32),
        opacities=np.full(count, opacity, np.float32),
        sh=sh_from_colours(np.array(colours, np.float32)),
        flags=np.zeros(count, np.uint8),
    )


def test_middle_pixel_shows_colour_times_opacity() -> None:
    picture = splatted(balls([1.0], [[0.8, 0.4, 0.2]], 0.5), VIEW)
    assert picture.shape == (31, 41, 4)
    assert picture[15, 20] == pytest.approx([0.4, 0.2, 0.1, 0.5], abs=1e-6)
    assert not picture[0, 0].any()


def test_nearer_gaussian_covers_the_farther_one_in_any_order() -> None:
    red, blue = [1.0, 0, 0], [0, 0, 1.0]
    expected = [0.6, 0, 0.4 * 0.6, 1 - 0.4 * 0.4]
    for depths, colours in (([1.0, 2.0], [red, blue]), ([2.0, 1.0], [blue, red])):
        assert splatted(balls(depths, colours, 0.6), VIEW)[15, 20] == pytest.approx(
            expected, abs=1e-6
        )


def test_single_gaussian_never_covers_fully() -> None:
    assert splatted(balls([1.0], [[1, 1, 1]], 1.0), VIEW)[15, 20, 3] == pytest.approx(0.99)


def test_turning_the_look_back_equals_turning_the_harmonics() -> None:
    cloud = balls([1.0], [[0.5, 0.5, 0.5]], 0.9)
    sh = np.random.default_rng(0).normal(0, 0.05, (1, 16, 3)).astype(np.float32)
    turn = matrix_from_axis_angle(np.array([0.3, 1.0, -0.4], np.float32))
    fields = (cloud.means, cloud.quats, cloud.scales, cloud.opacities)
    looked_back = splatted(GaussianCloud(*fields, sh, cloud.flags), VIEW, turn)
    turned = splatted(GaussianCloud(*fields, rotated_sh(sh, turn), cloud.flags), VIEW)
    assert looked_back == pytest.approx(turned, abs=1e-6)
    assert (
        np.abs(looked_back - splatted(GaussianCloud(*fields, sh, cloud.flags), VIEW)).max() > 0.01
    )


def test_gaussian_outside_the_picture_draws_nothing() -> None:
    cloud = balls([1.0], [[1, 1, 1]], 1.0)
    aside = cloud.moved(cloud.means + np.array([3, 0, 0], np.float32), cloud.quats)
    assert not splatted(aside, VIEW).any()
