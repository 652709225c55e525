"""Triangle meshes: normals, grids, barycentrics, orientation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float, Int

_FLAT_AREA = 1e-12


def vertex_normals(vertices: Float, triangles: Int) -> Float:
    """Area-weighted unit normals [V, 3]; zero where no triangle is."""
    corners = vertices[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sums = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(sums, triangles[:, k], normals)
    return sums / (np.linalg.norm(sums, axis=1, keepdims=True) + 1e-12)


def grid_triangles(rows: int, columns: int) -> Int:
    """[F, 3] triangles of a tube: a row-major vertex grid whose last column meets the first."""
    row, column = np.divmod(np.arange((rows - 1) * columns), columns)
    beside = (column + 1) % columns
    a, b = row * columns + column, row * columns + beside
    opposite, below = b + columns, a + columns
    triangles: Int = np.stack([a, b, opposite, a, opposite, below], 1).reshape(-1, 3)
    return triangles


def outward(vertices: Float, triangles: Int, block: int) -> Int:
    """Triangles with outward normals.

    Args:
        vertices: [N, 3]; every `block` consecutive ones form a closed piece.
        triangles: [F, 3], consistently oriented within each piece.
        block: vertices in a piece.
    """
    turned = triangles.copy()
    for start in range(0, len(vertices), block):
        mine = (triangles[:, 0] >= start) & (triangles[:, 0] < start + block)
        corners = vertices[triangles[mine]] - vertices[start : start + block].mean(0)
        volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum()
        if volume < 0:
            turned[mine] = triangles[mine][:, ::-1]
    return turned


def planar_barycentrics(point: Float, corners: Float) -> Float:
    """Weights [F, 3] of a point [2] in triangles [F, 3, 2]; all in 0..1 where it lies inside."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    area = (b[:, 1] - c[:, 1]) * (a[:, 0] - c[:, 0]) + (c[:, 0] - b[:, 0]) * (a[:, 1] - c[:, 1])
    area = np.where(np.abs(area) < _FLAT_AREA, _FLAT_AREA, area)
    x, y = point[0] - c[:, 0], point[1] - c[:, 1]
    u = ((b[:, 1] - c[:, 1]) * x + (c[:, 0] - b[:, 0]) * y) / area
    v = ((c[:, 1] - a[:, 1]) * x + (a[:, 0] - c[:, 0]) * y) / area
    return np.stack([u, v, 1 - u - v], 1)
