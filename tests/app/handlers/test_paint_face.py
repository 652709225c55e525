"""What of paint is shown while what it lies on becomes another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.handlers import paint_face
from app.handlers.paint_baking import BakeHandler
from app.panels.paint_bake import PaintBakeBody
from avatar_core.commands import EditPaintLayers, SetClonedSkin
from avatar_core.errors import AvatarError
from avatar_core.project import BakedPaint, Painting
from avatar_core.project.paint import LayerKind, PaintLayer
from tests.app.handlers.paint_stage import PaintView, coverage
from tests.app.handlers.paint_stage import demo_asset as demo_asset
from tests.app.handlers.paint_stage import face as face
from tests.app.handlers.paint_stage import known_atlas as known_atlas
from tests.app.handlers.paint_stage import painted_demo as painted_demo
from tests.app.handlers.paint_stage import stage as stage
from tests.app.handlers.paint_stage import uv as uv

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.paint_face import PaintFace


def _copy_skin(context: StudioContext, shift: float) -> None:
    texels = np.array([131000, 131001], np.int32)
    deltas = np.full((2, 12), shift, np.float32)
    cloned = BakedPaint(texels, deltas, np.zeros(2, np.float32), "")
    context.session.push(SetClonedSkin.of(context.project, cloned))


def _fill(context: StudioContext) -> None:
    layer = PaintLayer("Fill", LayerKind.FILL, opacity=0.5)
    context.session.push(EditPaintLayers.added(context.project, layer))


def test_paint_stays_until_the_skin_that_was_copied_is_known(
    qtbot: QtBot, context: StudioContext, face: PaintFace, stage: PaintView
) -> None:
    panel = PaintBakeBody(())
    qtbot.addWidget(panel)
    context.preferences.remember("bake_paint", False)
    baking = BakeHandler(context, face, stage, panel)  # type: ignore[arg-type]
    _fill(context)
    for shift in (0.1, 0.2):
        before, faces = stage.paint, len(stage.faces)
        assert coverage(stage).min() > 0.49
        _copy_skin(context, shift)
        assert face.atlas is None
        assert face.is_renewed
        assert stage.paint is before
        assert len(stage.faces) == faces  # nor does what was copied before go away
        qtbot.waitUntil(lambda: face.atlas is not None, timeout=60_000)
        assert not face.is_renewed
        assert stage.paint is not before
        assert coverage(stage).min() > 0.49
        assert len(stage.faces) == faces + 1
    context.session.undo()
    assert stage.paint is not None
    qtbot.waitUntil(lambda: face.atlas is not None, timeout=60_000)
    baking.shutdown()


def test_paint_of_another_size_is_not_kept(
    context: StudioContext, face: PaintFace, stage: PaintView
) -> None:
    _copy_skin(context, 0.1)
    assert stage.paint is not None
    context.project.painting = Painting(1024)
    face.refresh()
    assert not face.is_renewed
    assert stage.paint is None


def test_skin_that_cannot_be_had_takes_the_paint_of_before_away(
    qtbot: QtBot,
    context: StudioContext,
    face: PaintFace,
    stage: PaintView,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise AvatarError("The face is damaged.", "Choose another avatar.")

    monkeypatch.setattr(paint_face, "face_atlas", fail)
    _copy_skin(context, 0.1)
    assert stage.paint is not None
    qtbot.waitUntil(lambda: "damaged" in context.toast.text)
    assert stage.paint is None
