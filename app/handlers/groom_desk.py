"""GroomDesk: the panels and handlers of the Groom workspace, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QActionGroup

from app.groom_actions import GROOM_ACTIONS, SHELF, TOOLS
from app.handlers.groom_adjusting import AdjustHandler
from app.handlers.groom_hair import GroomHair
from app.handlers.groom_layers import LayerHandler
from app.handlers.groom_selecting import PROPERTY_ROWS, SelectHandler
from app.handlers.groom_settings import ToolSettings
from app.handlers.groom_swapping import SwapHandler
from app.handlers.groom_tooling import ToolHandler
from app.panels.groom_tools import GroomToolsPanel
from app.panels.hair import HairPanel
from app.panels.hair_dye import HairDyeBody
from app.panels.hair_layers import HairLayersPanel
from app.panels.hair_selection import HairSelectionBody
from app.panels.hair_shape import HairShapeBody
from app.panels.hair_swap import HairSwapBody
from avatar_core.hair.palette import HAIR_COLOURS

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from app.groom_actions import Tool
    from app.handlers.context import StudioContext
    from app.viewport.avatar_view import AvatarView

_SWITCHES = ("mirror", "visible_only", "pressure_size", "pressure_strength")
_SELECTION = (
    "all", "none", "invert", "expand", "shrink", "soften", "hide", "show_all", "isolate", "lock",
    "unlock", "erase",
)  # fmt: skip
_LAYERS = (
    "layer_add", "layer_copy", "layer_merge", "layer_bake", "layer_raise", "layer_lower",
    "layer_remove",
)  # fmt: skip
_FIRST_TOOL = "comb"


class GroomDesk(QObject):
    """Everything that the Groom workspace adds to the studio.

    Args:
        context: the document.
        view: the viewport, where tools work.
    """

    hair_export_wanted = Signal(bool)
    """The hair is wanted for other tools: as it is shown, or at rest."""

    def __init__(self, context: StudioContext, view: AvatarView) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._is_open = False
        context.actions.add(GROOM_ACTIONS)
        self.settings = ToolSettings(context.preferences, self)
        self._build_panels()
        self.hair = GroomHair(context, view)
        self.selecting = SelectHandler(context, self.hair, view, self.panel.selection)
        self.adjusting = AdjustHandler(context, self.hair, self.panel, self.settings)
        self.layering = LayerHandler(context, self.hair, self.layers)
        self.swapping = SwapHandler(context, self.hair, view, self.selecting, self.panel.swap)
        self.tooling = ToolHandler(
            context, view, self.hair, self.selecting, self.adjusting, self.settings
        )
        self.hair.edited.connect(self._prepare)
        self.hair.progressed.connect(self.tools.shelf.show_progress)
        self.settings.tool_changed.connect(self._show_tool)
        self.settings.changed.connect(self.tools.show_settings)
        self.tools.settings_edited.connect(self.settings.set)
        self._connect_actions()
        self.settings.take(_first_tool())
        self.set_open(False)

    @property
    def docked(self) -> dict[str, QWidget]:
        """Its panels, by the names of their docks."""
        return {"tools": self.tools, "hair": self.panel, "layers": self.layers}

    def set_open(self, is_open: bool) -> None:
        """Enter the workspace or leave it: its actions are offered there alone."""
        for spec in GROOM_ACTIONS:
            self._context.actions[spec.id].setEnabled(is_open)
        self.selecting.set_shown(is_open)
        self.layering.set_open(is_open)
        self.tooling.set_open(is_open)
        self._is_open = is_open
        self._prepare()
        if is_open:
            self.swapping.refresh()
        else:
            self.swapping.drop()
            self.settings.keep()

    def _prepare(self) -> None:
        """Find out what tools need of the hair, if it is another than before."""
        if self._is_open:
            self.hair.prepare()

    def refresh(self) -> None:
        """Show everything as it is now."""
        self.hair.refresh()

    def shutdown(self) -> None:
        self.settings.keep()
        self.adjusting.shutdown()
        self.swapping.shutdown()
        self.hair.shutdown()

    def _build_panels(self) -> None:
        self.tools = GroomToolsPanel(
            [
                (title, [self._action(f"tool_{tool.id}") for tool in TOOLS if tool.group == title])
                for title in SHELF
                if any(tool.group == title for tool in TOOLS)
            ],
            [self._action(name) for name in _SWITCHES],
        )
        presets = [(each.name, each.rgb) for each in HAIR_COLOURS]
        self.panel = HairPanel(
            HairSelectionBody([self._action(name) for name in _SELECTION], PROPERTY_ROWS),
            HairDyeBody(presets, self._action("dye_selected"), self._action("dye_from_picture")),
            HairShapeBody(
                [self._action("copy_left"), self._action("copy_right")],
                [self._action("tool_gizmo"), self._action("tool_parting")],
            ),
            HairSwapBody([self._action("save_hair")]),
        )
        self.layers = HairLayersPanel([self._action(name) for name in _LAYERS])

    def _show_tool(self, tool: Tool) -> None:
        brush = tool.brush
        self.tools.show_tool(
            tool.label,
            tool.tip,
            tool.first_settings if tool.has_size else None,
            has_colour=brush is not None and brush.has_colour,
            options=tool.numbers,
        )

    def _connect_actions(self) -> None:
        group = QActionGroup(self)
        for tool in TOOLS:
            action = self._context.actions[tool.action_id]
            group.addAction(action)
            action.triggered.connect(lambda _on=False, tool=tool: self.settings.take(tool.id))
        self._context.actions[f"groom.tool_{_first_tool()}"].setChecked(True)
        for name, is_posed in (("export_rest", False), ("export_posed", True)):
            self._action(name).triggered.connect(
                lambda _on=False, is_posed=is_posed: self.hair_export_wanted.emit(is_posed)
            )
        # Elsewhere Delete puts a field back to its default.
        self._action("erase").setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._view.addAction(self._action("erase"))
        for name, change in (
            ("bigger", lambda: self.settings.grow(1)),
            ("smaller", lambda: self.settings.grow(-1)),
            ("stronger", lambda: self.settings.strengthen(1)),
            ("weaker", lambda: self.settings.strengthen(-1)),
        ):
            self._action(name).triggered.connect(change)

    def _action(self, name: str) -> QAction:
        return self._context.actions[f"groom.{name}"]


def _first_tool() -> str:
    ids = [tool.id for tool in TOOLS]
    return _FIRST_TOOL if _FIRST_TOOL in ids else ids[0]
