"""Compiled averages over scattered places. Importing this module loads numba."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
from numba import types

from avatar_core.texture.atlas_kernels import NUMBERS, VECTORS

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32

_CORNER = types.Array(types.float32, 1, "C", readonly=True)


@numba.njit(
    types.float32[:, ::1](VECTORS, VECTORS, NUMBERS, _CORNER, types.int64, types.float64, VECTORS,
                          types.float64),
    cache=True, nogil=True,
)  # fmt: skip
def gaussian_means(
    places: Float32,
    values: Float32,
    starts: Int32,
    low: Float32,
    columns: int,
    side: float,
    wanted: Float32,
    width: float,
) -> Float32:
    """Means of values around places, see `scattered.averaged`; nan where nothing is near.

    Args:
        places: [n, 2] in the order of their cells.
        values: [n, k].
        starts: [cells + 1] where each cell's begin.
        low: [2] corner of the first cell.
        columns: cells side by side.
        side: of a cell.
        wanted: [m, 2].
        width: standard deviation; cells are three wide.
    """
    count = values.shape[1]
    means = np.empty((len(wanted), count), np.float32)
    lines = (len(starts) - 1) // columns
    sums = np.empty(count)
    for row in range(len(wanted)):
        x, y = float(wanted[row, 0]), float(wanted[row, 1])
        column, line = int(np.floor((x - low[0]) / side)), int(np.floor((y - low[1]) / side))
        total = 0.0
        sums[:] = 0.0
        for down in range(max(line - 1, 0), min(line + 2, lines)):
            first, last = max(column - 1, 0), min(column + 1, columns - 1)
            if first > last:
                continue
            for index in range(starts[down * columns + first], starts[down * columns + last + 1]):
                square = (places[index, 0] - x) ** 2 + (places[index, 1] - y) ** 2
                if square > side * side:
                    continue
                weight = np.exp(-0.5 * square / (width * width))
                total += weight
                for channel in range(count):
                    sums[channel] += weight * values[index, channel]
        for channel in range(count):
            means[row, channel] = sums[channel] / total if total > 0 else np.nan
    return means
