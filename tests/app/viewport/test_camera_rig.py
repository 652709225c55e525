from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.viewport.camera_rig import GLIDE_S, TURN_RAD_S, CameraRig, blended
from app.viewport.orbit_controls import Drag, OrbitPose

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

POINTS = np.array([[-0.1, 1.4, -0.1], [0.1, 1.7, 0.1]], np.float32)


class Studio:
    """A rig that is watched, and its clock."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.is_watched = True
        self.moves = 0
        self.turns: list[bool] = []
        self.rig = CameraRig(None, lambda: self.is_watched, lambda: self.now_s)
        self.rig.start_at_home(POINTS, 400, 300)
        self.rig.moved.connect(self.count)
        self.rig.turning_changed.connect(self.turns.append)

    def count(self) -> None:
        self.moves += 1

    def pass_s(self, seconds: float) -> OrbitPose:
        self.now_s += seconds
        self.rig.step()
        return self.rig.orbit.pose


@pytest.fixture
def studio(qtbot: QtBot) -> Studio:
    return Studio()


def test_a_named_view_is_walked_to(studio: Studio) -> None:
    studio.rig.look_from("left")
    assert studio.rig.orbit.pose.yaw_rad == 0.0
    assert studio.rig.pose.yaw_rad == pytest.approx(np.pi / 2)
    halfway = studio.pass_s(GLIDE_S / 2)
    assert halfway.yaw_rad == pytest.approx(np.pi / 4)
    assert studio.pass_s(GLIDE_S).yaw_rad == pytest.approx(np.pi / 2)
    moves = studio.moves
    studio.pass_s(1.0)
    assert studio.moves == moves  # at rest nothing is drawn


def test_where_nobody_looks_it_is_there_at_once(studio: Studio) -> None:
    studio.is_watched = False
    studio.rig.look_from("left")
    assert studio.rig.orbit.pose.yaw_rad == pytest.approx(np.pi / 2)


def test_requests_on_the_way_add_up(studio: Studio) -> None:
    studio.rig.orbit.zoom(5)
    studio.rig.look_from("back")
    studio.pass_s(GLIDE_S / 3)
    studio.rig.frame(POINTS, 400, 300)
    end = studio.pass_s(2 * GLIDE_S)
    assert abs(end.yaw_rad) == pytest.approx(np.pi)
    assert end.distance_m == pytest.approx(studio.rig.orbit._home.distance_m, rel=0.01)


def test_hands_take_over_at_once(studio: Studio) -> None:
    studio.rig.look_from("left")
    studio.pass_s(GLIDE_S / 3)
    studio.rig.drag(Drag.ORBIT, 0.1, 0.0)
    dragged = studio.rig.orbit.pose
    assert dragged.yaw_rad == pytest.approx(np.pi / 2 - 0.1 * np.pi)
    assert studio.pass_s(1.0) is dragged


def test_home_is_a_portrait_from_the_front(studio: Studio) -> None:
    home = studio.rig.pose
    studio.rig.set_fov(1.0)
    studio.rig.look_from("top")
    studio.rig.reset()
    assert studio.pass_s(1.0).fov_y_rad == home.fov_y_rad
    studio.rig.look_from("back")
    studio.rig.start_at_home(POINTS, 400, 300)
    assert studio.rig.orbit.pose.yaw_rad == 0.0


class TestTurntable:
    def test_it_turns_steadily_from_wherever_it_starts(self, studio: Studio) -> None:
        studio.now_s += 50  # that nothing moved before is no time to make up for
        studio.rig.set_turning(True)
        assert studio.pass_s(0.1).yaw_rad == pytest.approx(0.1 * TURN_RAD_S)
        assert studio.pass_s(0.2).yaw_rad == pytest.approx(0.3 * TURN_RAD_S)
        assert studio.turns == [True]

    def test_for_ever(self, studio: Studio) -> None:
        studio.rig.set_turn_speed(2.0)
        studio.rig.set_turning(True)
        for _ in range(1000):
            studio.pass_s(0.1)
        assert studio.rig.orbit.pose.yaw_rad == pytest.approx(
            np.remainder(200.0 + np.pi, 2 * np.pi) - np.pi, abs=1e-6
        )

    def test_its_speed_may_change_and_turn_round(self, studio: Studio) -> None:
        studio.rig.set_turning(True)
        studio.rig.set_turn_speed(-1.0)
        assert studio.pass_s(0.1).yaw_rad == pytest.approx(-0.1)

    def test_any_drag_stops_it(self, studio: Studio) -> None:
        studio.rig.set_turning(True)
        studio.rig.drag(Drag.PAN, 0.1, 0.0)
        assert studio.turns == [True, False]
        assert studio.pass_s(0.1) is studio.rig.pose
        assert not studio.rig.is_turning

    def test_named_views_stop_it(self, studio: Studio) -> None:
        studio.rig.set_turning(True)
        studio.pass_s(0.2)
        studio.rig.look_from("back")
        assert studio.turns == [True, False]
        assert abs(studio.pass_s(1.0).yaw_rad) == pytest.approx(np.pi)

    def test_wheel_lens_and_framing_do_not(self, studio: Studio) -> None:
        studio.rig.set_turning(True)
        studio.rig.zoom(1.0)
        studio.rig.set_fov(0.8)
        studio.rig.frame(POINTS, 400, 300)
        framed = studio.rig.orbit.pose
        assert framed.fov_y_rad == pytest.approx(0.8)
        assert studio.pass_s(0.1).yaw_rad == pytest.approx(framed.yaw_rad + 0.1 * TURN_RAD_S)

    def test_after_a_stall_it_does_not_jump(self, studio: Studio) -> None:
        studio.rig.set_turning(True)
        assert studio.pass_s(62.5).yaw_rad == pytest.approx(0.25 * TURN_RAD_S)


class TestBlending:
    START = OrbitPose(np.zeros(3, np.float32), 3.0, 0.0, 0.5, 0.3)
    END = OrbitPose(np.ones(3, np.float32), -3.0, 1.0, 2.0, 1.2)

    def test_it_begins_and_ends_where_it_should(self) -> None:
        for share, expected in ((0.0, self.START), (1.0, self.END)):
            pose = blended(self.START, self.END, share)
            assert pose.target == pytest.approx(expected.target)
            for name in ("yaw_rad", "pitch_rad", "distance_m", "fov_y_rad"):
                assert getattr(pose, name) == pytest.approx(getattr(expected, name), abs=1e-6)

    def test_it_goes_round_by_the_shorter_side(self) -> None:
        assert abs(blended(self.START, self.END, 0.5).yaw_rad) == pytest.approx(np.pi)

    def test_distances_change_evenly_to_the_eye(self) -> None:
        assert blended(self.START, self.END, 0.5).distance_m == pytest.approx(1.0)
