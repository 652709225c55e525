"""Compiled looks at hair and head from a camera. Importing this module loads numba."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
from numba import types

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32, UInt8
    from avatar_core.geometry.shapes import Float64

# What comes from files may not be written; kernels that only read say so.
_VECTORS = types.Array(types.float32, 2, "C", readonly=True)
_NUMBERS = types.Array(types.float32, 1, "C", readonly=True)
_FACES = types.Array(types.int32, 2, "C", readonly=True)
_FLAGS = types.Array(types.uint8, 1, "C", readonly=True)
_VECTOR = types.float64[::1]
_MATRIX = types.float64[:, ::1]


@numba.njit(
    types.UniTuple(types.float64, 3)(_MATRIX, types.float64, types.float64, types.float64),
    cache=True, nogil=True,
)  # fmt: skip
def _pixel(matrix: Float64, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Column, row and depth of a point under [3, 4] pixels from world; depth 0 behind the eye."""
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2] * z + matrix[2, 3]
    if depth <= 1e-9:
        return 0.0, 0.0, 0.0
    column = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] * z + matrix[0, 3]
    row = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] * z + matrix[1, 3]
    return column / depth, row / depth, depth


@numba.njit(
    types.Tuple((types.int32[::1], types.float32[::1], types.float32[::1]))(
        _VECTORS, _FLAGS, types.int64, _MATRIX, _VECTOR, types.float64, types.float64
    ),
    cache=True, nogil=True,
)  # fmt: skip
def near_pixel(
    means: Float32,
    flags: UInt8,
    unseen: int,
    matrix: Float64,
    pixel: Float64,
    radius_px: float,
    nearest_m: float,
) -> tuple[Int32, Float32, Float32]:
    """Points close to a pixel: their rows, their distances from it in pixels, their depths.

    Args:
        means: [N, 3].
        flags: [N].
        unseen: bits of flags that leave a point out.
        matrix: [3, 4] pixels from world, homogeneous.
        pixel: [2] column and row.
        radius_px: how close.
        nearest_m: least depth.
    """
    count = len(means)
    rows = np.empty(count, np.int32)
    away, depths = np.empty(count, np.float32), np.empty(count, np.float32)
    found = 0
    for index in range(count):
        x, y, depth = _pixel(matrix, means[index, 0], means[index, 1], means[index, 2])
        square = (x - pixel[0]) ** 2 + (y - pixel[1]) ** 2
        if depth < nearest_m or square > radius_px * radius_px or flags[index] & unseen:
            continue
        rows[found], away[found], depths[found] = index, np.sqrt(square), depth
        found += 1
    return rows[:found].copy(), away[:found].copy(), depths[:found].copy()


@numba.njit(
    types.Tuple((types.int64, types.float64))(_VECTOR, _VECTOR, _VECTORS, _FACES),
    cache=True, nogil=True,
)  # fmt: skip
def first_face(
    origin: Float64, direction: Float64, vertices: Float32, faces: Int32
) -> tuple[int, float]:
    """The first triangle that a ray meets, from either side, and how far along; -1 for none.

    Args:
        origin: [3].
        direction: [3] unit.
        vertices: [V, 3].
        faces: [F, 3].

    Source:
        Möller and Trumbore 1997, "Fast, Minimum Storage Ray/Triangle Intersection".
    """
    best, nearest = -1, np.inf
    dx, dy, dz = direction[0], direction[1], direction[2]
    for index in range(len(faces)):
        a, b, c = faces[index, 0], faces[index, 1], faces[index, 2]
        ax, ay, az = vertices[a, 0], vertices[a, 1], vertices[a, 2]
        ux, uy, uz = vertices[b, 0] - ax, vertices[b, 1] - ay, vertices[b, 2] - az
        vx, vy, vz = vertices[c, 0] - ax, vertices[c, 1] - ay, vertices[c, 2] - az
        px, py, pz = dy * vz - dz * vy, dz * vx - dx * vz, dx * vy - dy * vx
        volume = ux * px + uy * py + uz * pz
        if abs(volume) < 1e-15:
            continue
        ox, oy, oz = origin[0] - ax, origin[1] - ay, origin[2] - az
        u = (ox * px + oy * py + oz * pz) / volume
        if u < 0 or u > 1:
            continue
        qx, qy, qz = oy * uz - oz * uy, oz * ux - ox * uz, ox * uy - oy * ux
        v = (dx * qx + dy * qy + dz * qz) / volume
        if v < 0 or u + v > 1:
            continue
        along = (vx * qx + vy * qy + vz * qz) / volume
        if 0 < along < nearest:
            best, nearest = index, along
    return best, nearest


@numba.njit(
    types.float64[:, ::1](_VECTORS, _FACES, _MATRIX, types.int64, types.int64, types.float64),
    cache=True, nogil=True,
)  # fmt: skip
def _surface(
    vertices: Float32, faces: Int32, matrix: Float64, columns: int, rows: int, nearest_m: float
) -> Float64:
    """[rows, columns] depths of the foremost triangle at the middle of each cell."""
    depths = np.full((rows, columns), np.inf)
    placed = np.empty((len(vertices), 3))
    for index in range(len(vertices)):
        placed[index] = _pixel(matrix, vertices[index, 0], vertices[index, 1], vertices[index, 2])
    for index in range(len(faces)):
        a, b, c = placed[faces[index, 0]], placed[faces[index, 1]], placed[faces[index, 2]]
        if min(a[2], b[2], c[2]) < nearest_m:
            continue
        area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
        if abs(area) < 1e-12:
            continue
        top = max(int(np.ceil(min(a[1], b[1], c[1]) - 0.5)), 0)
        bottom = min(int(np.floor(max(a[1], b[1], c[1]) - 0.5)), rows - 1)
        left = max(int(np.ceil(min(a[0], b[0], c[0]) - 0.5)), 0)
        right = min(int(np.floor(max(a[0], b[0], c[0]) - 0.5)), columns - 1)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                x, y = column + 0.5, row + 0.5
                u = ((x - a[0]) * (c[1] - a[1]) - (y - a[1]) * (c[0] - a[0])) / area
                v = ((b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])) / area
                if u >= 0 and v >= 0 and u + v <= 1:
                    depth = a[2] + u * (b[2] - a[2]) + v * (c[2] - a[2])
                    depths[row, column] = min(depths[row, column], depth)
    return depths


@numba.njit(
    types.boolean[::1](
        _VECTORS, _NUMBERS, _FLAGS, types.int64, _VECTORS, _FACES, _MATRIX, types.int64,
        types.int64, types.float64, types.float64,
    ),
    cache=True, nogil=True,
)  # fmt: skip
def seen_from(
    means: Float32,
    opacities: Float32,
    flags: UInt8,
    unseen: int,
    vertices: Float32,
    faces: Int32,
    matrix: Float64,
    columns: int,
    rows: int,
    nearest_m: float,
    tolerance_m: float,
) -> np.ndarray:
    """[N] which points lie foremost in a coarse picture.

    Args:
        means: [N, 3].
        opacities: [N] the faint hide nothing.
        flags: [N].
        unseen: bits of flags that leave a point out.
        vertices: [V, 3] of what hides points too.
        faces: [F, 3] of it.
        matrix: [3, 4] cells from world, homogeneous.
        columns: of the picture.
        rows: of the picture.
        nearest_m: least depth.
        tolerance_m: how far behind the foremost one is still seen.
    """
    count = len(means)
    hair = np.full((rows, columns), np.inf)
    cells, depths = np.full((count, 2), -1, np.int32), np.empty(count)
    for index in range(count):
        x, y, depth = _pixel(matrix, means[index, 0], means[index, 1], means[index, 2])
        if depth < nearest_m or flags[index] & unseen:
            continue
        if x < 0 or y < 0 or x >= columns or y >= rows:
            continue
        cells[index, 0], cells[index, 1], depths[index] = int(y), int(x), depth
        if opacities[index] > 0.2:
            hair[int(y), int(x)] = min(hair[int(y), int(x)], depth)
    head = _surface(vertices, faces, matrix, columns, rows, nearest_m)
    seen = np.zeros(count, np.bool_)
    for index in range(count):
        row, column = cells[index]
        if row < 0 or depths[index] > head[row, column] + tolerance_m:
            continue
        foremost = np.inf
        for i in range(max(row - 1, 0), min(row + 2, rows)):
            for j in range(max(column - 1, 0), min(column + 2, columns)):
                foremost = min(foremost, hair[i, j])
        seen[index] = depths[index] <= foremost + tolerance_m
    return seen
