from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from avatar_core.geometry import Camera, look_at
from avatar_core.render.renderer import lowest_point_m
from avatar_core.render.scene import SceneOptions

pytestmark = pytest.mark.gl


def from_height(height_m: float, size_px: int = 96) -> Camera:
    eye = np.array([0.3, height_m, 1.0], np.float32)
    return Camera.from_fov(look_at(eye, np.array([0, -0.1, 0], np.float32)), 0.6, size_px, size_px)


def test_the_ground_lies_under_the_head(make: Any) -> None:
    assert lowest_point_m(make.sphere(0.1)) == pytest.approx(-0.1)


@pytest.mark.parametrize(("background", "brighter"), [(0.2, True), (0.9, False)])
def test_lines_are_subtle_and_stand_out(
    draw: Any, make: Any, background: float, brighter: bool
) -> None:
    scene = SceneOptions(background=(background,) * 3)
    image = draw(make.avatar(make.sphere(0.02)), from_height(0.5), scene).astype(int)
    change = image - image[0, 0]
    assert (np.abs(change).max(axis=-1) > 8).mean() > 0.01
    assert np.abs(change[60:]).max() < 80
    assert (change.sum() > 0) == brighter


def test_is_behind_everything_and_not_seen_from_below(draw: Any, make: Any) -> None:
    asset = make.avatar(make.sphere(0.1), texture=(10, 200, 10))
    scene = SceneOptions(ground_m=0.0)
    with_grid = draw(asset, from_height(0.5), scene)
    without = draw(asset, from_height(0.5), replace(scene, show_grid=False))
    ball = np.all(without == [10, 200, 10], axis=-1)
    assert ball.sum() > 100
    assert np.array_equal(with_grid[ball], without[ball])
    below = draw(asset, from_height(-0.5), scene)
    assert np.array_equal(below, draw(asset, from_height(-0.5), replace(scene, show_grid=False)))
