"""A smaller picture drawn over the whole target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl

from avatar_core.render.shaders import ShaderLibrary, set_uniforms
from avatar_core.render.state import begin_pass, bind_textures, release_all

if TYPE_CHECKING:
    from collections.abc import Iterator


class EnlargePass:
    """Keeps a smaller framebuffer for slow machines, and draws it enlarged."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._program = shaders.program(context, "fullscreen.vert.glsl", "enlarge.frag.glsl")
        self._cover = context.vertex_array(self._program, [])
        self._small: moderngl.Framebuffer | None = None

    def small_target(self, size: tuple[int, int]) -> moderngl.Framebuffer:
        """The framebuffer to draw into; kept while the size stays."""
        if self._small is None or self._small.size != size:
            texture = self._context.texture(size, 4)
            texture.repeat_x = texture.repeat_y = False
            small = self._context.framebuffer([texture])
            # In use before the old one goes: moderngl binds again what was in use.
            small.use()
            self._drop()
            self._small = small
        return self._small

    def draw(self, target: moderngl.Framebuffer) -> None:
        """Draw what `small_target` holds over all of the target."""
        assert self._small is not None
        begin_pass(self._context, target)
        set_uniforms(self._program, {"target_px": tuple(map(float, target.size))})
        bind_textures(self._program, {"picture": next(self._textures())})
        self._cover.render(moderngl.TRIANGLES, vertices=3)

    def release(self) -> None:
        self._drop()
        release_all(self._cover, self._program)

    def _textures(self) -> Iterator[moderngl.Texture]:
        if self._small is not None:
            for attachment in self._small.color_attachments:
                assert isinstance(attachment, moderngl.Texture)
                yield attachment

    def _drop(self) -> None:
        textures = list(self._textures())
        if self._small is not None:
            release_all(self._small, *textures)
            self._small = None
