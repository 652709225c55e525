"""Workspaces: which docks a task needs and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QTabWidget, QWidget

from app.theme import GRID_PX

if TYPE_CHECKING:
    from collections.abc import Mapping

Stack = tuple[tuple[str, ...], ...]
"""Docks of one side, one after the other; those of an inner tuple share a place as tabs."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One arrangement.

    Args:
        id: stable name, also that of its remembered layout.
        title: of its tab.
        left, right: docks from top to bottom, by name.
        bottom: docks from left to right, by name.
        beside: docks between the viewport and the right side, from left to right, by name.
        widths_px: of the left and right side.
        height_px: of the bottom.
        shares: how the right side is divided among its places, any unit.
        bottom_shares: how the bottom is divided, any unit; empty leaves it to Qt.
        beside_px: width of what is beside the viewport.
    """

    id: str
    title: str
    left: Stack
    right: Stack
    bottom: Stack
    widths_px: tuple[int, int]
    height_px: int
    shares: tuple[int, ...]
    bottom_shares: tuple[int, ...] = ()
    beside: Stack = ()
    beside_px: int = 0


DOCKS = {
    "library": "Library",
    "driving": "Drivers",
    "mixer": "Mixer",
    "expression": "Expression",
    "portrait": "Portrait",
    "takes": "Takes",
    "history": "History",
    "timeline": "Timeline",
    "plots": "Plots",
    "renders": "Render queue",
    "capture": "Capture",
    "training": "Training",
    "check": "Check",
    "losses": "Losses",
    "preview": "Preview",
    "tools": "Tools",
    "hair": "Hair",
    "layers": "Layers",
    "paint_tools": "Paint tools",
    "paint_layers": "Paint layers",
    "paint_presets": "Make-up",
    "paint_uv": "UV",
}
"""Titles of all docks, by name."""

GROOM = Workspace(
    id="groom",
    title="Groom",
    left=(("tools", "library"),),
    right=(("hair",), ("layers", "history")),
    bottom=(("timeline",),),
    widths_px=(34 * GRID_PX, 42 * GRID_PX),
    height_px=14 * GRID_PX,
    shares=(70, 30),
)

PAINT = Workspace(
    id="paint",
    title="Paint",
    left=(("paint_tools", "library"),),
    right=(("paint_layers",), ("paint_presets", "history")),
    bottom=(("timeline",),),
    widths_px=(34 * GRID_PX, 40 * GRID_PX),
    height_px=14 * GRID_PX,
    shares=(55, 45),
    beside=(("paint_uv",),),
    beside_px=56 * GRID_PX,
)

PERFORM = Workspace(
    id="perform",
    title="Perform",
    left=(("library",),),
    right=(("driving", "mixer", "expression", "portrait"), ("takes", "history", "plots")),
    bottom=(("timeline",),),
    widths_px=(31 * GRID_PX, 52 * GRID_PX),
    height_px=28 * GRID_PX,
    shares=(70, 30),
)

TRAIN = Workspace(
    id="train",
    title="Train",
    left=(("capture",),),
    right=(("training",), ("check",)),
    bottom=(("losses",), ("preview",)),
    widths_px=(42 * GRID_PX, 46 * GRID_PX),
    height_px=38 * GRID_PX,
    shares=(45, 55),
    bottom_shares=(42, 58),
)

WORKSPACES: tuple[Workspace, ...] = (GROOM, PAINT, PERFORM, TRAIN)


class WorkspaceTabs(QTabBar):
    """The tabs at the top of the window."""

    workspace_chosen = Signal(object)
    """The `Workspace`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setAccessibleName("Workspaces")
        for workspace in WORKSPACES:
            self.addTab(workspace.title)
        self.choose(PERFORM)
        self.currentChanged.connect(lambda tab: self.workspace_chosen.emit(WORKSPACES[tab]))

    def choose(self, workspace: Workspace) -> None:
        """Choose as a click would."""
        self.setCurrentIndex(WORKSPACES.index(workspace))


def adopt(window: QMainWindow, docks: Mapping[str, QDockWidget]) -> None:
    """Make docks the window's own, so that a remembered layout can be restored.

    They share no tabs yet: bars made now and dissolved by the restoring would stay visible.
    """
    area = Qt.DockWidgetArea
    window.setDockOptions(
        QMainWindow.DockOption.AllowTabbedDocks
        | QMainWindow.DockOption.AllowNestedDocks
        | QMainWindow.DockOption.AnimatedDocks
    )
    window.setTabPosition(area.AllDockWidgetAreas, QTabWidget.TabPosition.North)
    window.setCorner(Qt.Corner.BottomRightCorner, area.RightDockWidgetArea)
    window.setCorner(Qt.Corner.BottomLeftCorner, area.BottomDockWidgetArea)
    for dock in docks.values():
        window.addDockWidget(area.RightDockWidgetArea, dock)


def dissolve(window: QMainWindow, docks: Mapping[str, QDockWidget]) -> None:
    """Take adopted docks out of their places; bars of tabs go with them."""
    for dock in docks.values():
        dock.setFloating(False)
        window.removeDockWidget(dock)


def arrange(window: QMainWindow, docks: Mapping[str, QDockWidget], workspace: Workspace) -> None:
    """Put adopted docks where the workspace wants them; the others are hidden."""
    area = Qt.DockWidgetArea
    dissolve(window, docks)
    upright, flat = Qt.Orientation.Vertical, Qt.Orientation.Horizontal
    _fill(window, docks, workspace.left, area.LeftDockWidgetArea, upright)
    if workspace.beside:
        _fill(window, docks, workspace.beside, area.RightDockWidgetArea, flat)
        _fill_beside(window, docks, workspace.right, docks[workspace.beside[-1][0]])
    else:
        _fill(window, docks, workspace.right, area.RightDockWidgetArea, upright)
    _fill(window, docks, workspace.bottom, area.BottomDockWidgetArea, flat)
    places = (*workspace.left, *workspace.right, *workspace.bottom, *workspace.beside)
    for name in docks.keys() - {name for place in places for name in place}:
        window.addDockWidget(area.RightDockWidgetArea, docks[name])  # hidden since it was removed
    sides = [docks[stack[0][0]] for stack in (workspace.left, workspace.right)]
    widths = list(workspace.widths_px)
    for place in workspace.beside:
        sides.append(docks[place[0]])
        widths.append(workspace.beside_px)
    window.resizeDocks(sides, widths, flat)
    fronts = [docks[place[0]] for place in workspace.right]
    window.resizeDocks(fronts, [share * 10 for share in workspace.shares], upright)
    floor = [docks[place[0]] for place in workspace.bottom]
    window.resizeDocks(floor[:1], [workspace.height_px], upright)
    if workspace.bottom_shares:
        window.resizeDocks(floor, [share * 10 for share in workspace.bottom_shares], flat)


def _fill_beside(
    window: QMainWindow, docks: Mapping[str, QDockWidget], stack: Stack, neighbour: QDockWidget
) -> None:
    """Docks one below the other, at the right of one that stands already."""
    direction = Qt.Orientation.Horizontal
    for place in stack:
        first = docks[place[0]]
        window.splitDockWidget(neighbour, first, direction)
        neighbour, direction = first, Qt.Orientation.Vertical
    for place in stack:
        _stack(window, docks, place)


def _fill(
    window: QMainWindow,
    docks: Mapping[str, QDockWidget],
    stack: Stack,
    area: Qt.DockWidgetArea,
    direction: Qt.Orientation,
) -> None:
    for place in stack:
        first = docks[place[0]]
        window.addDockWidget(area, first, direction)
        _stack(window, docks, place)


def _stack(window: QMainWindow, docks: Mapping[str, QDockWidget], place: tuple[str, ...]) -> None:
    """Docks that share a place, as tabs behind the first one."""
    first = docks[place[0]]
    for name in place[1:]:
        window.tabifyDockWidget(first, docks[name])
    for name in place:
        docks[name].show()
    first.raise_()
