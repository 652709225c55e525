"""PortraitGraphics: everything the portrait view owns on the GPU, for one OpenGL context."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np

from app.viewport.graphics import wrap_current_context
from avatar_core.render.passes.portrait import PortraitPass
from avatar_core.render.picture_target import PictureTarget
from avatar_core.render.shaders import ShaderLibrary, set_uniforms
from avatar_core.render.software import make_way
from avatar_core.render.state import begin_pass, bind_textures, cover_whole, release_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.viewport.portrait_tiles import Tile
    from app.viewport.portrait_wall import Hung
    from avatar_core.frame import PortraitFrame
    from avatar_core.geometry import UInt8

_BACKDROP = (0.11, 0.11, 0.11)
"""The window's own grey."""


class PortraitGraphics:
    """A pass for each picture on the wall. Its context must be current for every call.

    Every picture is drawn into a target of its own, and again only when it has changed.

    Raises:
        RenderError: no usable context, or a shader does not compile.
    """

    def __init__(self) -> None:
        self._context = wrap_current_context()
        self._shaders = ShaderLibrary()
        self._program = self._shaders.program(
            self._context, "portrait_quad.vert.glsl", "portrait_quad.frag.glsl"
        )
        self._corners = self._context.vertex_array(self._program, [])
        self._easels: dict[str, _Easel] = {}
        self._whole = PictureTarget(self._context)

    def draw(self, framebuffer_id: int, wall: Sequence[Hung]) -> None:
        """Draw all pictures into a framebuffer of Qt's; those no longer there are let go."""
        for key in self._easels.keys() - {hung.key for hung in wall}:
            self._easels.pop(key).release()
        target = self._context.detect_framebuffer(framebuffer_id)
        self._hang(target, wall, is_apart=False)
        make_way(self._context)
        target.use()

    def picture(self, width_px: int, height_px: int, wall: Sequence[Hung]) -> UInt8:
        """[H, W, 3] of a wall of that size, top row first; the view's own is left alone."""
        target = self._whole.of_size((width_px, height_px))
        self._hang(target, wall, is_apart=True)
        make_way(self._context)
        pixels = target.read(components=3, alignment=1)
        bottom_up = np.frombuffer(pixels, np.uint8).reshape(height_px, width_px, 3)
        return np.ascontiguousarray(bottom_up[::-1])

    def release(self) -> None:
        release_all(*self._easels.values(), self._whole, self._corners, self._program)
        self._easels.clear()

    def _hang(self, target: moderngl.Framebuffer, wall: Sequence[Hung], *, is_apart: bool) -> None:
        drawn = [(self._texture(hung, is_apart=is_apart), hung.tile) for hung in wall]
        cover_whole(target)
        target.clear(*_BACKDROP, 1.0)
        for texture, tile in drawn:
            self._place(texture, tile, target)

    def _texture(self, hung: Hung, *, is_apart: bool) -> moderngl.Texture:
        if hung.key not in self._easels:
            self._easels[hung.key] = _Easel(self._context, self._shaders)
        easel = self._easels[hung.key]
        return easel.drawn(hung.frame, (hung.tile.width, hung.tile.height), is_apart=is_apart)

    def _place(self, texture: moderngl.Texture, tile: Tile, target: moderngl.Framebuffer) -> None:
        begin_pass(self._context, target)
        width, height = target.size
        # The first row of what was drawn is its lowest.
        box = (tile.x, tile.y + tile.height, tile.width, -tile.height)
        set_uniforms(self._program, {"shown": (0, 0, width, height), "box": box})
        bind_textures(self._program, {"picture": texture})
        self._corners.render(moderngl.TRIANGLE_STRIP, vertices=4)


class _Easel:
    """One picture: its pass, what it looks like on the screen, and in clips and stills."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._pass = PortraitPass(context, shaders)
        self._targets = {is_apart: PictureTarget(context) for is_apart in (False, True)}
        self._drawn: dict[bool, tuple[PortraitFrame, tuple[int, int]]] = {}

    def drawn(
        self, frame: PortraitFrame, size: tuple[int, int], *, is_apart: bool
    ) -> moderngl.Texture:
        """The moment at a size, as a texture whose first row is its lowest."""
        before = self._drawn.get(is_apart)
        target = self._targets[is_apart]
        if before is None or before[0] is not frame or before[1] != size:
            framebuffer = target.of_size(size)
            cover_whole(framebuffer)
            framebuffer.clear(*_over_backdrop(frame.colour), 1.0)
            self._pass.draw(frame, framebuffer)
            self._drawn[is_apart] = (frame, size)
        return target.texture

    def release(self) -> None:
        release_all(self._pass, *self._targets.values())


def _over_backdrop(colour: tuple[float, float, float, float]) -> tuple[float, float, float]:
    """A premultiplied colour over the view's grey."""
    seen = 1 - colour[3]
    red, green, blue = (part + seen * grey for part, grey in zip(colour, _BACKDROP, strict=False))
    return red, green, blue
