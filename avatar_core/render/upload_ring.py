"""Uploads that the graphics card takes while the program goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.render.state import release_all

if TYPE_CHECKING:
    import moderngl
    from numpy.typing import NDArray


class UploadRing:
    """Two buffers that take turns: the card reads the one while the other is filled.

    Without them writing a large texture waits until the card has done drawing with it.

    Args:
        context: OpenGL, current for every call.
    """

    def __init__(self, context: moderngl.Context) -> None:
        self._context = context
        self._buffers: list[moderngl.Buffer] = []
        self._turn = 0

    def write(self, texture: moderngl.TextureArray, values: NDArray[Any]) -> None:
        """Fill all of a texture.

        Args:
            texture: of `values`' size and type.
            values: [L, H, W, C].
        """
        data = np.ascontiguousarray(values)
        if not self._buffers or self._buffers[0].size != data.nbytes:
            self.release()
            self._buffers = [self._context.buffer(reserve=data.nbytes) for _ in range(2)]
        buffer = self._buffers[self._turn]
        self._turn = 1 - self._turn
        buffer.orphan()
        buffer.write(data)
        texture.write(buffer)

    def release(self) -> None:
        """Free both buffers; the next write makes new ones."""
        release_all(*self._buffers)
        self._buffers = []
