"""The triangle under one pixel, drawn into a picture of that pixel alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np

from avatar_core.render.camera_block import attach_camera
from avatar_core.render.state import Depth, begin_pass

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32
    from avatar_core.render.shaders import ShaderLibrary


class PickingPass:
    """Finds the nearest triangle at a pixel, exactly as the mesh pass places it."""

    def __init__(self, context: moderngl.Context, shaders: ShaderLibrary) -> None:
        self._context = context
        self._program = attach_camera(shaders.program(context, "pick.vert.glsl", "pick.frag.glsl"))
        self._answer = context.texture((1, 1), 4, dtype="f4")
        self._depth = context.depth_texture((1, 1))
        self._pixel = context.framebuffer([self._answer], self._depth)

    def find(
        self, vertices: Float32, faces: Int32, size: tuple[int, int], pixel: tuple[int, int]
    ) -> tuple[int, float] | None:
        """Nearest triangle at a pixel of the picture that the camera block describes.

        Args:
            vertices: [V, 3] metres.
            faces: [F, 3].
            size: width and height of the picture.
            pixel: column and row, top left (0, 0).

        Returns:
            Triangle and distance along the camera's z axis in metres; None where there is none.
        """
        if len(faces) == 0:
            return None
        corners = np.ascontiguousarray(vertices[faces.ravel()], np.float32)
        buffer = self._context.buffer(corners)
        array = self._context.vertex_array(self._program, [(buffer, "3f", "position")])
        before = self._context.fbo
        begin_pass(self._context, self._pixel, depth=Depth.WRITE)
        self._pixel.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        # The whole picture's viewport, shifted until the pixel lies at the only one there is.
        self._pixel.viewport = (-pixel[0], pixel[1] + 1 - size[1], *size)
        array.render(moderngl.TRIANGLES)
        array.release()
        buffer.release()
        answer = np.frombuffer(self._pixel.read(components=4, dtype="f4"), np.float32)
        if before is not None:
            before.use()
        return (int(answer[0]) - 1, float(answer[1])) if answer[0] > 0 else None

    def release(self) -> None:
        for item in (self._pixel, self._answer, self._depth):
            item.release()
        self._program.release()
