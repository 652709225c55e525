"""Compiled loops of repair. Importing this module loads numba."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32


@numba.njit(
    "Tuple((int64[::1], int32[::1]))(float32[:,::1], float32[:,::1], float32[:,::1], float32,"
    " float32)",
    cache=True,
    nogil=True,
)
def columns_over(
    points: Float32, spots: Float32, normals: Float32, radius_m: float, height_m: float
) -> tuple[NDArray[np.int64], Int32]:
    """Which points lie over spots of the skin.

    Args:
        points: [n, 3] metres.
        spots: [S, 3] metres.
        normals: [S, 3] unit.
        radius_m: of the column over a spot.
        height_m: of it, to both sides of the skin.

    Returns:
        [S + 1] where the column of each spot begins, and [k] the points, column by column, rising.
    """
    starts = np.zeros(len(spots) + 1, np.int64)
    found = np.empty(len(points), np.int32)
    count = 0
    reach = radius_m * radius_m + height_m * height_m
    for spot in range(len(spots)):
        for row in range(len(points)):
            x = points[row, 0] - spots[spot, 0]
            y = points[row, 1] - spots[spot, 1]
            z = points[row, 2] - spots[spot, 2]
            square = x * x + y * y + z * z
            if square >= reach:
                continue
            height = x * normals[spot, 0] + y * normals[spot, 1] + z * normals[spot, 2]
            if abs(height) >= height_m or square - height * height >= radius_m * radius_m:
                continue
            if count == len(found):
                more = np.empty(2 * count, np.int32)
                more[:count] = found
                found = more
            found[count] = row
            count += 1
        starts[spot + 1] = count
    return starts, found[:count]
