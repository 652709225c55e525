"""The brush in hand, over the viewport and over the atlas, and where it would paint in both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from app.handlers.paint_easels import AtlasEasel, HeadEasel
from app.handlers.paint_strokes import StrokeMaker, StrokeWish
from app.paint_actions import paint_tool
from app.paint_choice import PaintSwitches
from app.viewport.tools import BrushRing, BrushTool, ToolMouse, ToolOverlay
from app.viewport.tools.uv_brush_tool import UvBrushTool, UvRing

if TYPE_CHECKING:
    from app.handlers.context import StudioContext
    from app.handlers.paint_easels import Easel
    from app.handlers.paint_face import PaintFace
    from app.handlers.paint_settings import PaintToolSettings
    from app.viewport.avatar_view import AvatarView
    from app.viewport.tools import PenSample, ViewTool
    from app.widgets.atlas_view import AtlasView
    from avatar_core.geometry import Float32
    from avatar_core.texture.ground import SkinPlace

_SWITCHES = (
    "mirror", "shield", "facing", "through", "pressure_size", "pressure_flow",
    "pressure_opacity", "follow_path",
)  # fmt: skip
"""Actions in the order of `PaintSwitches`."""

_ALT, _CTRL, _SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


class PaintTooling(QObject):
    """Gives mouse and pen over both views to the brush in hand.

    Args:
        context: actions, and words for the user.
        view: the viewport.
        atlas_view: the atlas.
        face: the face on the stage.
        settings: which brush it is, and how it paints.
    """

    brushes_ended = Signal(object, object)
    """See `StrokeMaker.brushes_ended`."""

    def __init__(
        self,
        context: StudioContext,
        view: AvatarView,
        atlas_view: AtlasView,
        face: PaintFace,
        settings: PaintToolSettings,
    ) -> None:
        super().__init__(context.window)
        self._context = context
        self._face = face
        self._settings = settings
        self._source: SkinPlace | None = None
        self._is_open = False
        self._hovered: tuple[Easel, PenSample] | None = None
        self.head = HeadEasel(face, view, lambda: settings.current, lambda: self.switches)
        self.atlas = AtlasEasel(face, atlas_view)
        self.strokes = StrokeMaker(face)
        self.strokes.colour_picked.connect(settings.set_colour)
        self.strokes.brushes_ended.connect(self.brushes_ended)
        self.mouse = ToolMouse(view, view.rig_mouse)
        self.atlas_mouse = ToolMouse(atlas_view, atlas_view.mouse)
        self._overlays = ToolOverlay(view, self.mouse), ToolOverlay(atlas_view, self.atlas_mouse)
        self._brush = BrushTool(lambda each: self._hits(self.head, each), view.camera, self)
        self._uv_brush = UvBrushTool(lambda each: self._hits(self.atlas, each), self)
        self._follow(self._brush, self.head)
        self._follow(self._uv_brush, self.atlas)
        for mouse in (self.mouse, self.atlas_mouse):
            mouse.size_stepped.connect(settings.grow)
        view.camera_changed.connect(lambda _camera: self._overlays[0].update())
        atlas_view.moved.connect(self._show_rings)
        settings.changed.connect(lambda _choice: self._show_rings())
        face.edited.connect(self._forget_source_of_others)

    @property
    def switches(self) -> PaintSwitches:
        """What is switched on for all brushes."""
        return PaintSwitches(
            *(self._context.actions[f"paint.{name}"].isChecked() for name in _SWITCHES)
        )

    def set_open(self, is_open: bool) -> None:
        """Whether there are brushes over the views at all."""
        self._is_open = is_open
        self.mouse.set_tool(self._brush if is_open else None)
        self.atlas_mouse.set_tool(self._uv_brush if is_open else None)

    def lend(self, tool: ViewTool | None) -> None:
        """Give the viewport to another tool; None brings the brush back."""
        if self._is_open:
            self.mouse.set_tool(tool or self._brush)

    def _follow(self, tool: BrushTool, easel: Easel) -> None:
        tool.stroke_begun.connect(lambda sample: self._begin(easel, sample))
        tool.stroke_moved.connect(self.strokes.go_on)
        tool.stroke_moved.connect(lambda samples: self._hover(easel, samples[-1]))
        tool.stroke_ended.connect(self.strokes.end)
        tool.stroke_cancelled.connect(self.strokes.cancel)
        tool.hovered.connect(lambda sample: self._hover(easel, sample))

    def _hits(self, easel: Easel, sample: PenSample) -> bool:
        return easel.point((sample.x_px, sample.y_px)) is not None

    # strokes

    def _begin(self, easel: Easel, sample: PenSample) -> None:
        tool, choice = self._settings.tool, self._settings.current
        keys = sample.modifiers
        if keys & _ALT:
            if tool.kind.needs_source:
                self._take_source(easel, sample)
                return
            tool = paint_tool("pick")
            choice = replace(self._settings.of(tool), options={})
        elif sample.is_eraser or (keys & _CTRL and tool.id == "paint"):
            erase = paint_tool("erase")
            choice, tool = replace(choice, options={}), erase
        wish = StrokeWish(
            tool.kind, choice, self.switches, self._source, goes_on=bool(keys & _SHIFT)
        )
        self.strokes.begin(easel, sample, wish)

    def _take_source(self, easel: Easel, sample: PenSample) -> None:
        """Alt: here is what is to be copied."""
        ground, point = easel.ground(), easel.point((sample.x_px, sample.y_px))
        place = None if ground is None or point is None else ground.place(point)
        if place is not None:
            self._source = place
            self._context.toast.show_note("Skin will be copied from here.", "Now paint elsewhere.")

    def _forget_source_of_others(self) -> None:
        """A place on another head means nothing."""
        asset, source = self._face.asset, self._source
        count = 0 if asset is None else len(asset.head.topology.faces)
        if source is not None and source.face >= count:
            self._source = None

    # rings

    def _hover(self, easel: Easel, sample: PenSample | None) -> None:
        self._hovered = None if sample is None else (easel, sample)
        self._show_rings()

    def _show_rings(self) -> None:
        """Show the brush where it would paint, in both views."""
        place = None
        if self._is_open and self._hovered is not None:
            easel, sample = self._hovered
            ground, point = easel.ground(), easel.point((sample.x_px, sample.y_px))
            if ground is not None and point is not None:
                place = ground.place(point)
        self._brush.show_ring(self._head_ring(place))
        self._uv_brush.show_circle(self._atlas_ring(place))

    def _head_ring(self, place: SkinPlace | None) -> BrushRing | None:
        choice = self._settings.current
        on_head = self._hovered is not None and self._hovered[0] is self.head
        if on_head and self._hovered is not None:
            _, sample = self._hovered
            hit = self.head.hit((sample.x_px, sample.y_px))
            if hit is None:
                return None
            position, normal = hit.position, hit.normal
        elif place is not None:
            position, normal = self._surface(place)
        else:
            return None
        has_twin = place is not None and self.switches.is_mirrored
        twin = self._surface(place, is_twin=True) if has_twin and place is not None else None
        return BrushRing(position, normal, choice.radius_m, choice.hardness, self._ink, twin)

    def _atlas_ring(self, place: SkinPlace | None) -> UvRing | None:
        atlas, choice = self._face.atlas, self._settings.current
        if atlas is None:
            return None
        pixel = None if place is None else self.atlas.pixel(place)
        if self._hovered is not None and self._hovered[0] is self.atlas:
            _, sample = self._hovered
            pixel = sample.x_px, sample.y_px
        if pixel is None:
            return None
        has_twin = place is not None and self.switches.is_mirrored
        twin = self.atlas.twin_pixel(place) if has_twin and place is not None else None
        radius_px, twin_radius_px = (
            self.atlas.radius_px(each or pixel, choice.radius_m) for each in (pixel, twin)
        )
        return UvRing(pixel, radius_px, choice.hardness, self._ink, twin, twin_radius_px)

    @property
    def _ink(self) -> tuple[float, float, float] | None:
        choice = self._settings.current
        return choice.colour if self._settings.tool.kind.has_colour else None

    def _surface(self, place: SkinPlace, *, is_twin: bool = False) -> tuple[Float32, Float32]:
        """Position and normal of a place on the head as shown, or on the other side of it."""
        frame, atlas = self._face.frame, self._face.atlas
        assert frame is not None
        assert atlas is not None
        vertices = atlas.mirror.mirrored(frame.vertices) if is_twin else frame.vertices
        corners = vertices[atlas.map.faces[place.face]].astype(np.float64)
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        normal /= max(float(np.linalg.norm(normal)), 1e-12)
        position = place.weights @ corners
        # A mirror image is wound the other way round.
        return position.astype(np.float32), (-normal if is_twin else normal).astype(np.float32)
