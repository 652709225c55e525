"""Face and hair together, over whatever the target holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl

from avatar_core.render.state import Blend, begin_pass, bind_textures

if TYPE_CHECKING:
    from avatar_core.render.shaders import ShaderLibrary
    from avatar_core.render.targets import Targets


class CompositePass:
    """Blends hair over face over the target, premultiplied."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._program = shaders.program(context, "fullscreen.vert.glsl", "composite.frag.glsl")
        self._cover = context.vertex_array(self._program, [])

    def draw(self, targets: Targets, target: moderngl.Framebuffer) -> None:
        begin_pass(self._context, target, blend=Blend.OVER)
        bind_textures(
            self._program, {"mesh_colour": targets.face_colour, "hair": targets.hair_colour}
        )
        self._cover.render(moderngl.TRIANGLES, vertices=3)

    def release(self) -> None:
        self._cover.release()
        self._program.release()
