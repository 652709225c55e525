from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.viewport.orbit_controls import Drag, OrbitControls, OrbitPose, ViewSide, drag_of
from avatar_core.geometry import look_at

LEFT, MIDDLE, RIGHT = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.MiddleButton,
    Qt.MouseButton.RightButton,
)
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def orbit() -> OrbitControls:
    made = OrbitControls()
    made.pose = OrbitPose(np.array([0.1, 1.5, 0.0], np.float32), 0.0, 0.0, 1.2)
    made.set_home()
    return made


@pytest.mark.parametrize(
    ("buttons", "keys", "expected"),
    [
        (LEFT, NONE, Drag.ORBIT),
        (LEFT, ALT, Drag.ORBIT),
        (LEFT, SHIFT, Drag.PAN),
        (MIDDLE, NONE, Drag.PAN),
        (MIDDLE, ALT, Drag.PAN),
        (LEFT, CTRL, Drag.ZOOM),
        (MIDDLE, CTRL, Drag.ZOOM),
        (RIGHT, NONE, None),
        (Qt.MouseButton.NoButton, SHIFT, None),
    ],
)
def test_buttons_and_keys(
    buttons: Qt.MouseButton, keys: Qt.KeyboardModifier, expected: Drag | None
) -> None:
    assert drag_of(buttons, keys) is expected


@pytest.mark.parametrize(
    ("side", "direction"),
    [
        ("front", (0, 0, 1)),
        ("back", (0, 0, -1)),
        ("left", (1, 0, 0)),
        ("right", (-1, 0, 0)),
        ("three_quarter_left", (0.5**0.5, 0, 0.5**0.5)),
        ("three_quarter_right", (-(0.5**0.5), 0, 0.5**0.5)),
        ("top", (0, 1, 0)),
        ("bottom", (0, -1, 0)),
    ],
)
def test_named_views_look_at_the_target_from_their_side(
    orbit: OrbitControls, side: str, direction: tuple[float, float, float]
) -> None:
    orbit.look_from(side)
    camera = orbit.camera(400, 300)
    assert camera.position == pytest.approx(orbit.pose.target + 1.2 * np.array(direction), abs=1e-5)
    assert camera.forward == pytest.approx(-np.array(direction, float), abs=1e-6)
    assert np.linalg.det(camera.view[:3, :3]) == pytest.approx(1.0, abs=1e-5)


def test_unknown_sides_are_refused(orbit: OrbitControls) -> None:
    with pytest.raises(ValueError, match="inside"):
        orbit.look_from("inside")


def test_agrees_with_look_at(orbit: OrbitControls) -> None:
    orbit.pose = OrbitPose(orbit.pose.target, 0.7, -0.4, 0.9)
    camera = orbit.camera(640, 480)
    expected = look_at(camera.position, orbit.pose.target)
    assert camera.view == pytest.approx(expected, abs=1e-5)


def test_seen_from_above_the_face_points_down_the_screen(orbit: OrbitControls) -> None:
    orbit.look_from(ViewSide.TOP)
    camera = orbit.camera(400, 400)
    nose = orbit.pose.target + np.array([0.0, 0.0, 0.1], np.float32)
    left_ear = orbit.pose.target + np.array([0.1, 0.0, 0.0], np.float32)
    pixels, _ = camera.project(np.stack([nose, left_ear]).astype(np.float32))
    assert pixels[0] == pytest.approx([200, 200 + (pixels[1, 0] - 200)], abs=0.5)
    assert pixels[1, 0] > 210


def test_what_is_under_the_mouse_goes_along_when_orbiting(orbit: OrbitControls) -> None:
    front = orbit.pose.target + np.array([0.0, 0.0, 0.1], np.float32)
    before, _ = orbit.camera(400, 400).project(front[None])
    orbit.drag(Drag.ORBIT, 0.05, 0.03)
    after, _ = orbit.camera(400, 400).project(front[None])
    assert after[0, 0] > before[0, 0]  # the mouse went right
    assert after[0, 1] > before[0, 1]  # and down


def test_orbiting_stops_above_and_below(orbit: OrbitControls) -> None:
    orbit.drag(Drag.ORBIT, 0.0, 5.0)
    assert orbit.pose.pitch_rad == pytest.approx(np.pi / 2)
    orbit.drag(Drag.ORBIT, 0.0, -10.0)
    assert orbit.pose.pitch_rad == pytest.approx(-np.pi / 2)


def test_orbiting_for_ever_stays_precise(orbit: OrbitControls) -> None:
    for _ in range(1000):
        orbit.drag(Drag.ORBIT, 0.37, 0.0)
    assert -np.pi <= orbit.pose.yaw_rad <= np.pi


def test_panning_moves_the_target_with_the_mouse(orbit: OrbitControls) -> None:
    orbit.pose = OrbitPose(orbit.pose.target, 0.6, 0.3, 1.2)
    fixed = orbit.pose.target.copy()
    orbit.drag(Drag.PAN, 0.1, -0.05)
    pixels, _ = orbit.camera(800, 400).project(fixed[None])
    # A tenth of the height to the right, a twentieth up, exactly at the target's distance.
    assert pixels[0] == pytest.approx([400 + 40, 200 - 20], abs=0.1)


def test_the_wheel_moves_closer_and_back_within_limits(orbit: OrbitControls) -> None:
    orbit.zoom(3.0)
    closer = orbit.pose.distance_m
    assert closer < 1.2
    orbit.zoom(-3.0)
    assert orbit.pose.distance_m == pytest.approx(1.2)
    orbit.zoom(1000.0)
    assert orbit.pose.distance_m > 0.0
    orbit.zoom(-10_000.0)
    assert orbit.pose.distance_m < 100.0


def test_dragging_down_with_ctrl_moves_away(orbit: OrbitControls) -> None:
    orbit.drag(Drag.ZOOM, 0.0, 0.1)
    assert orbit.pose.distance_m > 1.2


@pytest.mark.parametrize(("width", "height"), [(1600, 400), (300, 900), (1, 1)])
@pytest.mark.parametrize("side", ["front", "left", "top"])
def test_framing_shows_everything(orbit: OrbitControls, side: str, width: int, height: int) -> None:
    rng = np.random.default_rng(5)
    points = rng.uniform([-0.1, 1.2, -0.15], [0.1, 1.8, 0.15], (200, 3)).astype(np.float32)
    orbit.look_from(side)
    orbit.frame(points, width, height)
    camera = orbit.camera(width, height)
    pixels, depths = camera.project(points)
    assert (depths > camera.near_m).all()
    assert (depths < camera.far_m).all()
    assert (pixels >= 0).all()
    assert (pixels <= [width, height]).all()


@pytest.mark.parametrize("degrees", [10.0, 45.0, 90.0])
def test_another_lens_keeps_the_target_as_large(orbit: OrbitControls, degrees: float) -> None:
    beside = orbit.pose.target + np.array([0.05, 0.1, 0.0], np.float32)
    before, _ = orbit.camera(400, 300).project(beside[None])
    orbit.pose = orbit.pose.with_fov(np.deg2rad(degrees))
    camera = orbit.camera(400, 300)
    assert np.rad2deg(camera.fov_y_rad) == pytest.approx(degrees, abs=1e-3)
    after, _ = camera.project(beside[None])
    assert after == pytest.approx(before, abs=0.01)


def test_a_lens_has_limits(orbit: OrbitControls) -> None:
    assert orbit.pose.with_fov(3.0).fov_y_rad == pytest.approx(np.pi / 2)
    assert orbit.pose.with_fov(0.0).fov_y_rad == pytest.approx(np.deg2rad(10))


def test_far_away_the_lens_gives_way_before_the_size_does(orbit: OrbitControls) -> None:
    orbit.zoom(-10_000.0)
    far = orbit.pose
    assert far.with_fov(np.deg2rad(10)).height_m == pytest.approx(far.height_m)
    assert far.with_fov(np.deg2rad(10)).distance_m == pytest.approx(far.distance_m)


def test_reset_comes_home(orbit: OrbitControls) -> None:
    orbit.drag(Drag.ORBIT, 0.3, 0.1)
    orbit.drag(Drag.PAN, 0.3, 0.1)
    orbit.zoom(2)
    orbit.reset()
    assert orbit.pose.target == pytest.approx([0.1, 1.5, 0.0])
    assert (orbit.pose.yaw_rad, orbit.pose.pitch_rad, orbit.pose.distance_m) == (0.0, 0.0, 1.2)


def test_an_empty_viewport_has_a_camera_too(orbit: OrbitControls) -> None:
    assert orbit.camera(0, 0).width_px == 1
