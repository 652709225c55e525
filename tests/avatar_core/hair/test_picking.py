from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.cloud import DELETED, HIDDEN
from avatar_core.geometry import Camera, look_at
from avatar_core.hair.picking import SurfacePicker

WIDTH, HEIGHT = 640, 480
MIDDLE = (320.0, 240.0)

WALL = (
    np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32),
    np.array([[0, 1, 2], [0, 2, 3]], np.int32),
)
"""A wall at z = 0 that faces the camera."""

NOTHING = (np.zeros((3, 3), np.float32), np.zeros((0, 3), np.int32))


@pytest.fixture
def camera() -> Camera:
    """One metre before the wall, in the middle."""
    view = look_at(np.float32([0, 0, 1]), np.float32([0, 0, 0]))
    return Camera.from_fov(view, 0.6, WIDTH, HEIGHT)


def cloud_at(means, opacity=0.9, size_m=0.002) -> GaussianCloud:
    count = len(means)
    return GaussianCloud(
        means=np.asarray(means, np.float32).reshape(count, 3),
        quats=np.tile(np.float32([1, 0, 0, 0]), (count, 1)),
        scales=np.full((count, 3), size_m, np.float32),
        opacities=np.full(count, opacity, np.float32),
        sh=np.zeros((count, 1, 3), np.float32),
        flags=np.zeros(count, np.uint8),
    )


def sheet(z_m: float, half_m=0.05, step_m=0.002) -> np.ndarray:
    """Points side by side, as far from the wall."""
    along = np.arange(-half_m, half_m, step_m)
    x, y = np.meshgrid(along, along)
    return np.stack([x.ravel(), y.ravel(), np.full(x.size, z_m)], axis=1)


def test_hair_before_the_face_is_met(camera):
    picker = SurfacePicker(cloud_at(sheet(0.1)), *WALL)

    hit = picker.pick(camera, MIDDLE)

    assert hit.depth_m == pytest.approx(0.9, abs=1e-4)
    np.testing.assert_allclose(hit.position, [0, 0, 0.1], atol=1e-4)
    np.testing.assert_allclose(hit.normal, [0, 0, 1], atol=1e-6)
    assert np.linalg.norm(sheet(0.1)[hit.hair_row]) < 0.12


def test_the_hit_lies_on_the_ray_away_from_the_middle(camera):
    picker = SurfacePicker(cloud_at(sheet(0.1, half_m=0.15)), *WALL)
    hit = picker.pick(camera, (400.0, 200.0))
    pixels, depths = camera.project(hit.position[None])
    np.testing.assert_allclose(pixels[0], [400, 200], atol=1e-2)
    assert depths[0] == pytest.approx(hit.depth_m, abs=1e-5) == pytest.approx(0.9, abs=1e-4)


def test_stray_gaussians_before_the_hair_do_not_catch_the_cursor(camera):
    floaters = [[0.0, 0.0, 0.4], [0.001, 0.0, 0.5]]
    hair = cloud_at(np.concatenate([floaters, sheet(0.1)]))
    hair.scales[:2] = 0.02
    picker = SurfacePicker(hair, *WALL)
    hit = picker.pick(camera, MIDDLE)
    assert hit.depth_m == pytest.approx(0.9, abs=1e-4)
    assert hit.hair_row >= 2


def test_a_stray_gaussian_before_the_face_does_not_catch_it_either(camera):
    floater = cloud_at([[0.0, 0.0, 0.4]], size_m=0.02)
    hit = SurfacePicker(floater, *WALL).pick(camera, MIDDLE)
    assert hit.hair_row is None
    np.testing.assert_allclose(hit.position, [0, 0, 0], atol=1e-5)


def test_through_thick_hair_the_front_is_met(camera):
    layers = np.concatenate([sheet(z) for z in (0.10, 0.06, 0.02)])
    hit = SurfacePicker(cloud_at(layers, size_m=0.004), *WALL).pick(camera, MIDDLE)
    assert hit.depth_m == pytest.approx(0.9, abs=1e-4)


def test_hair_behind_the_face_does_not_count(camera):
    hit = SurfacePicker(cloud_at(sheet(-0.05)), *WALL).pick(camera, MIDDLE)
    assert hit.hair_row is None
    assert hit.depth_m == pytest.approx(1.0, abs=1e-5)


def test_the_skin_tells_its_normal_towards_the_eye(camera):
    vertices, faces = WALL
    slanted = vertices.copy()
    slanted[:, 2] = -vertices[:, 0]
    bare = GaussianCloud.empty()
    for each in (faces, faces[:, ::-1]):
        hit = SurfacePicker(bare, slanted, each).pick(camera, MIDDLE)
        np.testing.assert_allclose(hit.normal, np.sqrt([0.5, 0, 0.5]), atol=1e-5)


def test_beside_everything_nothing_is_met(camera):
    picker = SurfacePicker(cloud_at(sheet(0.1, half_m=0.01)), *NOTHING)
    assert picker.pick(camera, (20.0, 20.0)) is None
    assert SurfacePicker(GaussianCloud.empty(), *NOTHING).pick(camera, MIDDLE) is None


def test_thin_hair_near_the_cursor_is_met_where_there_is_nothing_else(camera):
    """15 pixels aside: within the wider look, which only counts without a face behind."""
    aside_m = 15 / camera.intrinsics[0, 0] * 0.9
    hair = cloud_at([[aside_m, 0.0, 0.1]])
    assert SurfacePicker(hair, *NOTHING).pick(camera, MIDDLE).hair_row == 0
    assert SurfacePicker(hair, *WALL).pick(camera, MIDDLE).hair_row is None


@pytest.mark.parametrize("flag", [HIDDEN, DELETED])
def test_what_is_hidden_or_deleted_is_not_there(camera, flag):
    hair = cloud_at(sheet(0.1))
    hair = replace(hair, flags=np.full(len(hair), flag, np.uint8))
    picker = SurfacePicker(hair, *WALL)
    assert picker.pick(camera, MIDDLE).hair_row is None
    assert not picker.visible_rows(camera).any()


def test_hair_behind_the_camera_is_not_met(camera):
    assert SurfacePicker(cloud_at(sheet(1.2)), *NOTHING).pick(camera, MIDDLE) is None


def test_the_foremost_hair_is_seen_and_what_lies_behind_it_is_not(camera):
    front, close, back = sheet(0.1), sheet(0.097), sheet(0.05, half_m=0.03)
    hair = cloud_at(np.concatenate([front, close, back]))
    seen = SurfacePicker(hair, *WALL).visible_rows(camera)
    assert seen[: len(front) + len(close)].all()
    assert not seen[len(front) + len(close) :].any()


def test_hair_behind_the_head_is_not_seen_but_roots_in_the_skin_are(camera):
    roots = sheet(-0.002, half_m=0.01)
    roots[:, 0] += 0.2
    hair = cloud_at(np.concatenate([sheet(-0.1), roots]))
    picker = SurfacePicker(hair, *WALL)
    seen = picker.visible_rows(camera)
    count = len(sheet(-0.1))
    assert not seen[:count].any()
    assert seen[count:].all()
    assert SurfacePicker(hair, *NOTHING).visible_rows(camera)[:count].all()


def test_hair_outside_the_picture_is_not_seen(camera):
    assert not SurfacePicker(cloud_at([[3.0, 0.0, 0.0]]), *NOTHING).visible_rows(camera).any()
    assert SurfacePicker(GaussianCloud.empty(), *WALL).visible_rows(camera).shape == (0,)


def test_on_the_known_head_each_side_sees_its_own_hair(known_hair):
    picker = SurfacePicker(known_hair.cloud, known_hair.vertices, known_hair.faces)
    for side in (1.0, -1.0):
        view = look_at(np.float32([0.8 * side, 0.1, 0]), np.zeros(3, np.float32))
        seen = picker.visible_rows(Camera.from_fov(view, 0.4, 800, 800))
        x = side * known_hair.cloud.means[:, 0]
        is_before_head = np.linalg.norm(known_hair.cloud.means[:, 1:], axis=1) < 0.06
        assert seen.sum() > 300
        assert not seen[is_before_head & (x < 0)].any()
        assert seen[is_before_head & (x > 0)].mean() > 0.6
