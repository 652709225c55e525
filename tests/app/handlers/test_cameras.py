from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.handlers.cameras import CameraHandler
from app.viewport.camera_rig import FASTEST_RAD_S, TURN_RAD_S
from app.viewport.orbit_controls import Drag

if TYPE_CHECKING:
    from pathlib import Path

    from app.handlers.context import StudioContext
    from app.viewport.view_bar import ViewBar


@pytest.fixture
def handler(context: StudioContext, view: Any, bar: ViewBar) -> CameraHandler:
    return CameraHandler(context, view, bar)


@pytest.mark.usefixtures("handler")
def test_views_reach_the_camera(context: StudioContext, view: Any) -> None:
    context.actions["view.three_quarter_right"].trigger()
    assert view.rig.pose.yaw_rad == pytest.approx(-np.pi / 4)
    context.actions["view.top"].trigger()
    assert view.rig.pose.pitch_rad == pytest.approx(np.pi / 2)
    context.actions["view.reset"].trigger()
    assert view.rig.pose.pitch_rad == 0.0
    context.actions["view.frame"].trigger()
    assert len(view.asked("frame_avatar")) == 1


@pytest.mark.usefixtures("handler")
def test_the_turntable_is_ticked_while_it_turns(context: StudioContext, view: Any) -> None:
    action = context.actions["view.turntable"]
    action.trigger()
    assert view.rig.is_turning
    view.rig.drag(Drag.ORBIT, 0.1, 0.0)
    assert not action.isChecked()
    action.trigger()
    assert view.rig.is_turning
    action.trigger()
    assert not view.rig.is_turning


def test_the_lens_is_set_and_shown(view: Any, bar: ViewBar, handler: CameraHandler) -> None:
    lens = bar.camera_popover.lens
    lens.value_edited.emit(1.0)
    assert view.rig.pose.fov_y_rad == pytest.approx(1.0)
    assert lens.value == pytest.approx(1.0)
    view.rig.reset()
    view.camera_changed.emit(None)
    assert lens.value == pytest.approx(0.35)


def test_the_speed_is_a_habit(
    context: StudioContext, view: Any, bar: ViewBar, handler: CameraHandler
) -> None:
    assert bar.camera_popover.speed.value == TURN_RAD_S
    bar.camera_popover.speed.value_edited.emit(-1.5)
    assert bar.camera_popover.speed.value == -1.5
    again = CameraHandler(context, view, bar)
    assert bar.camera_popover.speed.value == -1.5
    again.deleteLater()


@pytest.mark.parametrize("kept", ["fast", None, [1.0], 2 * FASTEST_RAD_S, float("nan")])
def test_a_speed_that_makes_no_sense_is_left_out(
    context: StudioContext, view: Any, bar: ViewBar, kept: Any
) -> None:
    context.preferences.remember("turntable_rad_s", kept)
    CameraHandler(context, view, bar)
    assert bar.camera_popover.speed.value == TURN_RAD_S


def test_the_camera_is_kept_with_the_project(
    context: StudioContext, view: Any, handler: CameraHandler, tmp_path: Path
) -> None:
    view.rig.drag(Drag.ORBIT, 0.3, 0.1)
    view.rig.set_fov(0.9)
    seen = view.rig.pose
    handler.keep_camera()
    context.session.save(tmp_path / "seen.studio")
    view.rig.drag(Drag.PAN, 0.3, 0.1)
    view.rig.set_fov(0.3)
    context.session.open(tmp_path / "seen.studio")
    handler.restore_camera()
    for name in ("yaw_rad", "pitch_rad", "distance_m", "fov_y_rad"):
        assert getattr(view.rig.pose, name) == pytest.approx(getattr(seen, name))
    assert view.rig.pose.target == pytest.approx(seen.target)


def test_a_camera_kept_before_lenses_could_be_chosen_is_found_again(
    context: StudioContext, view: Any, handler: CameraHandler
) -> None:
    context.session.view_state["camera"] = {
        "target": [0, 1, 0], "yaw_rad": 1, "pitch_rad": 0, "distance_m": 2,
    }  # fmt: skip
    handler.restore_camera()
    assert (view.rig.pose.yaw_rad, view.rig.pose.fov_y_rad) == (1.0, 0.35)


GOOD = {"target": [0, 0, 0], "yaw_rad": 1, "pitch_rad": 0, "distance_m": 1, "fov_y_rad": 0.5}


@pytest.mark.parametrize(
    "kept",
    [
        None,
        "front",
        {**GOOD, "target": [0, 0]},
        {**GOOD, "target": [0, 0, 1e60]},
        {**GOOD, "yaw_rad": "left"},
        {**GOOD, "distance_m": -1},
        {**GOOD, "distance_m": float("nan")},
        {**GOOD, "fov_y_rad": 3.0},
    ],
)
def test_a_camera_that_makes_no_sense_is_left_out(
    context: StudioContext, view: Any, handler: CameraHandler, kept: Any
) -> None:
    context.session.view_state["camera"] = kept
    handler.restore_camera()
    assert view.rig.pose.yaw_rad == 0.0


def test_its_popover_opens_and_closes(
    context: StudioContext, bar: ViewBar, handler: CameraHandler
) -> None:
    context.actions["view.camera"].trigger()
    assert bar.camera_popover.isVisible()
    context.actions["view.camera"].trigger()
    assert not bar.camera_popover.isVisible()
