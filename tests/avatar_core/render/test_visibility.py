from __future__ import annotations

from typing import Any

import numpy as np

from avatar_core.gaussians import projected
from avatar_core.gaussians.cloud import DELETED, HIDDEN, LOCKED, SELECTED
from avatar_core.render.visibility import HairOrder


def test_farthest_first_from_any_side(make: Any) -> None:
    cloud = make.gaussians([[0, 0, -0.05], [0, 0, 0.05], [0, 0, 0.0]])
    front, back = make.camera(), make.camera(yaw_rad=np.pi)
    assert HairOrder(cloud).from_camera(cloud.means, front).tolist() == [0, 2, 1]
    assert HairOrder(cloud).from_camera(cloud.means, back).tolist() == [1, 2, 0]


def test_hidden_deleted_and_faint_are_left_out(make: Any) -> None:
    flags = [HIDDEN, SELECTED, DELETED, LOCKED, DELETED | SELECTED, 0]
    cloud = make.gaussians(np.zeros((6, 3)), flags=flags, opacities=[1, 1, 1, 1, 1, 0.003])
    assert HairOrder(cloud).from_camera(cloud.means, make.camera()).tolist() == [1, 3]


def test_behind_the_camera_and_broken_places_are_left_out(make: Any) -> None:
    cloud = make.gaussians([[0, 0, 1], [np.nan, 0, 0], [0, 0, np.inf], [0, 0, 0]])
    assert HairOrder(cloud).from_camera(cloud.means, make.camera()).tolist() == [3]


def test_an_empty_cloud(make: Any) -> None:
    cloud = make.gaussians(np.zeros((0, 3)))
    assert len(HairOrder(cloud).from_camera(cloud.means, make.camera())) == 0


def test_leaves_out_what_is_outside_and_nothing_that_reaches_the_picture(make: Any) -> None:
    rng = np.random.default_rng(4)
    cloud = make.gaussians(
        rng.uniform(-0.4, 0.4, (3000, 3)),
        scales=rng.uniform(0.0005, 0.03, (3000, 3)),
        quats=rng.normal(size=(3000, 4)),
    )
    camera = make.camera(80, 50)
    kept = HairOrder(cloud).from_camera(cloud.means, camera)
    assert len(kept) < 1500
    ellipses = projected(cloud, camera)
    reach = np.linalg.norm(ellipses.axes, axis=1)
    touches = ellipses.visible.copy()
    for axis, size in ((0, camera.width_px), (1, camera.height_px)):
        touches &= ellipses.centres[:, axis] + reach[:, axis] > 0
        touches &= ellipses.centres[:, axis] - reach[:, axis] < size
    # Near the eye the linear ellipse overshoots what the ball could ever cover.
    touches &= ellipses.depths > 0.15
    assert set(np.flatnonzero(touches)) <= set(kept.tolist())
