"""Triangles between rows of vertices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Int32
    from avatar_core.geometry.shapes import AnyArray


def strip_triangles(grid: AnyArray) -> Int32:
    """Two triangles in each cell of a grid of vertices.

    Args:
        grid: [R, C] numbers of the vertices.

    Returns:
        [2 (R - 1) (C - 1), 3].
    """
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, :-1], grid[1:, 1:]
    triangles = np.concatenate([np.stack([a, b, c], -1), np.stack([c, b, d], -1)], -1)
    return triangles.reshape(-1, 3).astype(np.int32)
