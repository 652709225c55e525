"""The brush's ring on hair that moves, without OpenGL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.handlers.groom_pointing import HairPointer
from app.handlers.groom_ring import RingHandler
from app.handlers.groom_settings import ToolSettings
from app.viewport.tools import BrushRing, BrushTool, ToolMouse
from avatar_core.heads.portrait import portrait_points
from tests.app.handlers.groom_stage import demo_asset as demo_asset
from tests.app.handlers.groom_stage import hair as hair
from tests.app.handlers.groom_stage import stage as stage

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.groom_hair import GroomHair
    from avatar_core.project import AvatarAsset
    from tests.app.handlers.groom_stage import GroomView

_NEARER_M = np.array([0, 0, 0.02], np.float32)
_SOON_MS = 250


class Rings(list[BrushRing | None]):
    """What rings were asked for, under a mouse over the face."""

    def __init__(self, stage: GroomView, mouse: ToolMouse, brush: BrushTool) -> None:
        super().__init__()
        self.stage = stage
        self.mouse = mouse
        self.brush = brush

    def show_nearer(self, steps: int = 1) -> None:
        """The head comes towards the eye, in the next picture."""
        frame, way = self.stage.base_frame, steps * _NEARER_M
        self.stage.base_frame = replace(
            frame, vertices=frame.vertices + way, hair_means=frame.hair_means + way
        )
        self.stage.frameSwapped.emit()


@pytest.fixture
def rings(
    qtbot: QtBot,
    context: StudioContext,
    stage: GroomView,
    hair: GroomHair,
    demo_asset: AvatarAsset,
    monkeypatch: pytest.MonkeyPatch,
) -> Rings:
    stage.setFixedSize(400, 300)
    context.window.show()
    qtbot.waitExposed(context.window)
    frame = stage.base_frame
    points = portrait_points(demo_asset.head.topology, frame.vertices, frame.hair_means)
    stage.rig.start_at_home(points, 400, 300)
    pointer = HairPointer(hair, stage)  # type: ignore[arg-type]
    brush = BrushTool(lambda sample: pointer.hit(sample) is not None, stage.camera, stage)
    settings = ToolSettings(context.preferences, stage)
    RingHandler(hair, stage, pointer, brush, settings, lambda: False, stage)  # type: ignore[arg-type]
    mouse = ToolMouse(stage, stage.rig_mouse)
    mouse.set_tool(brush)
    shown = Rings(stage, mouse, brush)
    show_ring = brush.show_ring

    def noted(ring: BrushRing | None) -> None:
        shown.append(ring)
        show_ring(ring)

    monkeypatch.setattr(brush, "show_ring", noted)
    QTest.mouseMove(stage, QPoint(10, 10))
    QTest.mouseMove(stage, QPoint(200, 150))
    qtbot.waitUntil(lambda: bool(shown) and shown[-1] is not None)
    shown.clear()
    return shown


def test_the_ring_goes_along_with_a_head_that_moves_under_a_resting_mouse(
    qtbot: QtBot, rings: Rings
) -> None:
    camera = rings.stage.camera()
    rings.show_nearer()
    qtbot.waitUntil(lambda: len(rings) == 1)
    before = rings[-1]
    rings.show_nearer()
    qtbot.waitUntil(lambda: len(rings) == 2)
    after = rings[-1]
    assert before is not None
    assert after is not None
    depths = camera.project(np.stack([before.position, after.position]))[1]
    assert depths[0] - depths[1] == pytest.approx(0.02, abs=0.004)


def test_many_pictures_make_few_rings_and_the_last_one_counts(qtbot: QtBot, rings: Rings) -> None:
    for _ in range(5):
        rings.show_nearer()
    qtbot.wait(_SOON_MS)
    assert len(rings) == 1
    alone = rings[-1]
    rings.stage.frameSwapped.emit()  # a picture of nothing new
    qtbot.wait(_SOON_MS)
    assert len(rings) == 1
    QTest.mouseMove(rings.stage, QPoint(201, 150))
    QTest.mouseMove(rings.stage, QPoint(200, 150))
    qtbot.waitUntil(lambda: len(rings) > 1)
    assert alone is not None
    assert rings[-1] is not None
    np.testing.assert_allclose(rings[-1].position, alone.position, atol=0.005)


def test_a_camera_that_moves_brings_another_ring(qtbot: QtBot, rings: Rings) -> None:
    pose = rings.stage.rig.pose
    rings.stage.rig.set_pose(replace(pose, yaw_rad=pose.yaw_rad + 0.4))
    rings.stage.frameSwapped.emit()
    qtbot.waitUntil(lambda: len(rings) == 1)


def test_no_ring_is_looked_for_beside_the_picture_in_a_stroke_or_without_the_brush(
    qtbot: QtBot, rings: Rings
) -> None:
    stage, left, none = rings.stage, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(stage, left, none, QPoint(200, 150))
    assert rings.brush.is_busy
    rings.clear()
    rings.show_nearer()
    qtbot.wait(_SOON_MS)
    assert not rings
    QTest.mouseRelease(stage, left, none, QPoint(200, 150))
    rings.show_nearer()
    qtbot.waitUntil(lambda: len(rings) == 1)
    QApplication.sendEvent(stage, QEvent(QEvent.Type.Leave))
    assert rings[-1] is None
    rings.clear()
    rings.show_nearer()
    qtbot.wait(_SOON_MS)
    QTest.mouseMove(stage, QPoint(200, 151))
    rings.mouse.set_tool(None)
    rings.clear()
    rings.show_nearer()
    qtbot.wait(_SOON_MS)
    assert not rings
