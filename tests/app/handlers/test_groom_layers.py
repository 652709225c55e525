from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.handlers.groom_layers import LayerHandler
from app.panels.hair_layers import HairLayersPanel
from avatar_core.project.digest import digest
from tests.app.handlers.groom_stage import demo_asset as demo_asset
from tests.app.handlers.groom_stage import hair as hair
from tests.app.handlers.groom_stage import stage as stage

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext
    from app.handlers.groom_hair import GroomHair


@pytest.fixture
def panel(qtbot: QtBot) -> HairLayersPanel:
    widget = HairLayersPanel([])
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def handler(context: StudioContext, hair: GroomHair, panel: HairLayersPanel) -> LayerHandler:
    made = LayerHandler(context, hair, panel)
    made.set_open(True)
    return made


def _do(context: StudioContext, *names: str) -> None:
    for name in names:
        context.actions[f"groom.layer_{name}"].trigger()


@pytest.mark.usefixtures("handler")
def test_layers_come_go_and_change_places(context: StudioContext, panel: HairLayersPanel) -> None:
    _do(context, "add", "add")
    one, two = reversed(panel.names)
    assert context.project.hair_edits.active == "2"
    _do(context, "lower")
    assert panel.names == [one, two]
    _do(context, "raise")
    assert panel.names == [two, one]
    _do(context, "copy")
    assert len(panel.names) == 3
    _do(context, "merge")
    assert len(panel.names) == 2
    _do(context, "bake")
    assert panel.names == ["Baked"]
    _do(context, "remove")
    assert panel.names == []
    for _ in range(8):
        context.session.undo()
    assert context.project.hair_edits.is_empty


@pytest.mark.usefixtures("handler")
def test_only_what_is_possible_is_offered(context: StudioContext) -> None:
    def offered() -> set[str]:
        names = ("add", "copy", "merge", "raise", "lower", "bake", "remove")
        return {name for name in names if context.actions[f"groom.layer_{name}"].isEnabled()}

    assert offered() == {"add"}
    _do(context, "add")
    assert offered() == {"add", "copy", "remove"}
    _do(context, "add")
    assert offered() == {"add", "copy", "merge", "lower", "bake", "remove"}


def test_nothing_is_offered_elsewhere(context: StudioContext, handler: LayerHandler) -> None:
    handler.set_open(False)
    assert not context.actions["groom.layer_add"].isEnabled()


@pytest.mark.usefixtures("handler")
def test_the_list_edits_its_layers(context: StudioContext, panel: HairLayersPanel) -> None:
    _do(context, "add", "add")
    panel.renamed.emit("1", "Fringe")
    panel.visible_edited.emit("1", False)
    panel.layer_chosen.emit("1")
    layer = context.project.hair_edits.layers["1"]
    assert (layer.name, layer.is_visible) == ("Fringe", False)
    assert context.project.hair_edits.active == "1"
    assert panel.names[1] == "Fringe"


@pytest.mark.usefixtures("handler")
def test_a_drag_of_the_strength_is_one_step(context: StudioContext, panel: HairLayersPanel) -> None:
    _do(context, "add")
    before, steps = digest(context.project.hair_edits), context.session.history.index
    panel.gesture_started.emit()
    for share in (0.8, 0.6, 0.4):
        panel.strength_edited.emit("1", share)
    panel.gesture_ended.emit()
    assert context.project.hair_edits.layers["1"].strength == 0.4
    assert context.session.history.index == steps + 1
    context.session.undo()
    assert digest(context.project.hair_edits) == before
