"""The ground: a grid of lines with subtle axes, under and behind everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl

from avatar_core.render.camera_block import attach_camera
from avatar_core.render.shaders import set_uniforms
from avatar_core.render.state import Blend, begin_pass

if TYPE_CHECKING:
    from avatar_core.render.scene import Colour
    from avatar_core.render.shaders import ShaderLibrary

HALF_SIZE_M = 1.5
_STRENGTH = 0.16


class GridPass:
    """Blends the grid over the target's background. It is not seen from below."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._program = attach_camera(shaders.program(context, "grid.vert.glsl", "grid.frag.glsl"))
        self._square = context.vertex_array(self._program, [])

    def draw(self, target: moderngl.Framebuffer, ground_m: float, background: Colour) -> None:
        """Draw at a height in metres, in lines that stand out from `background`."""
        begin_pass(self._context, target, blend=Blend.OVER)
        bright = sum(background) / 3 > 0.6
        set_uniforms(
            self._program,
            {
                "ground_m": ground_m,
                "half_size_m": HALF_SIZE_M,
                "line_colour": (0.0, 0.0, 0.0) if bright else (1.0, 1.0, 1.0),
                "strength": _STRENGTH,
            },
        )
        self._square.render(moderngl.TRIANGLE_STRIP, vertices=4)

    def release(self) -> None:
        self._square.release()
        self._program.release()
