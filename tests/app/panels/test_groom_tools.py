from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton

from app.panels.groom_tools import GroomToolsPanel
from avatar_core.hair.brush import BrushOption, BrushSettings, Falloff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

_STRENGTH = BrushOption("hold", "Hold roots", "How firmly roots stay", 0.0, 1.0, 0.6)


@pytest.fixture
def actions(qtbot: QtBot) -> Iterator[list[QAction]]:
    owner = QObject()
    yield [QAction(name, owner) for name in ("Comb", "Cut", "Mirror")]
    owner.deleteLater()


@pytest.fixture
def panel(qtbot: QtBot, actions: list[QAction]) -> GroomToolsPanel:
    comb, cut, mirror = actions
    widget = GroomToolsPanel([("Groom", [comb]), ("Length", [cut])], [mirror])
    qtbot.addWidget(widget)
    widget.show()
    widget.show_tool("Comb", "Drag hair along", BrushSettings(0.02, 0.5), options=(_STRENGTH,))
    widget.show_settings(BrushSettings(0.04, 0.7, Falloff.LINEAR, {"hold": 0.2}))
    return widget


def test_the_shelf_shows_every_tool(panel: GroomToolsPanel, actions: list[QAction]) -> None:
    shown = {button.defaultAction() for button in panel.findChildren(QToolButton)}
    assert set(actions) <= shown


def test_it_shows_what_it_is_told(panel: GroomToolsPanel) -> None:
    assert panel.sizes["radius_m"].value == 0.04
    assert panel.sizes["strength"].value == 0.7
    assert panel.falloff.currentText() == "Linear falloff"
    assert panel.options["hold"].value == 0.2
    assert panel.colour.isHidden()


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (lambda panel: panel.sizes["radius_m"].value_edited.emit(0.01), {"radius_m": 0.01}),
        (lambda panel: panel.sizes["strength"].value_edited.emit(0.2), {"strength": 0.2}),
        (lambda panel: panel.falloff.activated.emit(3), {"falloff": Falloff.CONSTANT}),
        (lambda panel: panel.options["hold"].value_edited.emit(0.9), {"options": {"hold": 0.9}}),
        (lambda panel: panel.colour.colour_edited.emit((1.0, 0.0, 0.0)), {"colour": (1.0, 0, 0)}),
    ],
)
def test_an_edit_asks_for_settings_that_differ_in_it_alone(
    qtbot: QtBot, panel: GroomToolsPanel, ask: object, expected: dict[str, object]
) -> None:
    with qtbot.waitSignal(panel.settings_edited) as asked:
        ask(panel)  # type: ignore[operator]
    (wanted,) = asked.args
    before = BrushSettings(0.04, 0.7, Falloff.LINEAR, {"hold": 0.2})
    for name in ("radius_m", "strength", "falloff", "options", "colour"):
        assert getattr(wanted, name) == expected.get(name, getattr(before, name))


def test_a_refresh_asks_for_nothing(qtbot: QtBot, panel: GroomToolsPanel) -> None:
    with qtbot.assertNotEmitted(panel.settings_edited):
        panel.show_settings(BrushSettings(0.1, 0.1, Falloff.SHARP))
    assert panel.options["hold"].value == 0.6  # an option that was not told has its default


def test_tools_without_a_size_show_their_options_alone(
    qtbot: QtBot, panel: GroomToolsPanel
) -> None:
    panel.show_tool("This lock", "Select a lock", None, options=(_STRENGTH,))
    assert panel.sizes == {}
    qtbot.waitUntil(panel.options["hold"].isVisible)
    panel.show_tool("Lasso", "Select by a line", None)
    assert panel.options == {}
    panel.show_tool("Dye", "Paint colour", BrushSettings(0.02, 0.5), has_colour=True)
    assert panel.colour.isVisible()
    assert set(panel.sizes) == {"radius_m", "strength"}


def test_a_double_click_leads_back_to_what_the_tool_starts_with(
    qtbot: QtBot, panel: GroomToolsPanel
) -> None:
    with qtbot.waitSignal(panel.settings_edited) as asked:
        panel.sizes["radius_m"].reset()
    assert asked.args[0].radius_m == 0.02
