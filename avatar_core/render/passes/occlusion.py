"""What can no longer be seen: behind the face, and behind hair that lets nothing through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl

from avatar_core.render.camera_block import attach_camera
from avatar_core.render.shaders import set_uniforms
from avatar_core.render.state import Depth, begin_pass, bind_textures
from avatar_core.render.targets import TILE_PX

if TYPE_CHECKING:
    from avatar_core.render.shaders import ShaderLibrary
    from avatar_core.render.targets import Targets


class OcclusionPass:
    """Keeps `Targets.depth` and its coarse copy `Targets.tile_depth_m`."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._tiles = attach_camera(
            shaders.program(context, "fullscreen.vert.glsl", "tiles.frag.glsl")
        )
        self._saturate = shaders.program(context, "fullscreen.vert.glsl", "saturate.frag.glsl")
        self._cover_tiles = context.vertex_array(self._tiles, [])
        self._cover_saturate = context.vertex_array(self._saturate, [])

    def draw_tiles(self, targets: Targets) -> None:
        """Bring the coarse copy up to the depth."""
        begin_pass(self._context, targets.tiles)
        set_uniforms(self._tiles, {"tile_px": TILE_PX})
        bind_textures(self._tiles, {"scene_depth": targets.depth})
        self._cover_tiles.render(moderngl.TRIANGLES, vertices=3)

    def close_saturated(self, targets: Targets) -> None:
        """Close the depth where the hair drawn so far is opaque, and bring up the coarse copy."""
        begin_pass(self._context, targets.occluders, depth=Depth.REPLACE)
        bind_textures(self._saturate, {"hair": targets.hair_colour})
        self._cover_saturate.render(moderngl.TRIANGLES, vertices=3)
        self.draw_tiles(targets)

    def release(self) -> None:
        self._cover_tiles.release()
        self._cover_saturate.release()
        self._tiles.release()
        self._saturate.release()
