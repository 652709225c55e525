"""The viewport with edited hair, and with a tool over it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.viewport.comparison import BeforeAvatar, Compare
from app.viewport.tools import BrushTool, PenSample, ToolMouse, ToolOverlay
from app.workers.latest import Latest
from avatar_core.errors import ShapeError
from avatar_core.hair.canvas import HairCanvas
from avatar_core.hair.edited import edited_hair
from avatar_core.mega import neutral_frame
from avatar_core.project.hair_edits import HairEdits
from avatar_core.render.scene import SceneOptions
from tests.app.viewport.still_view import asset as asset
from tests.app.viewport.still_view import picture
from tests.app.viewport.still_view import view as view

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.viewport.avatar_view import AvatarView
    from avatar_core.frame import AvatarFrame
    from avatar_core.project.asset import AvatarAsset

pytestmark = pytest.mark.window

UP_M = np.array([0, 0.06, 0], np.float32)


@pytest.fixture
def canvas(asset: AvatarAsset) -> HairCanvas:
    return HairCanvas(asset.hair, HairEdits(base_count=len(asset.hair)))


def differs(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the pixels that look different."""
    return float((np.abs(one.astype(int) - other).max(axis=2) > 12).mean())


def lifted(canvas: HairCanvas) -> HairCanvas:
    """All hair off the head, like a hat."""
    rows = np.arange(canvas.count, dtype=np.int32)
    canvas.move(rows, canvas.means + UP_M)
    return canvas


class Tap:
    """A clip that keeps its pictures."""

    width_px, height_px, fps = 96, 128, 30.0
    has_alpha = False

    def __init__(self) -> None:
        self.images: list[np.ndarray] = []

    def wants(self, captured_s: float) -> bool:
        return True

    def submit(self, image: np.ndarray, captured_s: float) -> None:
        self.images.append(image)


def test_edits_are_seen_at_once_and_taken_off_again(view: AvatarView, canvas: HairCanvas) -> None:
    own, still = picture(view), view.still()
    view.set_hair(lifted(canvas).edited)
    assert differs(own, picture(view)) > 0.05
    assert still is not None
    edited_still = view.still()
    assert edited_still is not None
    assert differs(still, edited_still) > 0.05
    assert view.base_frame is not None
    assert view.shown_frame is not None
    np.testing.assert_allclose(
        view.shown_frame.hair_means, view.base_frame.hair_means + UP_M, atol=1e-6
    )
    view.set_hair(None)
    assert np.array_equal(picture(view), own)
    assert view.shown_frame is view.base_frame


def test_new_frames_wear_the_edits(
    view: AvatarView, canvas: HairCanvas, asset: AvatarAsset, qtbot: QtBot
) -> None:
    frames: Latest[AvatarFrame] = Latest()
    view.connect_performance(frames)
    more = asset.hair.subset(slice(0, 500))
    canvas.add(more, np.arange(500, dtype=np.int32))
    view.set_hair(lifted(canvas).edited)
    edited = picture(view)
    frame = replace(neutral_frame(asset))
    frames.put(frame)
    qtbot.waitUntil(lambda: view.base_frame is frame, timeout=10_000)
    assert view.shown_frame is not None
    assert len(view.shown_frame.hair_means) == len(asset.hair) + 500
    assert differs(edited, picture(view)) == 0


def test_a_stroke_costs_no_more_than_its_pose(
    view: AvatarView, canvas: HairCanvas, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.set_hair(canvas.edited)
    own = picture(view)
    graphics = view._graphics
    assert graphics is not None
    loaded: list[Any] = []
    monkeypatch.setattr(graphics.renderer, "upload_hair", lambda *args: loaded.append(args))
    lifted(canvas)
    assert np.array_equal(picture(view), own)
    view.set_hair(canvas.edited)
    assert differs(own, picture(view)) > 0.05
    assert loaded == []


def test_what_is_selected_takes_the_tint(view: AvatarView, asset: AvatarAsset) -> None:
    selection = np.full(len(asset.hair), 128, np.uint8)
    hair = edited_hair(asset.hair, HairEdits(base_count=len(asset.hair), selection=selection))
    own = picture(view)
    view.set_hair(hair)
    assert np.array_equal(picture(view), own)
    scene = SceneOptions(show_grid=False, selection_tint=(1, 0, 1), selection_strength=0.6)
    view.set_scene(scene)
    half = picture(view)
    full = replace(hair, weights=np.ones_like(hair.weights))
    view.set_hair(full)
    whole = picture(view)
    changes = [np.abs(each.astype(int) - own).sum() for each in (half, whole)]
    assert changes[0] / changes[1] == pytest.approx(128 / 255, abs=0.06)


def test_pictures_and_clips_do_not_show_what_is_selected(
    view: AvatarView, asset: AvatarAsset, qtbot: QtBot
) -> None:
    selection = np.full(len(asset.hair), 255, np.uint8)
    hair = edited_hair(asset.hair, HairEdits(base_count=len(asset.hair), selection=selection))
    view.set_hair(hair)
    plain, own, tap = view.still(), picture(view), Tap()
    view.set_clip_tap(tap)
    view.set_scene(SceneOptions(show_grid=False, selection_tint=(0, 0, 1), selection_strength=0.6))
    assert differs(own, picture(view)) > 0.05
    tinted_away = view.still()
    assert plain is not None
    assert tinted_away is not None
    assert np.array_equal(plain, tinted_away)
    view.set_hair(hair)
    qtbot.waitUntil(lambda: len(tap.images) == 2, timeout=10_000)
    assert np.array_equal(*tap.images)
    view.set_clip_tap(None)


def test_clips_show_edits_as_they_are_made(
    view: AvatarView, canvas: HairCanvas, qtbot: QtBot
) -> None:
    tap = Tap()
    view.set_hair(canvas.edited)
    view.set_clip_tap(tap)
    assert len(tap.images) == 1
    lifted(canvas)
    view.set_hair(canvas.edited)
    qtbot.waitUntil(lambda: len(tap.images) == 2, timeout=10_000)
    assert differs(*tap.images) > 0.02
    view.set_clip_tap(None)


def test_before_stays_unedited(view: AvatarView, canvas: HairCanvas, asset: AvatarAsset) -> None:
    own = picture(view)
    view.set_hair(lifted(canvas).edited)
    asked: list[AvatarFrame] = []
    view.compare_with(BeforeAvatar(asset, neutral_frame(asset), Latest(), asked.append))
    view.show_comparison(Compare.BEFORE)
    assert differs(picture(view), own) == 0
    assert [len(each.hair_means) for each in asked] == [len(asset.hair)]
    view.show_comparison(Compare.AFTER)
    assert differs(picture(view), own) > 0.05


def test_hair_of_another_avatar_is_refused(view: AvatarView, asset: AvatarAsset) -> None:
    few = asset.hair.subset(slice(0, 9))
    with pytest.raises(ShapeError, match="got 9"):
        view.set_hair(edited_hair(few, HairEdits(base_count=9)))


def test_a_tool_lies_over_the_picture_and_under_the_readings(
    view: AvatarView, qtbot: QtBot
) -> None:
    mouse = ToolMouse(view, view.rig_mouse)
    overlay = ToolOverlay(view, mouse)
    assert not overlay.isVisible()
    middle = PenSample(120 * view.devicePixelRatioF(), 100 * view.devicePixelRatioF())
    tool = BrushTool(lambda sample: sample.distance_px(middle) < 60, view.camera, view)
    begun: list[PenSample] = []
    tool.stroke_begun.connect(begun.append)
    mouse.set_tool(tool)
    assert overlay.isVisible()
    assert overlay.geometry() == view.rect()
    children = view.children()
    assert children.index(overlay) < children.index(view.overlays.hud)
    pose = view.orbit.pose
    for start, end in ((QPoint(120, 100), QPoint(130, 90)), (QPoint(20, 20), QPoint(40, 20))):
        QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
        QTest.mouseMove(view, end)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
        if start.x() == 120:
            assert view.orbit.pose is pose
    assert len(begun) == 1
    assert view.orbit.pose is not pose
    view.resize(300, 220)
    qtbot.waitUntil(lambda: overlay.geometry() == view.rect())
    mouse.set_tool(None)
    assert not overlay.isVisible()
