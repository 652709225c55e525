"""A portrait's moment: the ground, and in front of it the head that a model drew, or a warp."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np

from avatar_core.render.data_textures import expect_texture_size
from avatar_core.render.passes.portrait_warp import PortraitWarpPass
from avatar_core.render.shaders import ShaderLibrary, set_uniforms
from avatar_core.render.state import Blend, begin_pass, bind_textures, release_all

if TYPE_CHECKING:
    from avatar_core.frame import PortraitFrame
    from avatar_core.geometry import UInt8

Rectangle = tuple[float, float, float, float]


class PortraitPass:
    """Draws portraits of any engine. Of what stays the same, nothing is uploaded twice."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._program = shaders.program(
            context, "portrait_quad.vert.glsl", "portrait_quad.frag.glsl"
        )
        self._corners = context.vertex_array(self._program, [])
        self._warp = PortraitWarpPass(context, shaders)
        self._ground = _Picture(context, is_small=False)
        self._head = _Picture(context, is_small=True)

    def draw(
        self, frame: PortraitFrame, target: moderngl.Framebuffer, shown: Rectangle | None = None
    ) -> None:
        """Draw one moment over all of a target that has been cleared.

        Args:
            frame: the moment.
            target: framebuffer of any size; needs no depth. Colours in it are premultiplied.
            shown: left, top, width and height of the part of the picture that fills the target;
                what the frame says when left out.

        Raises:
            RenderError: the graphics card has no textures of the ground's size.
        """
        shown = shown or frame.shown
        if frame.warp is not None:
            self._warp.draw(*frame.warp, target, shown)
            return
        if frame.ground is not None:
            whole = (0.0, 0.0, float(frame.size[0]), float(frame.size[1]))
            self._draw(self._ground.of(frame.ground), whole, shown, target)
        if frame.head is not None:
            self._draw(self._head.of(frame.head), frame.head_box, shown, target)

    def release(self) -> None:
        """Free everything; the pass is not used afterwards."""
        release_all(self._ground, self._head, self._warp, self._corners, self._program)

    def _draw(
        self,
        texture: moderngl.Texture,
        box: Rectangle,
        shown: Rectangle,
        target: moderngl.Framebuffer,
    ) -> None:
        begin_pass(self._context, target, blend=Blend.OVER)
        set_uniforms(self._program, {"shown": shown, "box": box})
        bind_textures(self._program, {"picture": texture})
        self._corners.render(moderngl.TRIANGLE_STRIP, vertices=4)


class _Picture:
    """One texture that follows an array: a new one where the size differs, else only its content.

    Args:
        context: where it lives.
        is_small: changes with every frame, so it gets no smaller copies of itself.
    """

    def __init__(self, context: moderngl.Context, *, is_small: bool) -> None:
        self._context = context
        self._is_small = is_small
        self._image: UInt8 | None = None
        self._texture: moderngl.Texture | None = None

    def of(self, image: UInt8) -> moderngl.Texture:
        """The texture of [H, W, C] pixels, top row first."""
        if self._texture is not None and image is self._image:
            return self._texture
        height, width, channels = image.shape
        pixels = np.ascontiguousarray(image)
        wanted = (width, height), channels
        if self._texture is None or (self._texture.size, self._texture.components) != wanted:
            self.release()
            expect_texture_size(self._context, width, height)
            self._texture = self._context.texture((width, height), channels, alignment=1)
            self._texture.repeat_x = self._texture.repeat_y = False
        self._texture.write(pixels, alignment=1)
        if not self._is_small:
            self._texture.build_mipmaps()
            self._texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        self._image = image
        return self._texture

    def release(self) -> None:
        if self._texture is not None:
            self._texture.release()
        self._texture = self._image = None
