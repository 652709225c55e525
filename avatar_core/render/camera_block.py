"""The camera as a uniform buffer that every pass of a draw reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import moderngl
import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Camera, Float32

BINDING = 0
_BLOCK = "CameraBlock"


def packed_camera(camera: Camera) -> Float32:
    """[44] floats in the layout of `shaders/camera.glsl` (std140, matrices by columns)."""
    view = camera.view.astype(np.float32)
    clip = camera.opengl_projection().astype(np.float64) @ camera.opengl_view()
    k = camera.intrinsics
    return np.concatenate(
        [
            view.T.ravel(),
            clip.T.ravel(),
            [k[0, 0], k[1, 1], k[0, 2], k[1, 2]],
            [camera.width_px, camera.height_px, camera.near_m, camera.far_m],
            [*camera.position, 0.0],
        ]
    ).astype(np.float32)


class CameraBlock:
    """Owns the uniform buffer."""

    def __init__(self, context: moderngl.Context) -> None:
        self._buffer = context.buffer(reserve=44 * 4)

    def write(self, camera: Camera) -> None:
        """Load a camera and make it the one that programs see."""
        self._buffer.write(packed_camera(camera))
        self._buffer.bind_to_uniform_block(BINDING)

    def release(self) -> None:
        self._buffer.release()


def attach_camera(program: moderngl.Program) -> moderngl.Program:
    """Let a program read the camera block, if it uses one. Returns the program."""
    block = program.get(_BLOCK, None)
    if isinstance(block, moderngl.UniformBlock):
        block.binding = BINDING
    return program
