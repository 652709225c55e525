"""PaintDesk: the panels and handlers of the Paint workspace, put together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup

from app.handlers.paint_baking import BakeHandler
from app.handlers.paint_cloning import CloneHandler
from app.handlers.paint_face import PaintFace
from app.handlers.paint_files import PaintFiles
from app.handlers.paint_layers import PaintLayerHandler
from app.handlers.paint_placing import PicturePlacer
from app.handlers.paint_presets import PresetHandler
from app.handlers.paint_settings import PaintToolSettings
from app.handlers.paint_stencil import StencilHandler
from app.handlers.paint_tooling import PaintTooling
from app.paint_actions import PAINT_ACTIONS, PAINT_TOOLS, SHELF
from app.panels.paint_bake import PaintBakeBody
from app.panels.paint_layer_settings import PaintLayerSettings
from app.panels.paint_layers import PaintLayersPanel
from app.panels.paint_parts import PaintPartsBody
from app.panels.paint_presets import PaintPresetsPanel
from app.panels.paint_tools import PaintToolsPanel
from app.panels.paint_uv import PaintUvPanel

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from app.handlers.context import StudioContext
    from app.handlers.display import DisplayHandler
    from app.paint_actions import PaintTool
    from app.viewport.avatar_view import AvatarView
    from app.viewport.display import Display

_SWITCHES = (
    "mirror", "shield", "facing", "through", "pressure_size", "pressure_flow",
    "pressure_opacity", "follow_path",
)  # fmt: skip
_ON_AT_FIRST = ("facing", "pressure_size")
_LAYERS = (
    "layer_add", "fill_add", "adjustment_add", "group_add", "mask_add", "layer_copy",
    "layer_merge", "layer_raise", "layer_lower", "layer_remove",
)  # fmt: skip
_BAKE = ("bake", "bake_auto")
_VIEWS = ("colour", "diffuse", "view", "dynamic", "displacement", "uv")
_REMEMBERED = "paint_switches"


class PaintPanels:
    """The panels of the Paint workspace, before anything happens in them.

    Args:
        context: has the actions that are shown.
    """

    def __init__(self, context: StudioContext) -> None:
        def actions(names: tuple[str, ...], menu: str = "paint.") -> list[QAction]:
            return [context.actions[f"{menu}{name}"] for name in names]

        self.parts = PaintPartsBody(actions(_VIEWS, "view.face_"))
        self.tools = PaintToolsPanel(
            [
                (title, actions(tuple(f"tool_{each.id}" for each in PAINT_TOOLS
                                      if each.group == title)))
                for title in SHELF
            ],
            actions(_SWITCHES),
            context.actions["paint.swap_colours"],
            self.parts,
        )  # fmt: skip
        self.bake = PaintBakeBody(actions(_BAKE))
        self.layers = PaintLayersPanel(PaintLayerSettings(), actions(_LAYERS), self.bake)
        self.presets = PaintPresetsPanel()
        self.uv = PaintUvPanel()


class PaintDesk(QObject):
    """Everything that the Paint workspace adds to the studio.

    To be made after whoever brings avatars into the viewport: these come without paint.

    Args:
        context: the document.
        view: the viewport, where brushes work.
        display: says how the face is looked at.
    """

    def __init__(self, context: StudioContext, view: AvatarView, display: DisplayHandler) -> None:
        super().__init__(context.window)
        self._context = context
        self._view = view
        self._display = display
        context.actions.add(PAINT_ACTIONS)
        self.panels = panels = PaintPanels(context)
        self.settings = PaintToolSettings(context.preferences, self)
        self.face = PaintFace(context, view, panels.uv.view)
        self.layering = PaintLayerHandler(context, self.face, self.settings, panels.layers)
        self.files = PaintFiles(context, self.face)
        self.baking = BakeHandler(context, self.face, view, panels.bake)
        self.presets = PresetHandler(context, self.face, panels.presets)
        self.tooling = PaintTooling(context, view, panels.uv.view, self.face, self.settings)
        self.placing = PicturePlacer(context, self.face, self.tooling, view)
        self.stencil = StencilHandler(context, self.tooling, view)
        self.cloning = CloneHandler(context, self.face)
        self.tooling.brushes_ended.connect(self.cloning.take)
        self.tooling.strokes.begun.connect(self.baking.pause)
        self.face.progressed.connect(panels.tools.shelf.show_progress)
        self.settings.tool_changed.connect(self._show_tool)
        self.settings.tool_changed.connect(lambda _tool: self.placing.stop())
        self.settings.changed.connect(panels.tools.show_choice)
        panels.tools.choice_edited.connect(self.settings.set)
        panels.parts.strength_edited.connect(self._strengthen)
        display.changed.connect(self._show_strengths)
        self._connect_actions()
        self.settings.take(PAINT_TOOLS[0].id)
        self.set_open(False)

    @property
    def docked(self) -> dict[str, QWidget]:
        """Its panels, by the names of their docks."""
        panels = self.panels
        return {
            "paint_tools": panels.tools,
            "paint_layers": panels.layers,
            "paint_presets": panels.presets,
            "paint_uv": panels.uv,
        }

    def set_open(self, is_open: bool) -> None:
        """Enter the workspace or leave it: its actions are offered there alone."""
        for spec in PAINT_ACTIONS:
            self._context.actions[spec.id].setEnabled(is_open)
        self.face.set_open(is_open)
        self.layering.set_open(is_open)
        self.files.set_open(is_open)
        self.baking.set_open(is_open)
        self.tooling.set_open(is_open)
        self.stencil.set_open(is_open)
        if not is_open:
            self.placing.stop()
            self._keep()

    def refresh(self) -> None:
        """Show everything as it is now."""
        self.face.refresh()
        self._show_strengths(self._view.display)

    def shutdown(self) -> None:
        self._keep()
        self.files.shutdown()
        self.presets.shutdown()
        self.baking.shutdown()
        self.cloning.shutdown()
        self.placing.shutdown()
        self.stencil.shutdown()
        self.face.shutdown()

    def _show_tool(self, tool: PaintTool) -> None:
        self.panels.tools.show_tool(
            tool.kind.label,
            tool.kind.tip,
            has_tip=tool.has_tip,
            has_colour=tool.kind.has_colour or tool.id == "pick",
            has_opacity=tool.id != "pick",
            options=tool.kind.options,
        )

    def _strengthen(self, part: str, strength: float) -> None:
        now = self._view.display
        if part == "view":
            self._display.use(replace(now, view_strength=strength))
        else:
            self._display.use(replace(now, dynamic_strength=strength))

    def _show_strengths(self, display: Display) -> None:
        self.panels.parts.show_strengths(display.view_strength, display.dynamic_strength)

    def _connect_actions(self) -> None:
        group = QActionGroup(self)
        for tool in PAINT_TOOLS:
            action = self._context.actions[tool.action_id]
            group.addAction(action)
            action.triggered.connect(lambda _on=False, tool=tool: self.settings.take(tool.id))
        self._context.actions[PAINT_TOOLS[0].action_id].setChecked(True)
        kept = self._context.preferences.remembered(_REMEMBERED)
        on = kept if isinstance(kept, list) else _ON_AT_FIRST
        for name in _SWITCHES:
            self._action(name).setChecked(name in on)
        for name, change in (
            ("bigger", lambda: self.settings.grow(1)),
            ("smaller", lambda: self.settings.grow(-1)),
            ("harder", lambda: self.settings.harden(1)),
            ("softer", lambda: self.settings.harden(-1)),
            ("swap_colours", self.settings.swap_colours),
        ):
            self._action(name).triggered.connect(change)

    def _keep(self) -> None:
        self.settings.keep()
        on = [name for name in _SWITCHES if self._action(name).isChecked()]
        self._context.preferences.remember(_REMEMBERED, on)

    def _action(self, name: str) -> QAction:
        return self._context.actions[f"paint.{name}"]
