from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from app.viewport.camera_rig import blended
from app.viewport.orbit_controls import OrbitPose
from avatar_core.project import CameraBookmark
from avatar_core.recording.camera_path import (
    CameraKey,
    CameraPath,
    Ease,
    Turntable,
    between,
    camera_of,
    path_view,
    turntable_view,
)

FRONT = CameraBookmark("Front", (0.0, 1.5, 0.0), 0.0, 0.1, 1.0, 0.35)
SIDE = CameraBookmark("Side", (0.1, 1.4, 0.2), 2.0, -0.3, 0.25, 0.7)


def _view(key_view):
    assert isinstance(key_view, CameraBookmark)
    return key_view


def test_a_bookmark_is_seen_as_in_the_viewport():
    pose = OrbitPose(np.array(SIDE.target, np.float32), 2.0, -0.3, 0.25, 0.7)
    expected = pose.camera(320, 200)

    camera = camera_of(SIDE, 320, 200)

    np.testing.assert_allclose(camera.view, expected.view, atol=1e-6)
    np.testing.assert_allclose(camera.intrinsics, expected.intrinsics, rtol=1e-6)
    assert (camera.near_m, camera.far_m) == (expected.near_m, expected.far_m)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.7, 1.0])
def test_the_way_between_two_views_is_that_of_the_viewport(share):
    start = OrbitPose(np.array(FRONT.target, np.float32), 0.0, 0.1, 1.0, 0.35)
    end = OrbitPose(np.array(SIDE.target, np.float32), 2.0, -0.3, 0.25, 0.7)
    expected = blended(start, end, share)

    view = between(FRONT, SIDE, share)

    np.testing.assert_allclose(view.target, expected.target, atol=1e-6)
    assert view.yaw_rad == pytest.approx(expected.yaw_rad)
    assert view.pitch_rad == pytest.approx(expected.pitch_rad)
    assert view.distance_m == pytest.approx(expected.distance_m)
    assert view.fov_y_rad == pytest.approx(expected.fov_y_rad)


def test_the_camera_stays_on_its_sphere_and_goes_round_the_shorter_side():
    left = replace(FRONT, yaw_rad=math.radians(170))
    right = replace(FRONT, yaw_rad=math.radians(-170))
    for share in np.linspace(0, 1, 11):
        view = between(left, right, float(share))
        eye = camera_of(view, 64, 64).position
        assert np.linalg.norm(eye - np.array(FRONT.target)) == pytest.approx(1.0, abs=1e-5)
        assert abs(view.yaw_rad) >= math.radians(170) - 1e-9


def test_a_path_stands_at_its_ends_and_eases_between():
    path = CameraPath((CameraKey(1.0, FRONT), CameraKey(3.0, SIDE, Ease.LINEAR)))
    assert path_view(path, _view, 0.0) == FRONT
    assert path_view(path, _view, 1.0) == FRONT
    assert path_view(path, _view, 9.0) == SIDE
    assert path_view(path, _view, 2.0).yaw_rad == pytest.approx(1.0)
    # 3 s^2 - 2 s^3 at a quarter is 0.15625
    assert path_view(path, _view, 1.5).yaw_rad == pytest.approx(2 * 0.15625)
    steps = [path_view(path, _view, 1 + 2 * share).yaw_rad for share in (0, 0.01, 0.5, 0.51)]
    assert steps[1] - steps[0] < 0.1 * (steps[3] - steps[2])


@pytest.mark.parametrize(("ease", "yaw"), [(Ease.LINEAR, 0.5), (Ease.HOLD, 0.0)])
def test_a_key_says_how_it_is_left(ease, yaw):
    path = CameraPath((CameraKey(0.0, FRONT, ease), CameraKey(4.0, SIDE)))
    assert path_view(path, _view, 1.0).yaw_rad == pytest.approx(yaw)


@pytest.mark.parametrize("times", [(), (1.0, 1.0), (2.0, 1.0)])
def test_keys_out_of_order_are_refused(times):
    with pytest.raises(ValueError, match="keys"):
        CameraPath(tuple(CameraKey(time_s, FRONT) for time_s in times))


def test_a_turntable_is_back_after_a_turn():
    table = Turntable(8.0)
    assert turntable_view(table, FRONT, 2.0).yaw_rad == pytest.approx(math.pi / 2)
    assert turntable_view(table, FRONT, 8.0).yaw_rad == pytest.approx(0.0, abs=1e-9)
    assert turntable_view(Turntable(-8.0), FRONT, 2.0).yaw_rad == pytest.approx(-math.pi / 2)
    assert turntable_view(table, FRONT, 1e6 + 2.0).yaw_rad == pytest.approx(math.pi / 2)
    with pytest.raises(ValueError, match="turn"):
        Turntable(0.0)
