from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

from app.actions import Actions
from app.theme import GRID_PX
from app.viewport import avatar_view
from app.viewport.comparison import BeforeAvatar, Compare
from app.viewport.display import Display
from app.viewport.view_bar import ViewBar
from app.workers.latest import Latest
from app.workers.status import PerformanceStatus
from avatar_core.errors import RenderError
from avatar_core.mega import build, neutral_frame
from avatar_core.motion import MotionFrame
from avatar_core.render.pace import Pace
from avatar_core.render.scene import Blending, SceneOptions
from tests.app.viewport.view_stage import (
    BACKGROUND,
    Stage,
    array,
    covered,
    differs,
)
from tests.app.viewport.view_stage import asset as asset
from tests.app.viewport.view_stage import hidden as hidden
from tests.app.viewport.view_stage import stage as stage

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Camera
    from avatar_core.project.asset import AvatarAsset

pytestmark = pytest.mark.window

# Drawing.


def test_shows_the_neutral_head_at_first_paint(stage: Stage) -> None:
    picture = stage.picture()
    assert 0.15 < covered(picture) < 0.8
    assert (np.abs(picture[2, 2].astype(int) - BACKGROUND) <= 2).all()
    middle = picture[70:130, 100:140].reshape(-1, 3).mean(axis=0)
    assert middle[0] > middle[2] + 15  # skin is warm
    assert stage.view.graphics_name
    assert stage.errors == []


def test_shows_new_frames(stage: Stage, asset: AvatarAsset) -> None:
    before = stage.picture()
    frames: Latest[AvatarFrame] = Latest()
    stage.view.connect_performance(frames, PerformanceStatus)
    motion = MotionFrame.from_units(jawOpen=1.0)
    frames.put(
        build(asset).evaluate(motion, captured_s=time.perf_counter(), stage_ms={"track": 9.0})
    )
    stage.qtbot.waitUntil(lambda: differs(before, stage.picture()) > 0.002, timeout=20_000)
    stage.qtbot.waitUntil(lambda: stage.view.draw_readings().age_ms is not None, timeout=20_000)
    readings = stage.view.draw_readings()
    assert {"upload", "sort", "draw", "show"} <= set(readings.stage_ms)
    stage.view.rig.look_from("left")
    stage.rest()
    assert stage.view.draw_readings().age_ms == readings.age_ms


def drawn_scenes(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[SceneOptions]:
    """What the view draws from now on."""
    graphics = stage.view._graphics
    assert graphics is not None
    draw, scenes = graphics.draw, []

    def watched(framebuffer_id: int, camera: Camera, scene: SceneOptions, *others: Any) -> None:
        scenes.append(scene)
        draw(framebuffer_id, camera, scene, *others)

    monkeypatch.setattr(graphics, "draw", watched)
    return scenes


def test_a_slow_machine_draws_less_while_something_moves_and_all_at_rest(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = stage.picture()
    stage.view._pace = Pace(budget_ms=1e-3)
    scenes = drawn_scenes(stage, monkeypatch)
    for turn in range(6):
        stage.drag((120, 90), (121 + turn, 90))
        stage.qtbot.wait(60)
    assert min(scene.pixel_share for scene in scenes) < 1
    stage.view.rig.reset()
    stage.rest()
    assert scenes[-1].pixel_share == 1
    assert scenes[-1].fine_hair
    assert scenes[-1].smooth_edges
    assert differs(whole, stage.picture()) < 0.001


def test_a_slow_card_draws_less_too(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.view._pace = Pace(1e6)
    graphics = stage.view._graphics
    monkeypatch.setattr(type(graphics), "earlier_gpu_ms", property(lambda _graphics: 1e7))
    scenes = drawn_scenes(stage, monkeypatch)
    for turn in range(6):
        stage.drag((120, 90), (121 + turn, 90))
        stage.qtbot.wait(60)
    assert min(scene.pixel_share for scene in scenes) < 1
    assert stage.view.draw_readings().stage_ms["gpu"] == 1e7


def test_exact_pictures_are_always_whole(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.view._pace = Pace(budget_ms=1e-3)
    stage.view.set_display(Display(blending=Blending.EXACT))
    scenes = drawn_scenes(stage, monkeypatch)
    for turn in range(4):
        stage.drag((120, 90), (121 + turn, 90))
        stage.qtbot.wait(60)
    assert scenes
    assert all(scene.pixel_share == 1 for scene in scenes)


def test_what_cannot_be_drawn_is_told_once_and_the_rest_is_drawn(stage: Stage) -> None:
    before = stage.picture()
    graphics = stage.view._graphics
    assert graphics is not None
    graphics.renderer.problem = RenderError("The neural face cannot be drawn.", "Update.")
    for _ in range(3):
        stage.view.update()
        stage.rest()
    assert [error.message for error in stage.errors] == ["The neural face cannot be drawn."]
    assert differs(before, stage.picture()) == 0


def test_a_still_is_what_is_shown_only_larger(stage: Stage) -> None:
    shown = stage.picture()
    still = stage.view.still(2)
    assert still is not None
    assert still.shape == (2 * shown.shape[0], 2 * shown.shape[1], 3)
    reduced = still.reshape(shown.shape[0], 2, shown.shape[1], 2, 3).mean(axis=(1, 3))
    assert np.abs(reduced - shown).mean() < 3
    assert np.array_equal(stage.picture(), shown)


def test_at_rest_nothing_is_drawn(stage: Stage) -> None:
    stage.view.connect_performance(Latest(), PerformanceStatus)
    before = stage.rest()
    stage.qtbot.wait(600)
    assert stage.view.paints == before


def test_changed_readings_do_not_draw_the_avatar_again(stage: Stage) -> None:
    count = iter(range(1000))
    stage.view.set_hud_visible(True)
    stage.view.connect_performance(Latest(), lambda: PerformanceStatus(dropped=next(count)))
    before = stage.rest()
    stage.qtbot.wait(800)
    assert next(count) > 3
    assert stage.view.paints == before


def test_frames_of_another_avatar_are_left_out(stage: Stage) -> None:
    from avatar_core.frame import AvatarFrame

    frames: Latest[AvatarFrame] = Latest()
    stage.view.connect_performance(frames)
    before = stage.picture()
    nothing = np.zeros((0, 3), np.float32), np.zeros((0, 4), np.float32)
    foreign = np.zeros((3, 3), np.float32)
    frames.put(AvatarFrame(MotionFrame(), foreign, *nothing, np.eye(3, dtype=np.float32)))
    stage.qtbot.wait(300)
    assert differs(before, stage.picture()) == 0.0
    assert stage.errors == []


def test_the_scene_is_obeyed(stage: Stage) -> None:
    with_hair = stage.picture()
    stage.view.set_scene(SceneOptions(background=(1.0, 0.0, 0.0), show_grid=False, show_hair=False))
    picture = stage.picture()
    assert (picture[2, 2] == [255, 0, 0]).all()
    assert differs(with_hair, picture) > 0.3


def test_follows_the_size_of_the_window(stage: Stage) -> None:
    stage.window.resize(360, 300)
    stage.qtbot.waitUntil(lambda: stage.view.width() == 360, timeout=5000)
    picture = stage.picture()
    ratio = stage.view.devicePixelRatioF()
    assert picture.shape[:2] == (round(300 * ratio), round(360 * ratio))
    assert 0.1 < covered(picture) < 0.9


# What lies over the picture.


def test_the_bar_stays_in_its_corner_as_it_grows(stage: Stage) -> None:
    bar = ViewBar(Actions(stage.view).__getitem__)
    stage.view.overlays.set_bar(bar)
    bar.show()
    stage.window.resize(600, 200)
    stage.qtbot.waitUntil(lambda: stage.view.width() == 600)
    before = bar.width()

    def is_in_its_corner() -> bool:
        return bool(bar.geometry().right() + 1 + GRID_PX == stage.view.width())

    bar.show_notes(("Displacement", "Wireframe"))
    stage.qtbot.waitUntil(is_in_its_corner)
    assert bar.width() > before
    stage.window.resize(240, 200)
    stage.qtbot.waitUntil(is_in_its_corner)
    assert bar.x() >= 0


def test_before_is_drawn_left_of_the_line_and_after_right_of_it(
    stage: Stage, asset: AvatarAsset
) -> None:
    after = stage.picture()
    bald = replace(asset, hair=asset.hair.subset(slice(0)))
    frames: Latest[AvatarFrame] = Latest()
    asked: list[AvatarFrame] = []
    stage.view.compare_with(BeforeAvatar(bald, neutral_frame(bald), frames, asked.append))
    stage.view.show_comparison(Compare.BEFORE)
    before = stage.picture()
    assert differs(after, before) > 0.05
    stage.view.show_comparison(Compare.SPLIT)
    for share in (0.5, 0.25):
        stage.view.overlays.line.moved.emit(share)
        split = stage.picture()
        x = round(share * split.shape[1])
        assert differs(split[:, :x], before[:, :x]) == 0.0
        assert differs(split[:, x:], after[:, x:]) == 0.0
    assert [each.motion for each in asked] == [stage.view.base_frame.motion]
    stage.view.compare_with(None)
    stage.view.show_comparison(Compare.AFTER)
    assert differs(stage.picture(), after) == 0.0
    assert stage.view._graphics._before is None  # its memory is free again
    assert stage.errors == []


# The life of the context.


def test_survives_docking_and_floating(
    qtbot: QtBot, asset: AvatarAsset, request: pytest.FixtureRequest
) -> None:
    stage = Stage(qtbot, asset)
    dock = QDockWidget("Viewport")
    stage.window.takeCentralWidget()
    dock.setWidget(stage.view)
    stage.window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    stage.show()
    stage.rest()
    docked = covered(stage.picture())
    for is_floating in (True, False):
        paints = stage.view.paints
        dock.setFloating(is_floating)
        qtbot.waitUntil(lambda before=paints: stage.view.paints > before, timeout=20_000)
        stage.rest()
        assert covered(stage.picture()) > 0.5 * docked
    assert stage.errors == []
    stage.window.close()


def test_moving_to_another_window_makes_everything_anew(stage: Stage, qtbot: QtBot) -> None:
    first = stage.view._graphics
    before = covered(stage.picture())
    stage.window.takeCentralWidget()
    other = QMainWindow()
    qtbot.addWidget(other)
    other.setCentralWidget(stage.view)
    other.resize(240, 200)
    other.show()
    qtbot.waitUntil(lambda: stage.view._graphics not in (None, first), timeout=20_000)
    stage.rest()
    assert covered(stage.picture()) == pytest.approx(before, abs=0.1)
    assert stage.errors == []
    other.close()


def test_hidden_it_neither_draws_nor_polls(stage: Stage, asset: AvatarAsset) -> None:
    frames: Latest[AvatarFrame] = Latest()
    stage.view.connect_performance(frames)
    stage.window.hide()
    frames.put(neutral_frame(asset))
    before = stage.rest()
    assert not stage.view._timer.isActive()
    stage.window.show()
    stage.qtbot.waitUntil(lambda: stage.view.paints > before, timeout=20_000)
    assert frames.take() is None


# Failures.


@pytest.mark.qt_log_ignore("QOpenGLWidget")
def test_without_opengl_it_says_so_where_the_picture_would_be(
    hidden: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> Any:
        raise RenderError("OpenGL 4.1 is needed.", "Update the graphics driver.")

    monkeypatch.setattr(avatar_view, "ViewportGraphics", refuse)
    hidden.window.show()
    hidden.qtbot.waitUntil(lambda: len(hidden.errors) == 1, timeout=10_000)
    assert hidden.errors[0].hint
    shown = array(hidden.window.grab().toImage())
    assert shown[80:120].max() > 150  # letters
    hidden.view.update()
    hidden.qtbot.wait(100)
    assert len(hidden.errors) == 1


def test_a_failure_while_drawing_is_said_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(stage.view._graphics, "draw", fail)
    for _ in range(3):
        stage.view.update()
        stage.qtbot.wait(50)
    assert len(stage.errors) == 1
    assert isinstance(stage.errors[0], RenderError)
    assert "ZeroDivisionError" in caplog.text
