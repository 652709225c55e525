from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_core.errors import ShapeError
from avatar_core.geometry import Camera, look_at
from avatar_core.geometry.camera import view_from_opengl_pose

ORIGIN = np.zeros(3, np.float32)


def vector(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def lopsided() -> Camera:
    """A camera whose principal point is not in the middle, from an odd place."""
    intrinsics = np.array([[700, 0, 310], [0, 680, 260], [0, 0, 1]], np.float32)
    return Camera(look_at(vector(0.5, 0.3, 0.9), vector(0.02, 0, 0)), intrinsics, 640, 480)


def points(count: int = 50) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.2, 0.2, (count, 3)).astype(np.float32)


def test_target_is_in_the_middle_at_its_distance() -> None:
    camera = Camera.from_fov(look_at(vector(0, 0, 2), ORIGIN), 0.5, 640, 480)
    pixels, depths = camera.project(ORIGIN[None])
    assert pixels[0] == pytest.approx([320, 240])
    assert depths[0] == pytest.approx(2)


def test_persons_left_is_right_in_the_picture_and_up_is_up() -> None:
    camera = Camera.from_fov(look_at(vector(0, 0, 2), ORIGIN), 0.5, 640, 480)
    pixels, _ = camera.project(np.array([[0.1, 0.1, 0]], np.float32))
    assert pixels[0, 0] > 320
    assert pixels[0, 1] < 240


def test_field_of_view_spans_the_height() -> None:
    camera = Camera.from_fov(np.eye(4, dtype=np.float32), 0.6, 300, 200)
    edge, _ = camera.project(np.array([[0, np.tan(0.3), 1]], np.float32))
    assert edge[0] == pytest.approx([150, 200], abs=1e-3)
    assert camera.fov_y_rad == pytest.approx(0.6)


def test_position_and_forward_of_look_at() -> None:
    camera = lopsided()
    assert camera.position == pytest.approx([0.5, 0.3, 0.9], abs=1e-6)
    towards = vector(0.02, 0, 0) - camera.position
    assert camera.forward == pytest.approx(towards / np.linalg.norm(towards), abs=1e-6)


@pytest.mark.parametrize("eye", [(0, 0, 1), (1, 2, 3), (0, 5, 0), (0, -5, 0), (-1, 0, 0)])
@pytest.mark.parametrize("up", [None, (0, 1, 0), (0, 0, 1), (1, 0, 0), (0, 0, -1)])
def test_look_at_is_a_rotation_for_every_direction_and_up(
    eye: tuple[float, ...], up: tuple[float, ...] | None
) -> None:
    view = look_at(vector(*eye), ORIGIN, None if up is None else vector(*up))
    rotation = view[:3, :3]
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-6)
    assert np.linalg.det(rotation) == pytest.approx(1, abs=1e-6)
    assert (view @ [0, 0, 0, 1])[:3] == pytest.approx([0, 0, np.linalg.norm(eye)], abs=1e-5)


def test_up_points_up_in_the_picture() -> None:
    view = look_at(vector(0, 0, 3), ORIGIN, vector(1, 0, 0))
    assert (view[:3, :3] @ [1, 0, 0])[1] == pytest.approx(-1)


def test_looking_at_oneself_is_refused() -> None:
    with pytest.raises(ShapeError, match="coincide"):
        look_at(ORIGIN, ORIGIN)


def test_ray_goes_through_the_pixel_it_came_from() -> None:
    camera = lopsided()
    for x, y in [(0.5, 0.5), (320, 240), (639.5, 479.5)]:
        origin, direction = camera.ray(x, y)
        assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-6)
        pixels, depths = camera.project((origin + 1.7 * direction)[None])
        assert pixels[0] == pytest.approx([x, y], abs=1e-2)
        assert depths[0] > 0


def opengl_pixels(camera: Camera, world: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Window coordinates (x right, y down) and clip w of a world position, as OpenGL does it."""
    homogeneous = np.append(world, np.ones((len(world), 1)), 1)
    clip = homogeneous @ (camera.opengl_projection() @ camera.opengl_view()).T
    device = clip[:, :3] / clip[:, 3:]
    x = (device[:, 0] + 1) / 2 * camera.width_px
    y = (1 - device[:, 1]) / 2 * camera.height_px
    return np.stack([x, y], 1), device[:, 2]


def test_opengl_draws_where_the_camera_projects() -> None:
    camera = lopsided()
    pixels, _ = camera.project(points())
    assert opengl_pixels(camera, points())[0] == pytest.approx(pixels, abs=1e-2)


def test_near_and_far_are_the_ends_of_the_depth_range() -> None:
    camera = replace(lopsided(), near_m=0.1, far_m=10)
    for distance, depth in ((0.1, -1), (10, 1)):
        place = camera.position + distance * camera.forward
        assert opengl_pixels(camera, place[None])[1][0] == pytest.approx(depth, abs=1e-4)


def test_opengl_eye_looks_along_minus_z_with_y_up() -> None:
    camera = Camera.from_fov(look_at(vector(0, 0, 2), ORIGIN), 0.5, 64, 48)
    eye = camera.opengl_view() @ np.array([0.1, 0.2, 0, 1], np.float32)
    assert eye[:3] == pytest.approx([0.1, 0.2, -2], abs=1e-6)


def test_resized_camera_sees_the_same_height_around_the_same_centre() -> None:
    camera = lopsided()
    wide = camera.resized(1000, 240)
    pixels, _ = camera.project(points())
    scaled, _ = wide.project(points())
    assert scaled[:, 1] == pytest.approx(pixels[:, 1] / 2, abs=1e-2)
    assert scaled[:, 0] - 500 == pytest.approx((pixels[:, 0] - 320) / 2, abs=1e-2)
    assert wide.fov_y_rad == pytest.approx(camera.fov_y_rad, abs=1e-6)
    assert camera.intrinsics[0, 0] == 700


def test_points_in_the_camera_plane_stay_finite() -> None:
    camera = Camera.from_fov(np.eye(4, dtype=np.float32), 0.5, 64, 48)
    pixels, depths = camera.project(np.array([[0.1, 0, 0], [0, 0, 0]], np.float32))
    assert np.isfinite(pixels).all()
    assert not depths.any()


def test_pose_with_opengl_axes_becomes_a_view() -> None:
    camera = lopsided()
    pose = np.linalg.inv(camera.opengl_view().astype(np.float64))
    assert view_from_opengl_pose(pose) == pytest.approx(camera.view, abs=1e-5)
    with pytest.raises(ShapeError, match="inverted"):
        view_from_opengl_pose(np.zeros((4, 4)))


def test_impossible_cameras_are_refused() -> None:
    with pytest.raises(ShapeError, match="empty"):
        replace(lopsided(), width_px=0)
    with pytest.raises(ShapeError, match="view"):
        replace(lopsided(), view=np.eye(3, dtype=np.float32))
    with pytest.raises(ShapeError, match="points"):
        lopsided().project(np.zeros((3, 2), np.float32))
