from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.viewport.comparison import BeforeAvatar, Compare
from app.viewport.display import Display, Subject
from app.workers.latest import Latest
from app.workers.status import PerformanceStatus
from avatar_core.mega import build, neutral_frame
from avatar_core.motion import MotionFrame
from avatar_core.render.scene import SceneOptions
from tests.app.viewport.view_stage import (
    BACKGROUND,
    Stage,
    covered,
    differs,
)
from tests.app.viewport.view_stage import asset as asset
from tests.app.viewport.view_stage import hidden as hidden
from tests.app.viewport.view_stage import stage as stage

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame
    from avatar_core.project.asset import AvatarAsset

pytestmark = pytest.mark.window


class Tap:
    """A clip that keeps its pictures."""

    width_px, height_px, fps = 96, 128, 30.0
    has_alpha = False

    def __init__(self) -> None:
        self.images: list[np.ndarray] = []
        self.times: list[float] = []
        self.room_from_s = 0.0

    def wants(self, captured_s: float) -> bool:
        return captured_s >= self.room_from_s

    def submit(self, image: np.ndarray, captured_s: float) -> None:
        self.images.append(image)
        self.times.append(captured_s)


def test_clips_get_every_new_frame_at_their_own_size(stage: Stage, asset: AvatarAsset) -> None:
    frames: Latest[AvatarFrame] = Latest()
    stage.view.connect_performance(frames, PerformanceStatus)
    stage.view.set_hud_visible(True)
    stage.view.set_scene(SceneOptions(show_grid=True))
    tap = Tap()
    stage.view.set_clip_tap(tap)
    assert len(tap.images) == 1  # a clip begins with what is there
    frames.put(build(asset).evaluate(MotionFrame.from_units(jawOpen=1.0), captured_s=123.5))
    stage.qtbot.waitUntil(lambda: len(tap.images) == 2, timeout=20_000)
    assert tap.times[1] == 123.5
    first, second = tap.images
    assert first.shape == (128, 96, 3)
    assert first.dtype == np.uint8
    assert 0.1 < covered(first) < 0.9
    assert differs(first, second) > 0.002
    assert (np.abs(first[0].astype(int) - BACKGROUND) <= 2).all()  # upright; no HUD, no grid
    assert (np.abs(first[-1].astype(int) - BACKGROUND) > 20).mean() > 0.5  # the bust goes on below


def test_a_clip_keeps_its_camera(stage: Stage, asset: AvatarAsset) -> None:
    frames: Latest[AvatarFrame] = Latest()
    stage.view.connect_performance(frames)
    tap = Tap()
    stage.view.set_clip_tap(tap)
    stage.view.rig.look_from("back")
    frames.put(neutral_frame(asset))
    stage.qtbot.waitUntil(lambda: len(tap.images) == 2, timeout=20_000)
    assert differs(tap.images[0], tap.images[1]) == 0.0
    stage.view.set_clip_tap(None)
    frames.put(build(asset).evaluate(MotionFrame.from_units(jawOpen=1.0)))
    stage.rest()
    assert len(tap.images) == 2


def test_looks_are_those_of_the_clips_camera_while_it_is_recorded(stage: Stage) -> None:
    cameras: list[Any] = []
    stage.view.camera_changed.connect(cameras.append)
    stage.view.set_clip_tap(Tap())
    stage.view.update()
    stage.rest()
    assert [(each.width_px, each.height_px) for each in cameras] == [(Tap.width_px, Tap.height_px)]
    stage.wheel(2)
    stage.rest()
    assert len(cameras) == 1
    stage.view.set_clip_tap(None)
    stage.view.update()
    stage.rest()
    assert cameras[-1].view == pytest.approx(stage.view.camera().view)


def test_a_clip_goes_along_with_the_turntable(stage: Stage) -> None:
    tap = Tap()
    stage.view.set_clip_tap(tap)
    stage.view.rig.set_turn_speed(3.0)
    stage.view.rig.set_turning(True)
    stage.qtbot.waitUntil(lambda: len(tap.images) >= 3, timeout=20_000)
    stage.view.rig.set_turning(False)
    assert differs(tap.images[0], tap.images[-1]) > 0.02
    assert tap.times == sorted(tap.times)
    stage.view.set_clip_tap(None)


def test_a_frame_too_soon_for_the_clip_is_shown_in_its_next_picture(
    stage: Stage, asset: AvatarAsset
) -> None:
    frames: Latest[AvatarFrame] = Latest()
    stage.view.connect_performance(frames)
    tap = Tap()
    stage.view.set_clip_tap(tap)
    tap.room_from_s = 50.02
    frames.put(build(asset).evaluate(MotionFrame.from_units(jawOpen=1.0), captured_s=50.0))
    stage.qtbot.waitUntil(lambda: len(tap.images) == 2, timeout=20_000)
    assert tap.times[1] == pytest.approx(50.0 + 1 / 30)
    assert differs(tap.images[0], tap.images[1]) > 0.002
    stage.rest()
    assert len(tap.images) == 2


def test_a_clip_goes_on_while_the_view_is_hidden(stage: Stage, asset: AvatarAsset) -> None:
    frames: Latest[AvatarFrame] = Latest()
    stage.view.connect_performance(frames)
    tap = Tap()
    stage.view.set_clip_tap(tap)
    stage.window.hide()
    frames.put(build(asset).evaluate(MotionFrame.from_units(jawOpen=1.0)))
    stage.qtbot.waitUntil(lambda: len(tap.images) == 2, timeout=20_000)
    assert differs(tap.images[0], tap.images[1]) > 0.002
    stage.view.set_clip_tap(None)
    assert not stage.view._timer.isActive()


def test_clips_show_the_avatar_as_it_is(stage: Stage, asset: AvatarAsset) -> None:
    bald = replace(asset, hair=asset.hair.subset(slice(0)))
    tap, plain = Tap(), Tap()
    stage.view.set_clip_tap(plain)
    stage.view.compare_with(BeforeAvatar(bald, neutral_frame(bald), Latest(), lambda _frame: None))
    stage.view.show_comparison(Compare.BEFORE)
    stage.picture()
    stage.view.set_clip_tap(tap)
    assert differs(tap.images[0], plain.images[0]) == 0.0
    stage.view.set_clip_tap(None)


def test_the_display_and_the_backdrop_are_in_the_picture_and_in_clips(stage: Stage) -> None:
    stage.view.set_display(Display(subject=Subject.HAIR))
    stage.view.set_backdrop(np.full((4, 4, 3), (0, 0, 255), np.uint8))
    tap = Tap()
    stage.view.set_clip_tap(tap)
    for picture in (stage.picture(), tap.images[0]):
        for row in (2, -3):  # above the head, and where the bust would be
            assert (picture[row, picture.shape[1] // 2] == [0, 0, 255]).all()
        assert (picture != [0, 0, 255]).any()  # hair
    stage.view.set_clip_tap(None)
