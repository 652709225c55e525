from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.dialogs.picture_colour import PictureColourDialog
from app.handlers.groom_adjusting import AdjustHandler
from app.handlers.groom_settings import ToolSettings
from app.panels.hair import HairPanel
from app.panels.hair_dye import HairDyeBody
from app.panels.hair_selection import HairSelectionBody
from app.panels.hair_shape import HairShapeBody
from app.panels.hair_swap import HairSwapBody
from avatar_core.gaussians.cloud import DELETED
from avatar_core.hair.edited import basic_colours
from avatar_core.io.images import image_to_png
from avatar_core.project.digest import digest
from tests.app.handlers.groom_stage import demo_asset as demo_asset
from tests.app.handlers.groom_stage import hair as hair
from tests.app.handlers.groom_stage import stage as stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.groom_hair import GroomHair
    from tests.app.handlers.groom_stage import GroomView


@pytest.fixture
def panel(qtbot: QtBot, context: StudioContext) -> HairPanel:
    actions = context.actions
    widget = HairPanel(
        HairSelectionBody([], ()),
        HairDyeBody([], actions["groom.dye_selected"], actions["groom.dye_from_picture"]),
        HairShapeBody([], []),
        HairSwapBody([]),
    )
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def settings(context: StudioContext) -> ToolSettings:
    return ToolSettings(context.preferences, context.window)


@pytest.fixture
def handler(
    context: StudioContext, hair: GroomHair, panel: HairPanel, settings: ToolSettings
) -> Iterator[AdjustHandler]:
    made = AdjustHandler(context, hair, panel, settings)
    yield made
    made.shutdown()


def _drag(panel: HairPanel, name: str, *values: float, drops: bool = False) -> None:
    field = {**panel.dye.grades.fields, **panel.shape.sliders.fields}[name]
    field._dragging = True
    field.gesture_started.emit()
    for value in values:
        field.value_edited.emit(value)
    field._dragging = False
    (field.gesture_cancelled if drops else field.gesture_ended).emit()


def _select_first(context: StudioContext, hair: GroomHair, count: int) -> None:
    weights = np.zeros(400, np.float32)
    weights[:count] = 1
    hair.select(weights, "Select")


@pytest.mark.usefixtures("handler")
def test_a_grade_is_worked_out_from_the_start_and_lands_once(
    context: StudioContext, hair: GroomHair, panel: HairPanel, stage: GroomView
) -> None:
    before = digest(context.project.hair_edits)
    _drag(panel, "brightness", 0.5, 1.0, -1.0)
    dragged = basic_colours(hair.now.cloud.sh)
    assert context.session.history.index == 1
    assert context.session.history.undo_label == "Brightness"
    context.session.undo()
    assert digest(context.project.hair_edits) == before
    _drag(panel, "brightness", -1.0)
    np.testing.assert_allclose(basic_colours(hair.now.cloud.sh), dragged, atol=1e-6)
    assert stage.hair is hair.now


@pytest.mark.usefixtures("handler")
def test_a_dropped_drag_leaves_nothing(
    context: StudioContext, panel: HairPanel, stage: GroomView
) -> None:
    _drag(panel, "saturation", -1.0, drops=True)
    assert not context.session.dirty
    assert stage.hair is None


@pytest.mark.usefixtures("handler")
def test_dye_changes_what_is_selected_alone(
    context: StudioContext, hair: GroomHair, panel: HairPanel
) -> None:
    _select_first(context, hair, 100)
    before = basic_colours(hair.now.cloud.sh)
    panel.dye.colour_edited.emit((0.1, 0.2, 0.8))
    context.actions["groom.dye_selected"].trigger()
    after = basic_colours(hair.now.cloud.sh)
    assert (after[:100, 2] > after[:100, 0]).mean() > 0.9
    np.testing.assert_array_equal(after[100:], before[100:])


@pytest.mark.usefixtures("handler")
def test_a_gradient_goes_from_root_to_tip(
    context: StudioContext, hair: GroomHair, panel: HairPanel
) -> None:
    panel.dye.gradient_wanted.emit((0.8, 0.1, 0.1), (0.1, 0.1, 0.8))
    colours = basic_colours(hair.now.cloud.sh)
    roots, tips = colours[::10], colours[9::10]
    assert (roots[:, 0] - roots[:, 2]).mean() > (tips[:, 0] - tips[:, 2]).mean() + 0.05
    assert context.session.history.undo_label == "Dye root to tip"


@pytest.mark.usefixtures("handler")
def test_delete_wants_a_selection(context: StudioContext, hair: GroomHair) -> None:
    context.actions["groom.erase"].trigger()
    assert "Nothing is selected" in context.toast.text
    _select_first(context, hair, 30)
    context.actions["groom.erase"].trigger()
    assert ((hair.now.cloud.flags & DELETED) != 0).sum() == 30


@pytest.mark.usefixtures("handler")
def test_thinning_and_mirroring_are_steps(
    context: StudioContext, hair: GroomHair, panel: HairPanel
) -> None:
    _drag(panel, "thin", 0.3, 0.5)
    assert context.session.history.undo_label == "Thin out"
    assert ((hair.now.cloud.flags & DELETED) != 0).any()
    context.session.undo()
    context.actions["groom.copy_left"].trigger()
    assert context.session.history.undo_label == "Mirror left side"
    alive = hair.now.cloud.subset((hair.now.cloud.flags & DELETED) == 0)
    assert (alive.means[:, 0] > 0).sum() == (alive.means[:, 0] < 0).sum()


@pytest.mark.usefixtures("handler")
def test_a_hidden_layer_is_told_and_nothing_is_done(
    context: StudioContext, hair: GroomHair
) -> None:
    context.actions["groom.dye_selected"].trigger()
    from avatar_core.commands import SetHairLayer

    context.push(SetHairLayer.shown(context.project, "1", False))
    steps = context.session.history.index
    context.actions["groom.dye_selected"].trigger()
    assert "The layer 'Layer 1' is hidden." in context.toast.text
    assert context.session.history.index == steps


def test_the_dye_is_taken_from_a_picture(
    qtbot: QtBot,
    context: StudioContext,
    handler: AdjustHandler,
    settings: ToolSettings,
    tmp_path: Path,
) -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:, :30] = (200, 40, 40)
    (tmp_path / "hair.png").write_bytes(image_to_png(picture))
    handler.use_picture(tmp_path / "hair.png")
    qtbot.waitUntil(lambda: context.window.findChild(PictureColourDialog) is not None)
    dialog = context.window.findChild(PictureColourDialog)
    place = dialog.view.picture_rect()
    from PySide6.QtCore import QPoint, Qt

    point = QPoint(round(place.left() + place.width() / 4), round(place.center().y()))
    qtbot.mouseClick(dialog.view, Qt.MouseButton.LeftButton, pos=point)
    assert settings.colour == pytest.approx((200 / 255, 40 / 255, 40 / 255), abs=0.01)
    assert len(dialog.swatches) == 2
    dialog.close()
    qtbot.waitUntil(lambda: context.window.findChild(PictureColourDialog) is None)


def test_a_slider_held_while_something_is_undone_does_not_do_it_again(
    context: StudioContext, handler: AdjustHandler, panel: HairPanel, hair: GroomHair
) -> None:
    handler.once("Delete hair", lambda canvas: canvas.delete(np.arange(10, dtype=np.int32)))
    sliders = panel.dye.grades
    sliders.moved.emit("brightness", 0.8)
    context.session.undo()
    sliders.landed.emit("brightness")
    assert context.session.history.index == 0
    assert hair.now.is_plain
