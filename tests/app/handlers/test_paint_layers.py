from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QColor

from app.handlers.paint_layers import PaintLayerHandler
from app.handlers.paint_settings import PaintToolSettings
from app.handlers.paint_thumbnails import Thumbnails
from app.panels.paint_bake import PaintBakeBody
from app.panels.paint_layer_settings import PaintLayerSettings
from app.panels.paint_layers import PaintLayersPanel
from avatar_core.commands import EditPaintLayers
from avatar_core.project.paint import (
    FULL,
    TILE,
    Blend,
    LayerKind,
    PaintLayer,
    Raster,
    TexturePart,
)
from avatar_core.texture.canvas import PaintTarget
from tests.app.handlers.paint_stage import demo_asset as demo_asset
from tests.app.handlers.paint_stage import face as face
from tests.app.handlers.paint_stage import known_atlas as known_atlas
from tests.app.handlers.paint_stage import painted_demo as painted_demo
from tests.app.handlers.paint_stage import stage as stage
from tests.app.handlers.paint_stage import uv as uv

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.paint_face import PaintFace


@pytest.fixture
def panel(qtbot: QtBot) -> PaintLayersPanel:
    widget = PaintLayersPanel(PaintLayerSettings(), (), PaintBakeBody(()))
    qtbot.addWidget(widget)
    widget.resize(320, 400)
    widget.show()
    return widget


@pytest.fixture
def handler(context: StudioContext, face: PaintFace, panel: PaintLayersPanel) -> PaintLayerHandler:
    settings = PaintToolSettings(context.preferences, context.window)
    made = PaintLayerHandler(context, face, settings, panel)
    made.set_open(True)
    return made


@pytest.fixture
def three(context: StudioContext, handler: PaintLayerHandler) -> PaintLayerHandler:
    """Layers Low, Middle and High; the last one is active."""
    for name in ("Low", "Middle", "High"):
        context.session.push(EditPaintLayers.added(context.project, PaintLayer(name)))
    return handler


def _names(context: StudioContext) -> list[str]:
    """From the lowest up."""
    return [layer.name for layer in context.project.painting.layers.values()]


@pytest.mark.usefixtures("three")
def test_the_topmost_layer_comes_first(panel: PaintLayersPanel) -> None:
    assert panel.names == ["High", "Middle", "Low"]


@pytest.mark.usefixtures("handler")
def test_actions_add_every_kind_of_layer(context: StudioContext) -> None:
    for name in ("layer_add", "fill_add", "adjustment_add", "group_add"):
        context.actions[f"paint.{name}"].trigger()
    kinds = [layer.kind for layer in context.project.painting.layers.values()]
    assert kinds == [
        LayerKind.RASTER, LayerKind.FILL, LayerKind.ADJUSTMENT, LayerKind.GROUP
    ]  # fmt: skip
    assert context.session.history.index == 4


@pytest.mark.usefixtures("three")
def test_layers_move_up_and_down_and_undo_brings_them_back(context: StudioContext) -> None:
    actions = context.actions
    assert not actions["paint.layer_raise"].isEnabled()
    actions["paint.layer_lower"].trigger()
    assert _names(context) == ["Low", "High", "Middle"]
    actions["paint.layer_lower"].trigger()
    assert _names(context) == ["High", "Low", "Middle"]
    assert not actions["paint.layer_lower"].isEnabled()
    actions["paint.layer_raise"].trigger()
    context.session.undo()
    context.session.undo()
    context.session.undo()
    assert _names(context) == ["Low", "Middle", "High"]


@pytest.mark.usefixtures("three")
def test_a_layer_dropped_into_a_group_belongs_to_it(
    context: StudioContext, panel: PaintLayersPanel
) -> None:
    context.actions["paint.group_add"].trigger()
    group = context.project.painting.active
    panel.tree.layer_dropped.emit("1", group, 0)
    assert context.project.painting.layers["1"].parent == group
    assert panel.names == ["Group", "Low", "High", "Middle"]
    context.session.undo()
    assert context.project.painting.layers["1"].parent is None


@pytest.mark.usefixtures("three")
def test_what_the_panel_asks_is_done(context: StudioContext, panel: PaintLayersPanel) -> None:
    panel.visible_edited.emit("2", False)
    panel.renamed.emit("2", "Blush")
    panel.settings.opacity_edited.emit("2", 0.25)
    panel.settings.blend_edited.emit("2", Blend.MULTIPLY)
    panel.settings.part_edited.emit("2", TexturePart.GLOSS)
    panel.layer_chosen.emit("2")
    layer = context.project.painting.layers["2"]
    assert (layer.name, layer.is_visible, layer.opacity) == ("Blush", False, 0.25)
    assert (layer.blend, layer.part) == (Blend.MULTIPLY, TexturePart.GLOSS)
    assert context.project.painting.active == "2"
    line = panel.line("2")
    assert line.note.text() == "25 %, multiply"
    assert panel.settings.blend.currentText() == "Multiply"


@pytest.mark.usefixtures("handler")
def test_fills_and_adjustments_have_settings_of_their_own(
    context: StudioContext, panel: PaintLayersPanel
) -> None:
    context.actions["paint.fill_add"].trigger()
    assert panel.settings.colour.isVisible()
    panel.settings.colour.colour_edited.emit((0.0, 1.0, 0.0))
    assert context.project.painting.layers["1"].colour == (0, 1, 0)
    context.actions["paint.adjustment_add"].trigger()
    assert not panel.settings.colour.isVisible()
    panel.settings.adjustment["saturation"].value_edited.emit(-1.0)
    panel.settings.adjustment["black"].value_edited.emit(0.9)
    panel.settings.adjustment["white"].value_edited.emit(0.5)
    adjustment = context.project.painting.layers["2"].adjustment
    assert (adjustment.saturation, adjustment.white) == (-1.0, 0.5)
    assert adjustment.black == pytest.approx(0.48)  # it does not meet white


@pytest.mark.usefixtures("three")
def test_a_drag_of_the_opacity_is_one_step(context: StudioContext, panel: PaintLayersPanel) -> None:
    steps = context.session.history.index
    panel.settings.gesture_started.emit()
    for opacity in (0.9, 0.8, 0.7):
        panel.settings.opacity_edited.emit("3", opacity)
    panel.settings.gesture_ended.emit()
    assert context.session.history.index == steps + 1
    context.session.undo()
    assert context.project.painting.layers["3"].opacity == 1


@pytest.mark.usefixtures("three")
def test_masks_are_added_painted_and_removed(
    context: StudioContext, panel: PaintLayersPanel, face: PaintFace
) -> None:
    actions = context.actions
    assert not actions["paint.mask_paint"].isEnabled()
    actions["paint.mask_add"].trigger()
    assert face.target is PaintTarget.RASTER
    assert panel.line("3").mask_picture.isVisible()
    panel.mask_chosen.emit("3", True)
    assert face.target is PaintTarget.MASK
    assert actions["paint.mask_paint"].isChecked()
    assert panel.line("3").mask_picture.isChecked()
    assert face.canvas().target is PaintTarget.MASK
    actions["paint.mask_invert"].trigger()
    actions["paint.mask_remove"].trigger()
    assert context.project.painting.layers["3"].hidden is None
    assert face.target is PaintTarget.RASTER


@pytest.mark.usefixtures("handler")
def test_brushes_work_on_the_mask_of_what_has_no_picture(
    context: StudioContext, face: PaintFace
) -> None:
    context.actions["paint.fill_add"].trigger()
    context.actions["paint.mask_add"].trigger()
    assert face.target is PaintTarget.MASK


@pytest.mark.usefixtures("three")
def test_merging_duplicating_and_removing(context: StudioContext) -> None:
    actions = context.actions
    actions["paint.layer_copy"].trigger()
    assert _names(context) == ["Low", "Middle", "High", "High copy"]
    actions["paint.layer_merge"].trigger()
    assert _names(context) == ["Low", "Middle", "High"]
    actions["paint.layer_remove"].trigger()
    actions["paint.layer_remove"].trigger()
    actions["paint.layer_remove"].trigger()
    assert not context.project.painting.layers
    assert not actions["paint.layer_remove"].isEnabled()
    assert not actions["paint.layer_merge"].isEnabled()


@pytest.mark.usefixtures("three")
def test_a_merge_that_cannot_be_is_told_and_changes_nothing(context: StudioContext) -> None:
    context.actions["paint.adjustment_add"].trigger()
    context.actions["paint.layer_add"].trigger()
    before = _names(context)
    context.actions["paint.layer_merge"].trigger()
    assert _names(context) == before
    assert context.errors.dialog is not None
    assert "adjustment" in context.errors.dialog.text
    context.errors.dialog.accept()


@pytest.mark.usefixtures("three")
def test_another_size_resizes_all_and_a_cleared_painting_is_empty(
    context: StudioContext, face: PaintFace
) -> None:
    assert context.actions["paint.size_512"].isChecked()
    context.actions["paint.size_1024"].trigger()
    assert context.project.painting.size == 1024
    assert context.actions["paint.size_1024"].isChecked()
    assert face.atlas is None  # another one is on its way
    context.session.undo()
    assert face.atlas is not None
    context.actions["paint.clear"].trigger()
    assert not context.project.painting.layers
    context.session.undo()
    assert len(context.project.painting.layers) == 3


@pytest.mark.usefixtures("three")
def test_actions_rest_in_other_workspaces(context: StudioContext, three: PaintLayerHandler) -> None:
    three.set_open(False)
    assert not context.actions["paint.layer_add"].isEnabled()
    three.set_open(True)
    assert context.actions["paint.layer_add"].isEnabled()


def test_small_pictures_show_what_is_painted_and_only_that_is_made_anew() -> None:
    pictures = Thumbnails()
    red = np.zeros((TILE, TILE, 4), np.uint16)
    red[..., (0, 3)] = FULL
    tiles = {27: red}
    picture = pictures.of("one", Raster(512, 4, tiles))
    assert picture is not None
    assert QColor(picture.pixelColor(picture.width() // 2, picture.height() // 2)).red() == 255
    assert pictures.of("one", Raster(512, 4, tiles)) is picture
    hidden = np.full((TILE, TILE, 1), FULL, np.uint16)
    mask = pictures.of("mask", Raster(512, 1, {27: hidden}))
    assert mask is not None
    assert mask.pixelColor(mask.width() // 2, mask.height() // 2).red() == 0
    assert pictures.of("one", None) is None
