"""Values between scattered places: what brushes carry from one part of the skin to another.

Places are [n, 2] within a brush, as in `Stamp.places`, so nothing here knows of charts and seams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32

SHARP = 0.3
"""Times the distance between texels: a width that hardly blurs."""


def averaged(places: Float32, values: Float32, wanted: Float32, width: float) -> Float32:
    """[m, k] values at wanted places [m, 2]: averages of [n, k] at places [n, 2].

    Weighted by a Gaussian (Nadaraya 1964, Watson 1964); where nothing is within three widths, the
    nearest; where one is right there, that one alone if the width is small against the distances.

    Args:
        places: [n, 2], n >= 1.
        values: [n, k].
        wanted: [m, 2].
        width: standard deviation, above 0.
    """
    from avatar_core.texture.scattered_kernels import gaussian_means

    expect_shapes(places=(places, "n 2"), values=(values, "n k"), wanted=(wanted, "m 2"))
    near, starts, grid = _binned(places, 3 * width)
    means: Float32 = gaussian_means(
        np.ascontiguousarray(places[near]), np.ascontiguousarray(values[near], np.float32), starts,
        grid[:2], int(grid[2]), 3 * width, np.ascontiguousarray(wanted, np.float32), width,
    )  # fmt: skip
    rest = np.flatnonzero(np.isnan(means[:, 0])).astype(np.int32)
    if len(rest):
        means[rest] = values[nearest(places, wanted[rest])]
    return means


def nearest(places: Float32, wanted: Float32) -> Int32:
    """[m] rows of the places [n, 2] that are nearest to wanted ones [m, 2]; n >= 1."""
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(places).query(wanted)[1]).astype(np.int32)


def _binned(places: Float32, side: float) -> tuple[Int32, Int32, Float32]:
    """Rows in the order of square cells, where each cell's begin, and lowest corner and columns."""
    low = places.min(axis=0)
    cells = np.floor((places - low) / np.float32(side)).astype(np.int64)
    columns, lines = cells.max(axis=0) + 1
    numbers = cells[:, 1] * columns + cells[:, 0]
    order = np.argsort(numbers, kind="stable").astype(np.int32)
    starts = np.searchsorted(numbers[order], np.arange(columns * lines + 1)).astype(np.int32)
    return order, starts, np.array([*low, columns], np.float32)
