"""Textures used as arrays: N values of four numbers, fetched by index in shaders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import moderngl
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH = 1024
"""Texels in a row."""


def rows_of(count: int) -> int:
    """Rows that hold `count` texels; never none, since textures cannot be empty."""
    return max(1, -(-count // WIDTH))


class DataTexture:
    """A texture of `count` texels with `components` numbers each, written from plain arrays.

    Args:
        dtype: moderngl's name of the stored type: "f2", "f4" or "u4".
    """

    def __init__(self, context: moderngl.Context, count: int, components: int, dtype: str) -> None:
        self.count = count
        self._staging: NDArray[Any] = np.zeros((rows_of(count) * WIDTH, components), dtype)
        self.texture = context.texture(
            (WIDTH, rows_of(count)), components, self._staging.tobytes(), dtype=dtype
        )
        self.texture.filter = (moderngl.NEAREST, moderngl.NEAREST)

    def write(self, *columns: NDArray[Any]) -> None:
        """Fill the first texels; columns [n, k] stand side by side, k adding up to the width."""
        length = len(columns[0])
        if length == 0:
            return
        start = 0
        for column in columns:
            width = column.shape[1]
            self._staging[:length, start : start + width] = column
            start += width
        rows = rows_of(length)
        self.texture.write(self._staging[: rows * WIDTH], viewport=(0, 0, WIDTH, rows))

    def release(self) -> None:
        self.texture.release()
