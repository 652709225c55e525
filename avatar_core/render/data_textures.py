"""Textures used as arrays: N values of four numbers, fetched by index in shaders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import moderngl
import numpy as np

from avatar_core.errors import RenderError

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH = 1024
"""Texels in a row."""


def rows_of(count: int) -> int:
    """Rows that hold `count` texels; never none, since textures cannot be empty."""
    return max(1, -(-count // WIDTH))


def expect_texture_size(context: moderngl.Context, width: int, height: int) -> None:
    """Say in words what OpenGL would answer with an empty texture.

    Raises:
        RenderError: the graphics card has no textures of that size.
    """
    most = int(context.info["GL_MAX_TEXTURE_SIZE"])
    if max(width, height) > most:
        raise RenderError(
            f"The avatar needs a texture of {width} x {height}, but the graphics card's largest "
            f"is {most} x {most}.",
            "Use an avatar with fewer Gaussians or a smaller face texture.",
        )


class DataTexture:
    """A texture of `count` texels with `components` numbers each, written from plain arrays.

    Args:
        dtype: moderngl's name of the stored type: "f2", "f4" or "u4".

    Raises:
        RenderError: the graphics card has no textures of that size.
    """

    def __init__(self, context: moderngl.Context, count: int, components: int, dtype: str) -> None:
        expect_texture_size(context, WIDTH, rows_of(count))
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

    def write_at(self, places: NDArray[np.int64], values: NDArray[Any]) -> None:
        """Change texels [n], rising, to values [n, k]; of those numbers they have beyond, nothing.

        What lies between the first and the last of them crosses to the graphics card.
        """
        if len(places) == 0:
            return
        self._staging[places, : values.shape[1]] = values
        first, last = int(places[0]) // WIDTH, rows_of(int(places[-1]) + 1)
        self.texture.write(
            self._staging[first * WIDTH : last * WIDTH], viewport=(0, first, WIDTH, last - first)
        )

    def release(self) -> None:
        self.texture.release()
