from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.handlers.paint_presets import PresetHandler, group_of, with_layers
from app.panels.paint_presets import PaintPresetsPanel
from avatar_core.project import Painting
from avatar_core.project.digest import digest
from avatar_core.project.paint import LayerKind, PaintLayer, TexturePart
from avatar_core.texture.presets import PRESETS
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


@pytest.fixture
def panel(qtbot: QtBot) -> PaintPresetsPanel:
    widget = PaintPresetsPanel()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def handler(
    context: StudioContext, face: PaintFace, panel: PaintPresetsPanel
) -> Iterator[PresetHandler]:
    made = PresetHandler(context, face, panel)
    yield made
    made.shutdown()


@pytest.mark.usefixtures("handler")
def test_a_look_is_put_on_as_layers_in_one_step(
    qtbot: QtBot, context: StudioContext, panel: PaintPresetsPanel
) -> None:
    before = digest(context.project.painting)
    panel.choose("blush")
    panel.colour.colour_edited.emit((0.9, 0.1, 0.2))
    panel.strength.value_edited.emit(0.4)
    panel.add.click()
    qtbot.waitUntil(lambda: context.session.history.index == 1, timeout=20_000)
    assert context.session.history.undo_label == "Blush"
    colours = [
        layer for layer in context.project.painting.layers.values()
        if layer.kind is LayerKind.RASTER and layer.part is TexturePart.COLOUR
    ]  # fmt: skip
    assert colours
    assert all(layer.opacity == 0.4 for layer in colours)
    assert all(layer.raster is not None and layer.raster.tiles for layer in colours)
    context.session.undo()
    assert digest(context.project.painting) == before


def test_every_look_gets_a_picture_on_the_avatars_own_face(
    qtbot: QtBot, handler: PresetHandler, panel: PaintPresetsPanel
) -> None:
    assert [card.reference for card in panel.list.cards] == [each.id for each in PRESETS]
    handler._look()
    qtbot.waitUntil(
        lambda: all(card.picture is not None for card in panel.list.cards), timeout=60_000
    )


def test_several_layers_come_in_a_group_and_one_comes_alone() -> None:
    one = group_of("Blush", (PaintLayer("Blush"),), 0.5)
    alone = with_layers(Painting(512), one)
    assert [layer.name for layer in alone.layers.values()] == ["Blush"]
    assert alone.layers["1"].opacity == 0.5
    shine = PaintLayer("Shine", part=TexturePart.GLOSS)
    several = with_layers(alone, group_of("Lips", (PaintLayer("Red"), shine), 0.25))
    names = {each: layer.name for each, layer in several.layers.items()}
    assert names == {"1": "Blush", "2": "Red", "3": "Shine", "4": "Lips"}
    assert several.members("4") == ("2", "3")
    assert several.active == "4"
    assert several.layers["2"].opacity == 0.25
    assert several.layers["3"].opacity == 1  # its strength is that of its greys
