"""The tool in hand, over the viewport."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from app.handlers.groom_areas import AreaTools, BallTool
from app.handlers.groom_lines import GizmoWork, LineTools
from app.handlers.groom_pointing import HairPointer
from app.handlers.groom_ring import RingHandler
from app.handlers.groom_strokes import BrushWork, PenUse, SelectWork, StrokeHandler
from app.viewport.tools import BrushTool, ToolMouse, ToolOverlay
from avatar_core.hair.brushes.clone import SOURCE
from avatar_core.hair.edited import basic_colours

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.handlers.groom_adjusting import AdjustHandler
    from app.handlers.groom_hair import GroomHair
    from app.handlers.groom_selecting import SelectHandler
    from app.handlers.groom_settings import ToolSettings
    from app.viewport.avatar_view import AvatarView
    from app.viewport.tools import PenSample, ViewTool


class ToolHandler(QObject):
    """Gives mouse and pen to the tool in hand.

    Args:
        context: actions, and words for the user.
        view: the viewport.
        hair: the hair on the stage.
        selecting: takes selections.
        adjusting: does single things to the hair.
        settings: which tool it is, and how it works.
    """

    def __init__(
        self,
        context: StudioContext,
        view: AvatarView,
        hair: GroomHair,
        selecting: SelectHandler,
        adjusting: AdjustHandler,
        settings: ToolSettings,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._hair = hair
        self._selecting = selecting
        self._settings = settings
        self._is_open = False
        self.mouse = ToolMouse(view, view.rig_mouse)
        self._overlay = ToolOverlay(view, self.mouse)
        self.pointer = pointer = HairPointer(hair, view)
        self._brush = BrushTool(lambda each: pointer.hit(each) is not None, view.camera, self)
        self._strokes = StrokeHandler(hair, pointer, self._brush, self)
        self._gizmo = GizmoWork(hair, view, self)
        ball = BallTool(hair, view, pointer, selecting, self)
        sees_only = context.actions["groom.visible_only"].isChecked
        areas = AreaTools(hair, pointer, selecting, settings, sees_only, self)
        lines = LineTools(hair, view, pointer, adjusting, settings, sees_only, self)
        self._others: dict[str, ViewTool] = {
            "gizmo": self._gizmo.tool,
            "sphere": ball.tool,
            **areas.tools,
            **lines.tools,
        }
        self._brush.stroke_begun.connect(self._begin)
        self._ring = RingHandler(
            hair, view, pointer, self._brush, settings, lambda: self._pen.is_mirrored, self
        )
        self.mouse.size_stepped.connect(settings.grow)
        view.camera_changed.connect(lambda _camera: self._overlay.update())
        settings.tool_changed.connect(lambda _tool: self._take())

    def set_open(self, is_open: bool) -> None:
        """Whether there are tools over the viewport at all."""
        self._is_open = is_open
        self._take()

    def _take(self) -> None:
        name = self._settings.tool.id
        self.mouse.set_tool(self._others.get(name, self._brush) if self._is_open else None)
        self._gizmo.set_chosen(self._is_open and name == "gizmo")

    # strokes

    def _begin(self, sample: PenSample) -> None:
        if sample.modifiers & Qt.KeyboardModifier.AltModifier:
            self._hair.attempt(lambda: self._sample(sample))
            return
        tool, settings, pen = self._settings.tool, self._settings.current, self._pen

        def begin() -> None:
            work: BrushWork | SelectWork
            if tool.brush is None:
                work = SelectWork(
                    self._hair, self._selecting, settings, sample.modifiers, pen.is_mirrored
                )
            else:
                work = BrushWork(self._hair, tool.brush, settings, pen.is_mirrored)
            works_at_rest = tool.brush is not None and not tool.brush.drags
            self._strokes.begin(sample, work, settings, pen, works_at_rest=works_at_rest)

        self._hair.attempt(begin)

    def _sample(self, sample: PenSample) -> None:
        """Alt: take the colour under the pen, or the place that is to be cloned."""
        hit, tool = self.pointer.hit(sample), self._settings.tool
        if hit is None:
            return
        if tool.id == "clone":
            place = self._hair.space().local(hit.position)
            source = dict(zip(SOURCE, (float(each) for each in place), strict=True))
            now = self._settings.current
            self._settings.set(replace(now, options={**now.options, **source}))
            self._context.toast.show_note("Hair will be copied from here.", "Now paint elsewhere.")
        elif hit.hair_row is not None:
            red, green, blue = basic_colours(self._hair.now.cloud.sh)[hit.hair_row].clip(0, 1)
            self._settings.set_colour((float(red), float(green), float(blue)))

    @property
    def _pen(self) -> PenUse:
        return PenUse(*(
            self._context.actions[f"groom.{name}"].isChecked()
            for name in ("pressure_size", "pressure_strength", "mirror")
        ))  # fmt: skip
