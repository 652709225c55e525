from __future__ import annotations

import copy
import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow

from app.actions import Actions
from app.theme import GRID_PX
from app.viewport import avatar_view
from app.viewport.avatar_view import AvatarView
from app.viewport.comparison import BeforeAvatar, Compare
from app.viewport.display import Display, Subject
from app.viewport.view_bar import ViewBar
from app.workers.latest import Latest
from app.workers.status import PerformanceStatus
from avatar_core.errors import RenderError
from avatar_core.io.avatar_file import load_demo_avatar
from avatar_core.mega import build, neutral_frame
from avatar_core.motion import MotionFrame
from avatar_core.render.pace import Pace
from avatar_core.render.scene import Blending, SceneOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Camera
    from avatar_core.project.asset import AvatarAsset

pytestmark = pytest.mark.window

BACKGROUND = 117  # 0.46 of 255
PLAIN = SceneOptions(show_grid=False)


@pytest.fixture(scope="module")
def asset() -> AvatarAsset:
    return load_demo_avatar()


class CountingView(AvatarView):
    """Counts how often the avatar is drawn."""

    paints = 0

    def paintGL(self) -> None:  # noqa: N802
        self.paints += 1
        super().paintGL()


class Stage:
    """A view in a window, and what it shows as arrays."""

    def __init__(self, qtbot: QtBot, asset: AvatarAsset) -> None:
        self.qtbot = qtbot
        self.window = QMainWindow()
        self.view = CountingView()
        self.view.set_avatar(asset, neutral_frame(asset))
        self.view.set_scene(PLAIN)
        self.view.set_hud_visible(False)
        self.view._pace = Pace(math.inf)  # pictures do not depend on the machine's speed
        self.errors: list[Any] = []
        self.view.failed.connect(self.errors.append)
        self.window.setCentralWidget(self.view)
        self.window.resize(240, 200)
        qtbot.addWidget(self.window)

    def show(self) -> Stage:
        with self.qtbot.waitSignal(self.view.first_painted, timeout=30_000):
            self.window.show()
        return self

    def picture(self) -> np.ndarray:
        """[H, W, 3] of what OpenGL drew."""
        return _array(self.view.grabFramebuffer())

    def rest(self) -> int:
        """Wait until nothing is drawn any more; gives the number of drawings so far."""
        while True:
            before = self.view.paints
            self.qtbot.wait(300)
            if self.view.paints == before:
                return before

    def mouse(
        self,
        kind: QEvent.Type,
        place: tuple[float, float],
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        here = QPointF(*place)
        is_up = kind == QEvent.Type.MouseButtonRelease
        held = Qt.MouseButton.NoButton if is_up else button
        cause = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
        everywhere = self.view.mapToGlobal(here)
        QApplication.sendEvent(self.view, QMouseEvent(kind, here, everywhere, cause, held, keys))

    def drag(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        self.mouse(QEvent.Type.MouseButtonPress, start, button, keys)
        self.mouse(QEvent.Type.MouseMove, end, button, keys)
        self.mouse(QEvent.Type.MouseButtonRelease, end, button, keys)

    def wheel(self, notches: int) -> None:
        here = QPointF(self.view.rect().center())
        event = QWheelEvent(
            here,
            self.view.mapToGlobal(here),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.view, event)


def _array(image: QImage) -> np.ndarray:
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), -1)
    wide = rows[:, : 3 * rgb.width()].copy()  # the image goes with this function
    return wide.reshape(rgb.height(), rgb.width(), 3)


def _differs(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the pixels that look different."""
    return float((np.abs(one.astype(int) - other).max(axis=2) > 12).mean())


def _covered(picture: np.ndarray) -> float:
    """Share of the pixels that show the avatar."""
    return float((np.abs(picture.astype(int) - BACKGROUND).max(axis=2) > 6).mean())


@pytest.fixture
def hidden(qtbot: QtBot, asset: AvatarAsset) -> Iterator[Stage]:
    stage = Stage(qtbot, asset)
    yield stage
    stage.window.close()


@pytest.fixture
def stage(hidden: Stage) -> Stage:
    return hidden.show()


# Drawing.


def test_shows_the_neutral_head_at_first_paint(stage: Stage) -> None:
    picture = stage.picture()
    assert 0.15 < _covered(picture) < 0.8
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
    stage.qtbot.waitUntil(lambda: _differs(before, stage.picture()) > 0.002, timeout=20_000)
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
    assert _differs(whole, stage.picture()) < 0.001


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
    assert _differs(before, stage.picture()) == 0


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
    assert _differs(before, stage.picture()) == 0.0
    assert stage.errors == []


def test_the_scene_is_obeyed(stage: Stage) -> None:
    with_hair = stage.picture()
    stage.view.set_scene(SceneOptions(background=(1.0, 0.0, 0.0), show_grid=False, show_hair=False))
    picture = stage.picture()
    assert (picture[2, 2] == [255, 0, 0]).all()
    assert _differs(with_hair, picture) > 0.3


def test_follows_the_size_of_the_window(stage: Stage) -> None:
    stage.window.resize(360, 300)
    stage.qtbot.waitUntil(lambda: stage.view.width() == 360, timeout=5000)
    picture = stage.picture()
    ratio = stage.view.devicePixelRatioF()
    assert picture.shape[:2] == (round(300 * ratio), round(360 * ratio))
    assert 0.1 < _covered(picture) < 0.9


# Hands.


def test_dragging_orbits(stage: Stage) -> None:
    before = stage.picture()
    stage.drag((120, 100), (170, 100))
    assert stage.view.orbit.pose.yaw_rad == pytest.approx(-np.pi * 50 / stage.view.height())
    assert _differs(before, stage.picture()) > 0.05


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
        moved = _differs(before[:, 20:150], after[:, 60:190])
        assert moved < 0.4 * _differs(before[:, 20:150], after[:, 20:150])


def test_the_wheel_zooms(stage: Stage) -> None:
    before = _covered(stage.picture())
    stage.wheel(-4)
    assert _covered(stage.picture()) < 0.6 * before
    stage.view.rig.reset()
    stage.view.rig.settle()
    assert _covered(stage.picture()) == pytest.approx(before)


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
        assert _differs(front, picture) > 0.1
        assert 0.1 < _covered(picture) < 0.9
    stage.view.rig.reset()
    stage.view.rig.settle()
    assert _differs(front, stage.picture()) == 0.0


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
    assert _differs(after, before) > 0.05
    stage.view.show_comparison(Compare.SPLIT)
    for share in (0.5, 0.25):
        stage.view.overlays.line.moved.emit(share)
        split = stage.picture()
        x = round(share * split.shape[1])
        assert _differs(split[:, :x], before[:, :x]) == 0.0
        assert _differs(split[:, x:], after[:, x:]) == 0.0
    assert [each.motion for each in asked] == [stage.view.base_frame.motion]
    stage.view.compare_with(None)
    stage.view.show_comparison(Compare.AFTER)
    assert _differs(stage.picture(), after) == 0.0
    assert stage.view._graphics._before is None  # its memory is free again
    assert stage.errors == []


def test_clips_show_the_avatar_as_it_is(stage: Stage, asset: AvatarAsset) -> None:
    bald = replace(asset, hair=asset.hair.subset(slice(0)))
    tap, plain = Tap(), Tap()
    stage.view.set_clip_tap(plain)
    stage.view.compare_with(BeforeAvatar(bald, neutral_frame(bald), Latest(), lambda _frame: None))
    stage.view.show_comparison(Compare.BEFORE)
    stage.picture()
    stage.view.set_clip_tap(tap)
    assert _differs(tap.images[0], plain.images[0]) == 0.0
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
    docked = _covered(stage.picture())
    for is_floating in (True, False):
        paints = stage.view.paints
        dock.setFloating(is_floating)
        qtbot.waitUntil(lambda before=paints: stage.view.paints > before, timeout=20_000)
        stage.rest()
        assert _covered(stage.picture()) > 0.5 * docked
    assert stage.errors == []
    stage.window.close()


def test_moving_to_another_window_makes_everything_anew(stage: Stage, qtbot: QtBot) -> None:
    first = stage.view._graphics
    before = _covered(stage.picture())
    stage.window.takeCentralWidget()
    other = QMainWindow()
    qtbot.addWidget(other)
    other.setCentralWidget(stage.view)
    other.resize(240, 200)
    other.show()
    qtbot.waitUntil(lambda: stage.view._graphics not in (None, first), timeout=20_000)
    stage.rest()
    assert _covered(stage.picture()) == pytest.approx(before, abs=0.1)
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
    shown = _array(hidden.window.grab().toImage())
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


# Clips.


class Tap:
    """A clip that keeps its pictures."""

    width_px, height_px, fps = 96, 128, 30.0

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
    assert 0.1 < _covered(first) < 0.9
    assert _differs(first, second) > 0.002
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
    assert _differs(tap.images[0], tap.images[1]) == 0.0
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
    assert _differs(tap.images[0], tap.images[-1]) > 0.02
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
    assert _differs(tap.images[0], tap.images[1]) > 0.002
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
    assert _differs(tap.images[0], tap.images[1]) > 0.002
    stage.view.set_clip_tap(None)
    assert not stage.view._timer.isActive()
