"""A smaller picture drawn over the whole target."""

from __future__ import annotations

import moderngl

from avatar_core.render.picture_target import PictureTarget
from avatar_core.render.shaders import ShaderLibrary, set_uniforms
from avatar_core.render.state import begin_pass, bind_textures, release_all


class EnlargePass:
    """Keeps a smaller framebuffer for slow machines, and draws it enlarged."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._program = shaders.program(context, "fullscreen.vert.glsl", "enlarge.frag.glsl")
        self._cover = context.vertex_array(self._program, [])
        self._small = PictureTarget(context)

    def small_target(self, size: tuple[int, int]) -> moderngl.Framebuffer:
        """The framebuffer to draw into; kept while the size stays."""
        return self._small.of_size(size)

    def draw(self, target: moderngl.Framebuffer) -> None:
        """Draw what `small_target` holds over all of the target."""
        begin_pass(self._context, target)
        set_uniforms(self._program, {"target_px": tuple(map(float, target.size))})
        bind_textures(self._program, {"picture": self._small.texture})
        self._cover.render(moderngl.TRIANGLES, vertices=3)

    def release(self) -> None:
        release_all(self._small, self._cover, self._program)
