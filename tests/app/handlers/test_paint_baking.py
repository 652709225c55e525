from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.handlers import paint_baking
from app.handlers.paint_baking import BakeHandler
from app.panels.paint_bake import BakeState, PaintBakeBody
from app.workers.paint_baker import BakedFace
from avatar_core.commands import EditPaintLayers, SetPaintLayer
from avatar_core.errors import AvatarError
from avatar_core.project import BakedPaint
from avatar_core.project.digest import digest
from avatar_core.project.paint import LayerKind, PaintLayer, TexturePart
from avatar_core.texture.bare import paint_of_texture
from avatar_core.texture.content import content_digest
from tests.app.handlers.paint_stage import demo_asset as demo_asset
from tests.app.handlers.paint_stage import face as face
from tests.app.handlers.paint_stage import known_atlas as known_atlas
from tests.app.handlers.paint_stage import painted_demo as painted_demo
from tests.app.handlers.paint_stage import stage as stage
from tests.app.handlers.paint_stage import uv as uv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.paint_face import PaintFace
    from app.workers.face_atlas import FaceAtlas
    from app.workers.tasks import TaskContext
    from avatar_core.motion import Take
    from avatar_core.project import AvatarAsset, Painting
    from tests.app.handlers.paint_stage import PaintView


class Oven:
    """Bakes at once, or when it is let go."""

    def __init__(self) -> None:
        self.bakes = 0
        self.takes: tuple[Take, ...] = ()
        self.error: AvatarError | None = None
        self.goes_on = threading.Event()
        self.goes_on.set()

    def bake(
        self,
        asset: AvatarAsset,
        atlas: FaceAtlas,
        painting: Painting,
        task: TaskContext,
        takes: tuple[Take, ...],
    ) -> BakedFace:
        self.bakes += 1
        self.takes = takes
        task.step(0.5, "Baking")
        self.goes_on.wait(10)
        task.step(0.6, "Baking")
        if self.error is not None:
            raise self.error
        texels = np.array([5, 9], np.int32)
        deltas = np.ones((2, 12), np.float32)
        baked = BakedPaint(texels, deltas, np.zeros(2, np.float32), content_digest(painting))
        return self.dress(asset, baked, task)

    def dress(self, asset: AvatarAsset, baked: BakedPaint, _task: TaskContext) -> BakedFace:
        return BakedFace(baked, replace(asset, face=replace(asset.face)))


@pytest.fixture
def oven(monkeypatch: pytest.MonkeyPatch) -> Oven:
    made = Oven()
    monkeypatch.setattr(paint_baking, "bake_painting", made.bake)
    monkeypatch.setattr(paint_baking, "dressed_face", made.dress)
    return made


@pytest.fixture
def handler(
    qtbot: QtBot, context: StudioContext, face: PaintFace, stage: PaintView, oven: Oven
) -> Iterator[BakeHandler]:
    panel = PaintBakeBody(())
    qtbot.addWidget(panel)
    context.preferences.remember("bake_paint", False)
    made = BakeHandler(context, face, stage, panel)  # type: ignore[arg-type]
    made.set_open(True)
    yield made
    oven.goes_on.set()
    made.shutdown()


def _fill(context: StudioContext, **changes: object) -> None:
    layer = PaintLayer("Fill", LayerKind.FILL, **changes)  # type: ignore[arg-type]
    context.session.push(EditPaintLayers.added(context.project, layer))


def _bake(qtbot: QtBot, context: StudioContext, handler: BakeHandler) -> None:
    context.actions["paint.bake"].trigger()
    qtbot.waitUntil(lambda: handler.state is BakeState.BAKED)


def test_without_paint_there_is_nothing_to_bake(
    context: StudioContext, handler: BakeHandler
) -> None:
    assert handler.state is BakeState.NONE
    assert not context.actions["paint.bake"].isEnabled()
    _fill(context, part=TexturePart.GLOSS)  # which no texture can hold
    assert handler.state is BakeState.NONE


def test_a_bake_is_one_step_and_the_view_shows_the_face_that_has_it(
    qtbot: QtBot,
    context: StudioContext,
    handler: BakeHandler,
    stage: PaintView,
    demo_asset: AvatarAsset,
) -> None:
    _fill(context)
    assert handler.state is BakeState.LIVE
    _bake(qtbot, context, handler)
    assert context.session.history.index == 2
    assert context.session.history.undo_label == "Bake paint"
    baked = context.project.painting.baked
    assert baked is not None
    assert baked.source == content_digest(context.project.painting)
    assert len(stage.faces) == 1
    assert stage.faces[0].face is not demo_asset.face
    assert not context.actions["paint.bake"].isEnabled()
    context.session.undo()
    assert handler.state is BakeState.LIVE
    assert stage.faces[-1].face is demo_asset.face
    context.session.redo()  # known by now
    assert stage.faces[-1].face is stage.faces[0].face


def test_it_is_baked_for_the_newest_takes(
    qtbot: QtBot, context: StudioContext, handler: BakeHandler, oven: Oven, take: Take
) -> None:
    context.project.takes = {f"take-{at}": replace(take, id=f"take-{at}") for at in range(6)}
    _fill(context)
    _bake(qtbot, context, handler)
    assert [each.id for each in oven.takes] == ["take-2", "take-3", "take-4", "take-5"]


def test_paint_after_a_bake_makes_it_stale(
    qtbot: QtBot, context: StudioContext, handler: BakeHandler
) -> None:
    _fill(context)
    _bake(qtbot, context, handler)
    _fill(context, colour=(1.0, 0.0, 0.0))
    assert handler.state is BakeState.LIVE
    context.session.undo()
    assert handler.state is BakeState.BAKED


def test_what_is_painted_meanwhile_drops_the_bake_and_nothing_else(
    qtbot: QtBot, context: StudioContext, handler: BakeHandler, oven: Oven
) -> None:
    _fill(context)
    oven.goes_on.clear()
    context.actions["paint.bake"].trigger()
    qtbot.waitUntil(lambda: "50" in handler._panel.text)
    assert handler.state is BakeState.BAKING
    _fill(context, colour=(1.0, 0.0, 0.0))
    before = digest(context.project.painting)
    assert handler.state is BakeState.LIVE
    oven.goes_on.set()
    qtbot.wait(50)
    assert digest(context.project.painting) == before
    assert context.project.painting.baked is None


def test_a_stroke_stops_the_bake(
    qtbot: QtBot, context: StudioContext, handler: BakeHandler, oven: Oven
) -> None:
    _fill(context)
    oven.goes_on.clear()
    context.actions["paint.bake"].trigger()
    handler.pause()
    assert handler.state is BakeState.LIVE
    oven.goes_on.set()
    qtbot.wait(50)
    assert context.project.painting.baked is None


def test_a_name_that_changes_meanwhile_does_not_stop_it(
    qtbot: QtBot, context: StudioContext, handler: BakeHandler, oven: Oven
) -> None:
    _fill(context)
    oven.goes_on.clear()
    context.actions["paint.bake"].trigger()
    context.session.push(SetPaintLayer.renamed(context.project, "1", "Base"))
    assert handler.state is BakeState.BAKING
    oven.goes_on.set()
    qtbot.waitUntil(lambda: handler.state is BakeState.BAKED)
    assert oven.bakes == 1


def test_a_bake_that_fails_is_told_and_loses_nothing(
    qtbot: QtBot, context: StudioContext, handler: BakeHandler, oven: Oven
) -> None:
    _fill(context)
    before = digest(context.project.painting)
    oven.error = AvatarError("The face is damaged.", "Choose another avatar.")
    context.actions["paint.bake"].trigger()
    qtbot.waitUntil(lambda: "damaged" in context.toast.text)
    assert digest(context.project.painting) == before
    assert handler.state is BakeState.LIVE


def test_it_bakes_by_itself_after_a_pause_but_never_over_steps_to_be_redone(
    qtbot: QtBot, context: StudioContext, handler: BakeHandler, oven: Oven
) -> None:
    handler._pause.setInterval(1)
    context.actions["paint.bake_auto"].trigger()
    _fill(context)
    qtbot.waitUntil(lambda: handler.state is BakeState.BAKED)
    context.session.undo()
    qtbot.wait(50)
    assert context.session.history.can_redo
    assert oven.bakes == 1


def test_a_project_with_baked_paint_wears_it_once_its_texture_is_ready(
    qtbot: QtBot, context: StudioContext, handler: BakeHandler, face: PaintFace, stage: PaintView
) -> None:
    _fill(context)
    painting = context.project.painting
    none = np.zeros(0, np.float32)
    baked = BakedPaint(np.zeros(0, np.int32), np.zeros((0, 12), np.float32), none,
                       content_digest(painting))  # fmt: skip
    context.project.painting = replace(painting, baked=baked)
    face.refresh()
    assert not stage.faces
    qtbot.waitUntil(lambda: len(stage.faces) == 1)
    assert handler.state is BakeState.BAKED


def test_taking_all_paint_away_unbakes(
    qtbot: QtBot,
    context: StudioContext,
    handler: BakeHandler,
    stage: PaintView,
    demo_asset: AvatarAsset,
) -> None:
    _fill(context)
    _bake(qtbot, context, handler)
    context.session.push(EditPaintLayers.removed(context.project, "1"))
    assert handler.state is BakeState.LIVE
    context.actions["paint.bake"].trigger()
    assert context.project.painting.baked is None
    assert handler.state is BakeState.NONE
    assert stage.faces[-1].face is demo_asset.face


def test_paint_is_sampled_where_the_textures_own_texels_lie() -> None:
    """A ramp over the atlas: texel j of the texture lies at u = j / (side - 1)."""
    size, side = 512, 128
    ramp = (np.arange(size) + 0.5) / size
    colour = np.zeros((size, size, 4), np.uint8)
    colour[..., 0] = np.rint(255 * ramp)
    colour[..., 1] = np.rint(255 * (1 - ramp))[:, None]  # 1 at the top row of the painting
    paint = paint_of_texture(colour, side)
    wanted = np.arange(side) / (side - 1)
    inner = slice(3, -3)
    assert np.abs(paint[64, inner, 0] - wanted[inner]).max() < 0.004
    assert np.abs(paint[inner, 64, 1] - wanted[inner]).max() < 0.004  # row 0 is the bottom
