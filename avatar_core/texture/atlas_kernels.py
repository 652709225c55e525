"""Compiled loops over an atlas. Importing this module loads numba."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
from numba import types

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Int16

# What comes from files may not be written; kernels that only read say so.
CORNERS = types.Array(types.float32, 3, "C", readonly=True)
VECTORS = types.Array(types.float32, 2, "C", readonly=True)
TRIANGLES = types.Array(types.int32, 2, "C", readonly=True)
NUMBERS = types.Array(types.int32, 1, "C", readonly=True)

_BANDS = 8
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


@numba.njit(
    types.void(CORNERS, VECTORS, types.int32[:, ::1]), cache=True, nogil=True, parallel=True
)
def own_texels(corners: Float32, heights: Float32, owners: Int32) -> None:
    """The triangle of each texel whose square it touches.

    One that holds the middle of the texel wins over one that does not; among the former the
    highest, among the latter the nearest; the first where these are alike.

    Args:
        corners: [F, 3, 2] column and row.
        heights: [F, 3] of each corner, metres.
        owners: [S, S], written: triangle or -1.
    """
    size = owners.shape[0]
    for band in numba.prange(_BANDS):
        top, bottom = band * size // _BANDS, (band + 1) * size // _BANDS
        best = np.full((bottom - top, size), np.float32(-np.inf))
        owners[top:bottom] = -1
        for face in range(len(corners)):
            ax, ay = float(corners[face, 0, 0]), float(corners[face, 0, 1])
            bx, by = float(corners[face, 1, 0]), float(corners[face, 1, 1])
            cx, cy = float(corners[face, 2, 0]), float(corners[face, 2, 1])
            y0 = max(top, int(np.ceil(min(ay, by, cy) - 0.5)))
            y1 = min(bottom - 1, int(np.floor(max(ay, by, cy) + 0.5)))
            x0 = max(0, int(np.ceil(min(ax, bx, cx) - 0.5)))
            x1 = min(size - 1, int(np.floor(max(ax, bx, cx) + 0.5)))
            area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
            if abs(area) < _LEAST_AREA:
                continue
            # How far a half texel reaches over each edge, as barycentrics.
            first_slack = 0.5 * (abs(cx - bx) + abs(cy - by)) / abs(area)
            second_slack = 0.5 * (abs(ax - cx) + abs(ay - cy)) / abs(area)
            third_slack = 0.5 * (abs(bx - ax) + abs(by - ay)) / abs(area)
            for y in range(y0, y1 + 1):
                for x in range(x0, x1 + 1):
                    first, second, third = weights_at(corners, face, float(x), float(y))
                    if first < -first_slack or second < -second_slack or third < -third_slack:
                        continue
                    is_inside = first >= 0 and second >= 0 and third >= 0
                    if not is_inside:
                        first, second, third = weights_within(corners, face, float(x), float(y))
                        away_x = first * ax + second * bx + third * cx - x
                        away_y = first * ay + second * by + third * cy - y
                        score = -(away_x * away_x + away_y * away_y)
                    else:
                        score = _INSIDE + (
                            first * heights[face, 0]
                            + second * heights[face, 1]
                            + third * heights[face, 2]
                        )
                    if np.float32(score) > best[y - top, x]:
                        best[y - top, x] = score
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


@numba.njit(
    types.void(TRIANGLES, types.int64, types.int64, types.int64, types.int8[:, ::1]),
    cache=True, nogil=True,
)  # fmt: skip
def _nearest_in_columns(owners: Int32, reach: int, left: int, right: int, steps: Int16) -> None:
    """Of each texel, how many rows further down the nearest owned one is; _NONE beyond reach."""
    size = len(owners)
    since = np.full(right - left, _NONE, np.int64)
    for y in range(size):
        for x in range(left, right):
            past = 0 if owners[y, x] >= 0 else min(since[x - left] + 1, _NONE)
            since[x - left] = past
            steps[y, x] = -past if past <= reach else _NONE
    since[:] = _NONE
    for y in range(size - 1, -1, -1):
        for x in range(left, right):
            ahead = 0 if owners[y, x] >= 0 else min(since[x - left] + 1, _NONE)
            since[x - left] = ahead
            if ahead <= reach and (steps[y, x] == _NONE or ahead < -steps[y, x]):
                steps[y, x] = ahead


@numba.njit(types.int32[:, ::1](TRIANGLES, types.int64), cache=True, nogil=True, parallel=True)
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
    above = np.empty((size, size), np.int8)
    for band in numba.prange(_BANDS):
        left, right = band * size // _BANDS, (band + 1) * size // _BANDS
        _nearest_in_columns(owners, reach, left, right, above)
    nearest = np.full((size, size), -1, np.int32)
    for y in numba.prange(size):
        for x in range(size):
            if owners[y, x] >= 0:
                continue
            best = reach * reach + 1
            for step in range(-reach, reach + 1):
                column = x + step
                if column < 0 or column >= size or above[y, column] == _NONE:
                    continue
                offset = int(above[y, column])
                square = step * step + offset * offset
                if square < best:
                    best = square
                    nearest[y, x] = (y + offset) * size + column
    return nearest


@numba.njit(
    types.Tuple((types.int32[::1], types.int32[::1]))(NUMBERS, NUMBERS, NUMBERS),
    cache=True, nogil=True,
)  # fmt: skip
def bleeding(texels: Int32, sources: Int32, outside: Int32) -> tuple[Int32, Int32]:
    """Which texels outside the charts repeat some of those given.

    Args:
        texels: [n].
        sources: [B] rising, what is repeated.
        outside: [B] by what.

    Returns:
        [m] texels outside, and [m] rows of `texels` that they repeat.
    """
    starts = np.searchsorted(sources, texels)
    count = 0
    for row in range(len(texels)):
        place = starts[row]
        while place < len(sources) and sources[place] == texels[row]:
            count += 1
            place += 1
    found, rows = np.empty(count, np.int32), np.empty(count, np.int32)
    count = 0
    for row in range(len(texels)):
        place = starts[row]
        while place < len(sources) and sources[place] == texels[row]:
            found[count], rows[count] = outside[place], row
            count += 1
            place += 1
    return found, rows


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
