"""A picture behind the avatar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np

from avatar_core.render.data_textures import expect_texture_size
from avatar_core.render.shaders import ShaderLibrary, set_uniforms
from avatar_core.render.state import begin_pass, bind_textures, release_all

if TYPE_CHECKING:
    from avatar_core.geometry import UInt8


class BackdropPass:
    """Fills a target with a picture that covers it, cut where the shapes differ."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._program = shaders.program(context, "fullscreen.vert.glsl", "backdrop.frag.glsl")
        self._cover = context.vertex_array(self._program, [])
        self._image: UInt8 | None = None
        self._texture: moderngl.Texture | None = None

    def draw(self, target: moderngl.Framebuffer, image: UInt8) -> None:
        """Fill the target.

        Args:
            target: all of it is drawn.
            image: [H, W, 3] uint8 sRGB, top row first; the very one of the draw before is not
                uploaded again.

        Raises:
            RenderError: the graphics card has no textures of that size.
        """
        texture = self._uploaded(image)
        begin_pass(self._context, target)
        set_uniforms(self._program, {"target_px": tuple(map(float, target.size))})
        bind_textures(self._program, {"picture": texture})
        self._cover.render(moderngl.TRIANGLES, vertices=3)

    def release(self) -> None:
        self._drop()
        release_all(self._cover, self._program)

    def _uploaded(self, image: UInt8) -> moderngl.Texture:
        if self._texture is None or image is not self._image:
            self._drop()
            height, width = image.shape[:2]
            expect_texture_size(self._context, width, height)
            self._texture = self._context.texture(
                (width, height), 3, np.ascontiguousarray(image), alignment=1
            )
            self._texture.build_mipmaps()
            self._texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
            self._texture.repeat_x = self._texture.repeat_y = False
            self._image = image
        return self._texture

    def _drop(self) -> None:
        if self._texture is not None:
            self._texture.release()
        self._texture = self._image = None
