from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox

from app.paint_choice import PaintChoice
from app.panels.paint_bake import BakeState, PaintBakeBody
from app.panels.paint_parts import PaintPartsBody
from app.panels.paint_tools import PaintToolsPanel
from app.widgets.drag_number import DragNumber
from avatar_core.texture.brushes import PAINT_BRUSHES, paint_brush_kind

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def panel(qtbot: QtBot) -> PaintToolsPanel:
    actions = [QAction(name) for name in ("Paint", "Mirror", "Swap")]
    widget = PaintToolsPanel([("Paint", actions[:1])], actions[1:2], actions[2], PaintPartsBody(()))
    widget.kept = actions  # type: ignore[attr-defined]
    qtbot.addWidget(widget)
    widget.resize(272, 800)
    widget.show()
    return widget


def _show(panel: PaintToolsPanel, brush: str) -> None:
    kind = paint_brush_kind(brush)
    panel.show_tool(kind.label, kind.tip, has_tip=True, has_colour=kind.has_colour,
                    options=kind.options)  # fmt: skip


def test_each_field_asks_for_one_thing_and_leaves_the_rest(panel: PaintToolsPanel) -> None:
    choice = PaintChoice(radius_m=0.01, opacity=0.5)
    panel.show_choice(choice)
    asked: list[PaintChoice] = []
    panel.choice_edited.connect(asked.append)
    panel.numbers["flow"].value_edited.emit(0.25)
    panel.numbers["jitter_colour"].value_edited.emit(0.75)
    panel.colour.colour_edited.emit((0.1, 0.2, 0.3))
    panel.second.colour_edited.emit((0.4, 0.5, 0.6))
    panel.tip.activated.emit(1)
    assert asked == [
        replace(choice, flow=0.25),
        replace(choice, jitter_colour=0.75),
        replace(choice, colour=(0.1, 0.2, 0.3)),
        replace(choice, second_colour=(0.4, 0.5, 0.6)),
        replace(choice, tip="bristle"),
    ]


def test_it_shows_what_it_is_told_and_emits_nothing(panel: PaintToolsPanel) -> None:
    _show(panel, "fill")
    asked: list[PaintChoice] = []
    panel.choice_edited.connect(asked.append)
    options = {"extent": 2.0, "tolerance": 0.75}
    panel.show_choice(PaintChoice(radius_m=0.02, tip="speckle", options=options))
    assert panel.numbers["radius_m"].value == 0.02
    assert panel.tip.currentText() == "Speckles tip"
    extent, tolerance = panel.options["extent"], panel.options["tolerance"]
    assert isinstance(extent, QComboBox)
    assert isinstance(tolerance, DragNumber)
    assert extent.currentText() == "Fill: similar colour"
    assert tolerance.value == 0.75
    assert not asked


def test_options_come_and_go_with_the_brush(panel: PaintToolsPanel) -> None:
    for kind in PAINT_BRUSHES:
        _show(panel, kind.id)
        assert list(panel.options) == [option.id for option in kind.options]
        assert panel.shelf.title == kind.label
    _show(panel, "gradient")
    panel.show_choice(PaintChoice(options={"shape": 0.0, "towards": 0.0, "extent": 0.0}))
    asked: list[PaintChoice] = []
    panel.choice_edited.connect(asked.append)
    towards = panel.options["towards"]
    assert isinstance(towards, QComboBox)
    towards.activated.emit(1)
    assert asked[0].options == {"shape": 0.0, "towards": 1.0, "extent": 0.0}


def test_fields_that_mean_nothing_are_hidden(panel: PaintToolsPanel) -> None:
    panel.show_tool("Fill", "", has_tip=False, has_colour=True)
    assert not panel.numbers["radius_m"].isVisible()
    assert panel.numbers["opacity"].isVisible()
    assert panel.colour.isVisible()
    panel.show_tool("Blur", "", has_tip=True, has_colour=False)
    assert panel.numbers["radius_m"].isVisible()
    assert not panel.colour.isVisible()


def test_parts_ask_for_their_strength(qtbot: QtBot) -> None:
    body = PaintPartsBody(())
    qtbot.addWidget(body)
    asked: list[tuple[str, float]] = []
    body.strength_edited.connect(lambda part, value: asked.append((part, value)))
    body.show_strengths(0.5, 1.5)
    assert body.strengths["view"].value == 0.5
    assert body.strengths["dynamic"].value == 1.5
    assert not asked
    body.strengths["dynamic"].value_edited.emit(0.0)
    assert asked == [("dynamic", 0.0)]


def test_the_badge_says_where_the_paint_is(qtbot: QtBot) -> None:
    body = PaintBakeBody(())
    qtbot.addWidget(body)
    assert body.text == "No paint"
    body.show_state(BakeState.LIVE)
    assert body.text == "Live"
    body.show_state(BakeState.BAKING, 0.426)
    assert body.text == "Baking 43 %"
    body.show_state(BakeState.BAKED)
    assert body.text == "Baked"
