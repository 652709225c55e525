"""Face and hair together, over whatever the target holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl

from avatar_core.render.camera_block import attach_camera
from avatar_core.render.shaders import set_uniforms
from avatar_core.render.state import Blend, begin_pass, bind_textures

if TYPE_CHECKING:
    from avatar_core.render.scene import SceneOptions
    from avatar_core.render.shaders import ShaderLibrary
    from avatar_core.render.targets import Targets


class CompositePass:
    """Blends hair over face over the target, premultiplied."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._program = attach_camera(
            shaders.program(context, "fullscreen.vert.glsl", "composite.frag.glsl")
        )
        self._cover = context.vertex_array(self._program, [])

    def draw(
        self,
        targets: Targets,
        target: moderngl.Framebuffer,
        scene: SceneOptions,
        depth_range_m: tuple[float, float],
    ) -> None:
        """Blend; where distances are shown, nearest and farthest are those of the range."""
        begin_pass(self._context, target, blend=Blend.OVER)
        set_uniforms(
            self._program, {"show_depth": scene.show_depth, "depth_range_m": depth_range_m}
        )
        bind_textures(
            self._program,
            {
                "mesh_colour": targets.face_colour,
                "hair": targets.hair_colour,
                "nearest_m": targets.face_nearest_m,
            },
        )
        self._cover.render(moderngl.TRIANGLES, vertices=3)

    def release(self) -> None:
        self._cover.release()
        self._program.release()
