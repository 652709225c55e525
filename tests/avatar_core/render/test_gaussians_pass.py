"""The drawn hair against `gaussians.splatted`, the readable picture of the same cloud."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from avatar_core.frame import AvatarFrame
from avatar_core.gaussians import GaussianCloud, splatted
from avatar_core.gaussians.cloud import DELETED, HIDDEN, SELECTED
from avatar_core.geometry import Camera, matrix_from_axis_angle
from avatar_core.motion import MotionFrame
from avatar_core.render.data_textures import rows_of
from avatar_core.render.passes.gaussians import row_batches

pytestmark = pytest.mark.gl

ONE_STEP = 1.5
"""Of 255: half floats round once in the hair picture, bytes once in the target."""


def expected(cloud: GaussianCloud, camera: Camera, turn: np.ndarray | None = None) -> np.ndarray:
    """[H, W, 3] of the cloud over black, 0..255, not rounded."""
    return 255 * np.clip(splatted(cloud, camera, turn)[..., :3], 0, 1)


def assert_close(image: np.ndarray, reference: np.ndarray, steps: float = ONE_STEP) -> None:
    assert reference.max() > 20, "nothing to compare"
    assert np.abs(image - reference).max() <= steps


def test_one_gaussian_is_the_formula_at_every_pixel(draw: Any, make: Any) -> None:
    quat = np.array([0.8, 0.3, -0.4, 0.35]) / np.linalg.norm([0.8, 0.3, -0.4, 0.35])
    cloud = make.gaussians([0.013, -0.021, 0.03], (0.9, 0.4, 0.1), (0.03, 0.012, 0.004), 0.93, quat)
    camera = make.camera(80, 64)
    image = draw(make.avatar(hair=cloud), camera)
    assert_close(image, expected(cloud, camera))


@pytest.mark.parametrize("opacity", [0.004, 0.02, 0.3, 0.99, 1.0])
def test_faint_and_opaque_ones(draw: Any, make: Any, opacity: float) -> None:
    cloud = make.gaussians([0, 0, 0], (1, 1, 1), (0.05, 0.02, 0.03), opacity)
    camera = make.camera()
    image = draw(make.avatar(hair=cloud), camera)
    assert np.abs(image - expected(cloud, camera)).max() <= ONE_STEP
    assert image.max() >= np.floor(250 * opacity)


def test_thinner_than_a_pixel_keeps_the_dilation(draw: Any, make: Any) -> None:
    cloud = make.gaussians([0.001, 0.002, 0], (1, 1, 1), (1e-5, 1e-5, 1e-5), 0.9)
    camera = make.camera(32, 32)
    assert_close(draw(make.avatar(hair=cloud), camera), expected(cloud, camera))


@pytest.mark.parametrize("nearer", [0, 1])
def test_the_nearer_of_two_covers_the_other(draw: Any, make: Any, nearer: int) -> None:
    depths = [[0, 0, 0.02], [0, 0, -0.02]] if nearer == 0 else [[0, 0, -0.02], [0, 0, 0.02]]
    cloud = make.gaussians(depths, [[1, 0, 0], [0, 0, 1]], 0.02, 0.9)
    camera = make.camera()
    image = draw(make.avatar(hair=cloud), camera)
    assert_close(image, expected(cloud, camera))
    middle = image[32, 32]
    assert middle[0 if nearer == 0 else 2] > 5 * middle[2 if nearer == 0 else 0]


def test_many_overlapping_ones_from_several_sides(draw: Any, make: Any) -> None:
    rng = np.random.default_rng(8)
    count = 400
    quats = rng.normal(size=(count, 4))
    cloud = make.gaussians(
        rng.uniform(-0.09, 0.09, (count, 3)),
        rng.uniform(0, 1, (count, 3)),
        rng.uniform(0.001, 0.02, (count, 3)),
        rng.uniform(0.05, 1, count),
        quats / np.linalg.norm(quats, axis=1, keepdims=True),
    )
    asset = make.avatar(hair=cloud)
    for yaw in (0.0, 1.1, 3.0):
        camera = make.camera(yaw_rad=yaw)
        # Half floats round at each of the dozens of layers over a pixel.
        assert_close(draw(asset, camera), expected(cloud, camera), steps=3.0)


def test_harmonics_of_degree_3_from_a_turned_head(draw: Any, make: Any) -> None:
    rng = np.random.default_rng(3)
    cloud = make.gaussians(rng.uniform(-0.05, 0.05, (6, 3)), scales=0.01, opacities=0.95)
    sh = rng.normal(0, 0.25, (6, 16, 3)).astype(np.float32)
    sh[:, 0] += 0.5
    cloud = replace(cloud, sh=sh)
    turn = matrix_from_axis_angle(np.array([0.3, 0.9, -0.2], np.float32))
    asset = make.avatar(hair=cloud)
    camera = make.camera(yaw_rad=0.4)
    image = draw(asset, camera, frame=make.frame(asset, turn))
    assert_close(image, expected(cloud, camera, turn), steps=2.0)
    still = draw(asset, camera, frame=make.frame(asset))
    assert_close(still, expected(cloud, camera), steps=2.0)
    assert np.abs(image.astype(int) - still).max() > 20, "the turn must show"


@pytest.mark.parametrize("coefficients", [1, 4, 9])
def test_lower_degrees(draw: Any, make: Any, coefficients: int) -> None:
    rng = np.random.default_rng(coefficients)
    cloud = make.gaussians(rng.uniform(-0.05, 0.05, (6, 3)), opacities=0.95)
    cloud = replace(cloud, sh=rng.normal(0.2, 0.3, (6, coefficients, 3)).astype(np.float32))
    camera = make.camera(yaw_rad=-0.7)
    assert_close(draw(make.avatar(hair=cloud), camera), expected(cloud, camera), steps=2.0)


def test_several_batches_of_opaque_hair(draw: Any, make: Any) -> None:
    rng = np.random.default_rng(5)
    count = 7000
    assert len(row_batches(count)) == 3
    cloud = make.gaussians(
        rng.uniform(-0.1, 0.1, (count, 3)), rng.uniform(0, 1, (count, 3)), 0.002, 0.9
    )
    cloud = replace(cloud, sh=np.pad(cloud.sh, ((0, 0), (0, 3), (0, 0))))
    camera = make.camera()
    assert_close(draw(make.avatar(hair=cloud), camera), expected(cloud, camera), steps=3.0)


def drawn(draw: Any) -> int:
    """How many Gaussians reached the rasteriser in the last draw."""
    store = draw.offscreen.renderer._gaussians._store
    with draw.offscreen._context:
        places = np.frombuffer(store.record_textures["places"].read(), np.float32).reshape(-1, 4)
    return int((places[: store.visible, 3] > 0).sum())


def test_what_the_face_hides_whole_is_dropped_early(draw: Any, make: Any) -> None:
    rng = np.random.default_rng(1)
    behind = np.column_stack([rng.uniform(-0.04, 0.04, (50, 2)), np.full(50, -0.05)])
    before = behind * [1, 1, -1]
    asset = make.avatar(
        make.square(0.1), make.gaussians(np.concatenate([behind, before]), scales=0.002)
    )
    draw(asset, make.camera(96, 96))
    assert drawn(draw) == 50


def test_what_opaque_hair_hides_whole_is_dropped_early(draw: Any, make: Any) -> None:
    rng = np.random.default_rng(2)
    curtain = np.column_stack([rng.uniform(-0.12, 0.12, (2500, 2)), np.full(2500, 0.05)])
    inner = rng.uniform(-0.03, 0.03, (3500, 3))
    cloud = make.gaussians(
        np.concatenate([curtain, inner]),
        scales=np.repeat([[0.02], [0.002]], [2500, 3500], axis=0),
        opacities=0.95,
    )
    draw(make.avatar(hair=cloud), make.camera(96, 96))
    assert drawn(draw) < 3000


@pytest.mark.parametrize("visible", [1, 4096, 5000, 27_000, 150_000])
def test_batches_are_every_row_once(visible: int) -> None:
    rows = [row for batch in row_batches(visible) for row in batch]
    assert rows == list(range(rows_of(visible)))


def test_a_posed_frame_moves_the_cloud(draw: Any, make: Any) -> None:
    asset = make.avatar(hair=make.gaussians([0, 0, 0], (0, 1, 0), (0.04, 0.005, 0.005)))
    quats = np.array([[np.sqrt(0.5), 0, 0, np.sqrt(0.5)]], np.float32)
    means = np.array([[0.03, 0.01, 0.0]], np.float32)
    frame = AvatarFrame(
        MotionFrame(), asset.head.pose(None), means, quats, np.eye(3, dtype=np.float32)
    )
    camera = make.camera()
    assert_close(draw(asset, camera, frame=frame), expected(asset.hair.moved(means, quats), camera))


def test_hidden_and_deleted_are_not_drawn(draw: Any, make: Any) -> None:
    cloud = make.gaussians(
        [[-0.05, 0, 0], [0, 0, 0], [0.05, 0, 0]], scales=0.005, flags=[HIDDEN, 0, DELETED]
    )
    camera = make.camera()
    image = draw(make.avatar(hair=cloud), camera)
    assert_close(image, expected(cloud.subset([1]), camera))


def test_selected_ones_take_the_tint_on_request(draw: Any, make: Any) -> None:
    cloud = make.gaussians(
        [[-0.04, 0, 0], [0.04, 0, 0]], (0.0, 0.0, 1.0), 0.01, 0.95, flags=[SELECTED, 0]
    )
    asset, camera = make.avatar(hair=cloud), make.camera()
    plain = draw(asset, camera)
    tinted = draw(
        asset,
        camera,
        replace(make.plain, selection_tint=(1.0, 0.0, 0.0), selection_strength=0.5),
    )
    # The person's left (+x) is at the right of a picture from the front.
    assert plain[:, :32, 0].max() == 0
    assert tinted[:, :32, 0].max() == pytest.approx(plain[:, :32, 2].max() / 2, abs=2)
    assert np.array_equal(tinted[:, 32:], plain[:, 32:])


def test_near_and_behind_the_camera(draw: Any, make: Any) -> None:
    inside_near = [0, 0, 0.6 - 0.019]
    behind = [0.01, 0, 0.9]
    seen = [0.02, 0, 0]
    cloud = make.gaussians([inside_near, behind, seen], scales=0.01)
    camera = make.camera()
    assert_close(draw(make.avatar(hair=cloud), camera), expected(cloud.subset([2]), camera))


def test_an_empty_cloud_and_one_without_visible_gaussians(draw: Any, make: Any) -> None:
    camera = make.camera()
    assert draw(make.avatar(hair=make.gaussians(np.zeros((0, 3)))), camera).max() == 0
    assert draw(make.avatar(hair=make.gaussians([0, 0, 0], flags=HIDDEN)), camera).max() == 0


def test_broken_values_spoil_nothing_else(draw: Any, make: Any) -> None:
    nan = np.nan
    good = [0.0, 0.0, 0.0]
    cloud = make.gaussians(
        [[nan, 0, 0], [0, 0, np.inf], good, good, good, good],
        scales=[[0.01] * 3] * 2 + [[nan, 0.01, 0.01], [0.01] * 3, [0.01] * 3, [0.01] * 3],
        quats=[[1, 0, 0, 0]] * 3 + [[0, 0, 0, 0], [nan, 0, 0, 1], [1, 0, 0, 0]],
        opacities=[0.8] * 6,
    )
    camera = make.camera()
    assert_close(draw(make.avatar(hair=cloud), camera), expected(cloud.subset([5]), camera))
