"""The tool in hand, over the viewport."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt

from app.handlers.groom_areas import AreaTools, BallTool
from app.handlers.groom_lines import GizmoWork, LineTools
from app.handlers.groom_pointing import HairPointer
from app.handlers.groom_strokes import BrushWork, PenUse, SelectWork, StrokeHandler
from app.viewport.tools import BrushRing, BrushTool, ToolMouse, ToolOverlay
from avatar_core.errors import AvatarError
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
    from avatar_core.geometry import Float32
    from avatar_core.hair.picking import SurfaceHit

_MIRROR = np.array([-1, 1, 1], np.float32)


class ToolHandler(QObject):
    """Gives mouse and pen to the tool in hand, and shows the brush where it would work.

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
        self._hovered: PenSample | None = None
        self._is_open = False
        self.mouse = ToolMouse(view, view.rig_mouse)
        self._overlay = ToolOverlay(view, self.mouse)
        self.pointer = pointer = HairPointer(hair, view)
        self._brush = BrushTool(lambda each: pointer.hit(each) is not None, view.camera, self)
        self._strokes = StrokeHandler(hair, pointer, self._brush, self)
        self._gizmo = GizmoWork(hair, view, self)
        ball = BallTool(hair, view, pointer, selecting, self)
        self._others: dict[str, ViewTool] = {
            "gizmo": self._gizmo.tool,
            "sphere": ball.tool,
            **AreaTools(
                hair, view, pointer, selecting, settings,
                context.actions["groom.visible_only"].isChecked, self,
            ).tools,
            **LineTools(hair, view, pointer, adjusting, settings, self).tools,
        }  # fmt: skip
        self._brush.stroke_begun.connect(self._begin)
        self._brush.stroke_moved.connect(lambda samples: self._hover(samples[-1]))
        self._brush.hovered.connect(self._hover)
        self.mouse.size_stepped.connect(settings.grow)
        view.camera_changed.connect(lambda _camera: self._overlay.update())
        settings.tool_changed.connect(lambda _tool: self._take())
        settings.changed.connect(lambda _settings: self._show_ring())

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

    # the ring

    def _hover(self, sample: PenSample | None) -> None:
        self._hovered = sample
        self._show_ring()

    def _show_ring(self) -> None:
        """Show the brush where it would work."""
        sample = self._hovered
        hit = None if sample is None else self.pointer.hit(sample)
        self._brush.show_ring(None if hit is None else self._ring(hit))

    def _ring(self, hit: SurfaceHit) -> BrushRing:
        now, brush = self._settings.current, self._settings.tool.brush
        colour = now.colour if brush is not None and brush.has_colour else None
        twin = self._twin(hit) if self._pen.is_mirrored else None
        return BrushRing(hit.position, hit.normal, now.radius_m, now.strength, colour, twin)

    def _twin(self, hit: SurfaceHit) -> tuple[Float32, Float32] | None:
        """Where the mirrored stroke works: place and normal, world."""
        try:
            space = self._hair.space()
        except AvatarError:
            return None
        place = space.local(hit.position) * _MIRROR
        normal = space.local_direction(hit.normal) * _MIRROR
        return space.world(place), np.asarray(normal @ space.turn.T, np.float32)
