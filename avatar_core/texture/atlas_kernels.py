"""Compiled loops over an atlas. Importing this module loads numba."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
from numba import types

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32

# What comes from files may not be written; kernels that only read say so.
CORNERS = types.Array(types.float32, 3, "C", readonly=True)
VECTORS = types.Array(types.float32, 2, "C", readonly=True)
TRIANGLES = types.Array(types.int32, 2, "C", readonly=True)
NUMBERS = types.Array(types.int32, 1, "C", readonly=True)

_LEAST_AREA = 1e-7
"""Twice the area of a triangle below which it owns no texel, square texels."""

_INSIDE = 1000.0
"""More than any height, so that a triangle around a middle wins over one beside it."""

_NONE = 127


@numba.njit(
    types.UniTuple(types.float64, 3)(CORNERS, types.int64, types.float64, types.float64),
    cache=True, nogil=True,
)  # fmt: skip
def weights_at(corners: Float32, face: int, x: float, y: float) -> tuple[float, float, float]:
    """Barycentrics of a triangle at a place of the atlas; negative beside it."""
    ax, ay = float(corners[face, 0, 0]), float(corners[face, 0, 1])
    bx, by = float(corners[face, 1, 0]), float(corners[face, 1, 1])
    cx, cy = float(corners[face, 2, 0]), float(corners[face, 2, 1])
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if abs(area) < _LEAST_AREA:
        return 1.0, 0.0, 0.0
    first = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
    second = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
    return first, second, 1.0 - first - second


@numba.njit(
    types.UniTuple(types.float64, 3)(CORNERS, types.int64, types.float64, types.float64),
    cache=True, nogil=True,
)  # fmt: skip
def weights_within(corners: Float32, face: int, x: float, y: float) -> tuple[float, float, float]:
    """Barycentrics of the place of a triangle that is nearest to one of the atlas."""
    first, second, third = weights_at(corners, face, x, y)
    if first >= 0 and second >= 0 and third >= 0:
        return first, second, third
    best, which, along = np.inf, 0, 0.0
    for edge in range(3):
        after = (edge + 1) % 3
        ax, ay = float(corners[face, edge, 0]), float(corners[face, edge, 1])
        dx, dy = corners[face, after, 0] - ax, corners[face, after, 1] - ay
        length = max(dx * dx + dy * dy, 1e-30)
        share = min(max(((x - ax) * dx + (y - ay) * dy) / length, 0.0), 1.0)
        square = (ax + share * dx - x) ** 2 + (ay + share * dy - y) ** 2
        if square < best:
            best, which, along = square, edge, share
    if which == 0:
        return 1.0 - along, along, 0.0
    if which == 1:
        return 0.0, 1.0 - along, along
    return along, 0.0, 1.0 - along


@numba.njit(types.void(CORNERS, VECTORS, types.int32[:, ::1]), cache=True, nogil=True)
def own_texels(corners: Float32, heights: Float32, owners: Int32) -> None:
    """The triangle of each texel whose square it touches.

    One that holds the middle of the texel wins over one that does not; among the former the
    highest, among the latter the nearest; the first where these are alike.

    Args:
        corners: [F, 3, 2] column and row.
        heights: [F, 3] of each corner, metres.
        owners: [S, S], written: triangle or -1.
    """
    size = len(owners)
    best = np.full((size, size), np.float32(-np.inf))
    owners[:] = -1
    for face in range(len(corners)):
        ax, ay = float(corners[face, 0, 0]), float(corners[face, 0, 1])
        bx, by = float(corners[face, 1, 0]), float(corners[face, 1, 1])
        cx, cy = float(corners[face, 2, 0]), float(corners[face, 2, 1])
        area = abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))
        if area < _LEAST_AREA:
            continue
        # How far a texel's square reaches over each edge, as barycentrics.
        first_slack = 0.5 * (abs(cx - bx) + abs(cy - by)) / area
        second_slack = 0.5 * (abs(ax - cx) + abs(ay - cy)) / area
        third_slack = 0.5 * (abs(bx - ax) + abs(by - ay)) / area
        top = max(0, int(np.ceil(min(ay, by, cy) - 0.5)))
        left = max(0, int(np.ceil(min(ax, bx, cx) - 0.5)))
        for y in range(top, min(size, int(np.floor(max(ay, by, cy) + 1.5)))):
            for x in range(left, min(size, int(np.floor(max(ax, bx, cx) + 1.5)))):
                first, second, third = weights_at(corners, face, float(x), float(y))
                if first < -first_slack or second < -second_slack or third < -third_slack:
                    continue
                if first >= 0 and second >= 0 and third >= 0:
                    score = _INSIDE + first * heights[face, 0]
                    score += second * heights[face, 1] + third * heights[face, 2]
                else:
                    first, second, third = weights_within(corners, face, float(x), float(y))
                    away_x = first * ax + second * bx + third * cx - x
                    away_y = first * ay + second * by + third * cy - y
                    score = -(away_x * away_x + away_y * away_y)
                if np.float32(score) > best[y, x]:
                    best[y, x] = score
                    owners[y, x] = face


@numba.njit(
    types.Tuple((types.int32[::1], types.int32[::1]))(TRIANGLES, types.int64),
    cache=True, nogil=True,
)  # fmt: skip
def by_owner(owners: Int32, count: int) -> tuple[Int32, Int32]:
    """Texels [T] of all triangles, triangle by triangle, and where each one's begin [count + 1]."""
    starts = np.zeros(count + 1, np.int32)
    flat = owners.ravel()
    for texel in range(len(flat)):
        if flat[texel] >= 0:
            starts[flat[texel] + 1] += 1
    for face in range(count):
        starts[face + 1] += starts[face]
    texels = np.empty(starts[count], np.int32)
    filled = starts[:-1].copy()
    for texel in range(len(flat)):
        face = flat[texel]
        if face >= 0:
            texels[filled[face]] = texel
            filled[face] += 1
    return texels, starts


@numba.njit(types.int32[:, ::1](TRIANGLES, types.int64), cache=True, nogil=True)
def nearest_owned(owners: Int32, reach: int) -> Int32:
    """[S, S] of each texel that no triangle owns, the nearest owned one within reach; else -1.

    Args:
        owners: [S, S] triangle or -1.
        reach: texels, at most 100.

    Source:
        Meijster et al. 2000, "A general algorithm for computing distance transforms in linear
        time": the nearest along columns first, then along rows.
    """
    size = len(owners)
    down = np.empty((size, size), np.int8)
    since = np.full(size, _NONE, np.int64)
    for y in range(size):
        for x in range(size):
            since[x] = 0 if owners[y, x] >= 0 else min(since[x] + 1, _NONE)
            down[y, x] = -since[x] if since[x] <= reach else _NONE
    since[:] = _NONE
    for y in range(size - 1, -1, -1):
        for x in range(size):
            since[x] = 0 if owners[y, x] >= 0 else min(since[x] + 1, _NONE)
            if since[x] <= reach and (down[y, x] == _NONE or since[x] < -down[y, x]):
                down[y, x] = since[x]
    nearest = np.full((size, size), -1, np.int32)
    for y in range(size):
        for x in range(size):
            if owners[y, x] >= 0:
                continue
            best = reach * reach + 1
            for column in range(max(x - reach, 0), min(x + reach + 1, size)):
                offset = int(down[y, column])
                square = (column - x) * (column - x) + offset * offset
                if offset != _NONE and square < best:
                    best = square
                    nearest[y, x] = (y + offset) * size + column
    return nearest


@numba.njit(types.void(CORNERS, TRIANGLES, NUMBERS, types.float32[:, ::1]), cache=True, nogil=True)
def fill_weights(corners: Float32, owners: Int32, texels: Int32, weights: Float32) -> None:
    """Barycentrics [n, 3], written, of texels [n] within the triangles that own them."""
    size = len(owners)
    for row in range(len(texels)):
        y, x = divmod(texels[row], size)
        face = owners[y, x]
        if face < 0:
            weights[row] = 0
            continue
        first, second, third = weights_within(corners, face, float(x), float(y))
        weights[row, 0], weights[row, 1], weights[row, 2] = first, second, third
