from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt

from avatar_core.mega import neutral_frame
from tests.app.viewport.view_stage import (
    Stage,
    covered,
    differs,
)
from tests.app.viewport.view_stage import asset as asset
from tests.app.viewport.view_stage import hidden as hidden
from tests.app.viewport.view_stage import stage as stage

if TYPE_CHECKING:
    from avatar_core.project.asset import AvatarAsset

pytestmark = pytest.mark.window


def test_dragging_orbits(stage: Stage) -> None:
    before = stage.picture()
    stage.drag((120, 100), (170, 100))
    assert stage.view.orbit.pose.yaw_rad == pytest.approx(-np.pi * 50 / stage.view.height())
    assert differs(before, stage.picture()) > 0.05


def test_middle_and_shift_drags_pan(stage: Stage) -> None:
    for button, keys in (
        (Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier),
        (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier),
    ):
        stage.view.rig.reset()
        stage.view.rig.settle()
        before = stage.picture()
        stage.drag((120, 100), (160, 100), button, keys)
        after = stage.picture()
        # Moved 40 pixels to the right as a whole, but for the parallax of a camera this close.
        moved = differs(before[:, 20:150], after[:, 60:190])
        assert moved < 0.4 * differs(before[:, 20:150], after[:, 20:150])


def test_the_wheel_zooms(stage: Stage) -> None:
    before = covered(stage.picture())
    stage.wheel(-4)
    assert covered(stage.picture()) < 0.6 * before
    stage.view.rig.reset()
    stage.view.rig.settle()
    assert covered(stage.picture()) == pytest.approx(before)


def test_right_drags_and_moves_without_a_button_do_nothing(stage: Stage) -> None:
    pose = stage.view.orbit.pose
    stage.drag((120, 100), (170, 100), Qt.MouseButton.RightButton)
    stage.mouse(QEvent.Type.MouseMove, (60, 60), Qt.MouseButton.NoButton)
    assert stage.view.orbit.pose is pose


def test_looks_from_all_sides_and_frames_again(stage: Stage) -> None:
    front = stage.picture()
    for side in ("left", "back", "top"):
        stage.view.rig.look_from(side)
        stage.view.frame_avatar()
        stage.view.rig.settle()
        picture = stage.picture()
        assert differs(front, picture) > 0.1
        assert 0.1 < covered(picture) < 0.9
    stage.view.rig.reset()
    stage.view.rig.settle()
    assert differs(front, stage.picture()) == 0.0


def test_named_views_are_reached_smoothly(stage: Stage) -> None:
    stage.view.rig.look_from("left")
    assert stage.view.orbit.pose.yaw_rad == 0.0
    stage.qtbot.waitUntil(
        lambda: stage.view.orbit.pose.yaw_rad == pytest.approx(np.pi / 2), timeout=20_000
    )


def test_the_turntable_turns_until_something_is_dragged(stage: Stage) -> None:
    told: list[bool] = []
    stage.view.rig.turning_changed.connect(told.append)
    stage.view.rig.set_turning(True)
    stage.qtbot.waitUntil(lambda: stage.view.orbit.pose.yaw_rad > 0.05, timeout=20_000)
    stage.drag((120, 100), (121, 100))
    assert told == [True, False]
    before = stage.rest()
    stage.qtbot.wait(200)
    assert stage.view.paints == before


def test_the_camera_is_told_once_a_repaint_and_only_when_it_changed(stage: Stage) -> None:
    cameras: list[Any] = []
    stage.view.camera_changed.connect(cameras.append)
    stage.view.update()
    stage.rest()
    assert cameras == []
    for _ in range(3):
        stage.wheel(1)
    stage.rest()
    assert len(cameras) == 1
    assert cameras[0].view == pytest.approx(stage.view.camera().view)
    stage.window.resize(300, 220)
    stage.qtbot.waitUntil(lambda: len(cameras) == 2, timeout=20_000)
    assert cameras[1].width_px == stage.view.camera().width_px


def test_other_hair_on_the_same_head_is_seen_from_where_the_camera_is(
    stage: Stage, asset: AvatarAsset
) -> None:
    stage.drag((120, 100), (170, 100))
    seen = stage.view.orbit.pose
    few = replace(asset, hair=asset.hair.subset(slice(50)))
    stage.view.set_avatar(few, neutral_frame(few))
    assert stage.view.orbit.pose.yaw_rad == seen.yaw_rad
    stage.view.rig.reset()
    assert stage.view.rig.pose.yaw_rad == 0.0
    other = replace(asset, head=copy.copy(asset.head))
    stage.drag((120, 100), (170, 100))
    stage.view.set_avatar(other, neutral_frame(other))
    assert stage.view.orbit.pose.yaw_rad == 0.0
