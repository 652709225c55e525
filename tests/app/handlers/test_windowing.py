from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabBar, QWidget

from app.handlers.windowing import WindowHandler
from app.widgets.dock import Dock
from app.workspaces import GROOM, PERFORM, TRAIN, WORKSPACES, Workspace, WorkspaceTabs

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow
    from pytestqt.qtbot import QtBot

    from app.handlers.context import StudioContext

_PERFORM = (
    "library", "driving", "mixer", "expression", "portrait", "takes", "history", "timeline",
    "plots",
)  # fmt: skip
_PERFORM_TABS = [{"Driving", "Mixer", "Expression", "Portrait"}, {"Takes", "History", "Plots"}]
_TRAIN = ("capture", "training", "check", "losses", "preview")
_GROOM = ("tools", "library", "hair", "layers", "history", "timeline")
_NAMES = (*_PERFORM, *_TRAIN, "tools", "hair", "layers")


@pytest.fixture
def docks(window: QMainWindow) -> dict[str, Dock]:
    return {name: Dock(name, name.title(), QWidget(), window) for name in _NAMES}


@pytest.fixture
def handler(context: StudioContext, view: Any, docks: dict[str, Dock]) -> WindowHandler:
    return WindowHandler(context, view, docks)


def _tabs(window: QMainWindow) -> list[set[str]]:
    bars = [bar for bar in window.findChildren(QTabBar) if bar.parent() is window]
    shown = [bar for bar in bars if bar.isVisible() and bar.count() and bar.x() >= 0]
    return [{bar.tabText(index) for index in range(bar.count())} for bar in shown]


@pytest.mark.parametrize(
    ("workspace", "names"), [(GROOM, _GROOM), (PERFORM, _PERFORM), (TRAIN, _TRAIN)]
)
def test_every_dock_has_a_place_in_its_workspace(
    workspace: Workspace, names: tuple[str, ...]
) -> None:
    places = [*workspace.left, *workspace.right, *workspace.bottom]
    assert sorted(name for place in places for name in place) == sorted(names)


def _shown(docks: dict[str, Dock]) -> set[str]:
    return {name for name, dock in docks.items() if not dock.isHidden()}


def test_a_workspace_shows_its_docks_and_no_others(
    qtbot: QtBot, window: QMainWindow, handler: WindowHandler, docks: dict[str, Dock]
) -> None:
    handler.restore_layout()
    assert _shown(docks) == set(_PERFORM)
    handler.switch(TRAIN)
    assert _shown(docks) == set(_TRAIN)
    assert window.dockWidgetArea(docks["capture"]) == Qt.DockWidgetArea.LeftDockWidgetArea
    assert window.dockWidgetArea(docks["losses"]) == Qt.DockWidgetArea.BottomDockWidgetArea
    qtbot.waitUntil(lambda: _tabs(window) == [], timeout=2000)
    handler.switch(PERFORM)
    assert _shown(docks) == set(_PERFORM)
    qtbot.waitUntil(lambda: _tabs(window) == _PERFORM_TABS, timeout=2000)


def test_grooming_has_tools_at_the_left_and_layers_beside_the_history(
    qtbot: QtBot, window: QMainWindow, handler: WindowHandler, docks: dict[str, Dock]
) -> None:
    handler.restore_layout()
    handler.switch(GROOM)
    assert _shown(docks) == set(_GROOM)
    assert window.dockWidgetArea(docks["tools"]) == Qt.DockWidgetArea.LeftDockWidgetArea
    assert window.dockWidgetArea(docks["hair"]) == Qt.DockWidgetArea.RightDockWidgetArea
    qtbot.waitUntil(
        lambda: _tabs(window) == [{"Tools", "Library"}, {"Layers", "History"}], timeout=2000
    )


def test_each_workspace_keeps_its_own_layout(
    context: StudioContext, window: QMainWindow, handler: WindowHandler, docks: dict[str, Dock]
) -> None:
    handler.restore_layout()
    docks["plots"].close()
    handler.switch(TRAIN)
    docks["check"].close()
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, docks["preview"])
    handler.switch(PERFORM)
    assert _shown(docks) == set(_PERFORM) - {"plots"}
    handler.switch(TRAIN)
    assert _shown(docks) == set(_TRAIN) - {"check"}
    assert window.dockWidgetArea(docks["preview"]) == Qt.DockWidgetArea.RightDockWidgetArea
    context.actions["view.reset_layout"].trigger()
    assert _shown(docks) == set(_TRAIN)


def test_a_layout_that_knows_other_docks_is_not_restored(
    context: StudioContext, window: QMainWindow, handler: WindowHandler, docks: dict[str, Dock]
) -> None:
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, docks["library"])
    context.preferences.keep_layout(PERFORM.id, window.saveState())
    handler.restore_layout()
    assert window.dockWidgetArea(docks["library"]) == Qt.DockWidgetArea.LeftDockWidgetArea
    assert _shown(docks) == set(_PERFORM)


def test_docks_stand_where_the_workspace_wants_them(
    qtbot: QtBot, window: QMainWindow, handler: WindowHandler, docks: dict[str, Dock]
) -> None:
    handler.restore_layout()
    area = Qt.DockWidgetArea
    assert window.dockWidgetArea(docks["library"]) == area.LeftDockWidgetArea
    assert window.dockWidgetArea(docks["timeline"]) == area.BottomDockWidgetArea
    assert window.dockWidgetArea(docks["takes"]) == area.RightDockWidgetArea
    qtbot.waitUntil(lambda: _tabs(window) == _PERFORM_TABS, timeout=2000)


def test_titles_fold_where_tabs_say_the_name(
    qtbot: QtBot, handler: WindowHandler, docks: dict[str, Dock]
) -> None:
    handler.restore_layout()
    qtbot.waitUntil(lambda: docks["driving"].titleBarWidget().height() == 0)
    assert docks["library"].titleBarWidget().height() > 0
    docks["driving"].setFloating(True)
    qtbot.waitUntil(lambda: docks["driving"].titleBarWidget().height() > 0)


def test_a_layout_is_found_again(
    context: StudioContext, window: QMainWindow, handler: WindowHandler, docks: dict[str, Dock]
) -> None:
    handler.restore_layout()
    docks["plots"].close()
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["takes"])
    handler.keep_layout()
    docks["plots"].show()
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, docks["takes"])
    handler.restore_layout()
    assert docks["plots"].isHidden()
    assert window.dockWidgetArea(docks["takes"]) == Qt.DockWidgetArea.LeftDockWidgetArea


def test_reset_brings_everything_back(
    qtbot: QtBot,
    context: StudioContext,
    window: QMainWindow,
    handler: WindowHandler,
    docks: dict[str, Dock],
) -> None:
    handler.restore_layout()
    docks["library"].close()
    docks["driving"].setFloating(True)
    context.actions["view.reset_layout"].trigger()
    assert docks["library"].isVisible()
    assert not docks["driving"].isFloating()
    qtbot.waitUntil(lambda: _tabs(window) == _PERFORM_TABS, timeout=2000)


def test_a_spoilt_layout_is_replaced_by_the_first_one(
    context: StudioContext, window: QMainWindow, handler: WindowHandler, docks: dict[str, Dock]
) -> None:
    from PySide6.QtCore import QByteArray

    context.preferences.keep_layout(PERFORM.id, QByteArray(b"not a layout"))
    handler.restore_layout()
    assert window.dockWidgetArea(docks["library"]) == Qt.DockWidgetArea.LeftDockWidgetArea


def test_readings_are_remembered(
    context: StudioContext, view: Any, handler: WindowHandler, docks: dict[str, Dock]
) -> None:
    context.actions["view.hud"].trigger()
    assert view.asked("set_hud_visible")[-1] == (False,)
    assert context.preferences.remembered("readings") is False


def test_only_workspaces_that_exist_have_a_tab(qtbot: QtBot) -> None:
    tabs = WorkspaceTabs()
    qtbot.addWidget(tabs)
    assert [tabs.tabText(index) for index in range(tabs.count())] == [
        each.title for each in WORKSPACES
    ]
    assert tabs.tabText(tabs.currentIndex()) == PERFORM.title  # what the studio opens with
    with qtbot.waitSignal(tabs.workspace_chosen) as told:
        tabs.choose(TRAIN)
    assert told.args == [TRAIN]
