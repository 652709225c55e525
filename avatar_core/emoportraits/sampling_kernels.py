"""Compiled loops of `pose.sample_volume`. Importing this module loads numba."""

from __future__ import annotations

import numba
import numpy as np

_AT_ONCE = 128
"""Places: what is known of them stays in the nearest cache while all channels are read."""

_CORNERS = 8

# Reordered sums let the compiler use vectors.
_compiled = numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")


@_compiled
def sample(volume, grid, out, first, last):  # type: ignore[no-untyped-def]
    """Read a volume at places `first` to `last`, trilinear, zero outside.

    Args:
        volume: [C, D, H, W] float32.
        grid: [N, 3] (x, y, z) float32; -1 and 1 are the outer faces of the volume.
        out: [C, N] float32, written.
        first: place to begin with.
        last: place to stop before.
    """
    cells = volume.reshape(volume.shape[0], -1)
    at = np.empty((_CORNERS, _AT_ONCE), np.int32)
    share = np.empty((_CORNERS, _AT_ONCE), np.float32)
    for start in range(first, last, _AT_ONCE):
        count = min(_AT_ONCE, last - start)
        _corners(volume.shape, grid[start : start + count], at, share)
        for channel in range(len(cells)):
            _read(cells[channel], at, share, out[channel, start : start + count])


@_compiled
def _corners(shape, grid, at, share):  # type: ignore[no-untyped-def]
    """Which cells lie around each place, and how much of each it sees."""
    depth, height, width = shape[1:]
    for j in range(len(grid)):
        x, right, x_low, x_high = _between(grid[j, 0], width)
        y, below, y_low, y_high = _between(grid[j, 1], height)
        z, behind, z_low, z_high = _between(grid[j, 2], depth)
        for k in range(_CORNERS):
            column = right if k & 1 else x
            row = below if k & 2 else y
            layer = behind if k & 4 else z
            at[k, j] = (layer * height + row) * width + column
            of_row = (x_high if k & 1 else x_low) * (y_high if k & 2 else y_low)
            share[k, j] = of_row * (z_high if k & 4 else z_low)


@_compiled
def _between(place, count):  # type: ignore[no-untyped-def]
    """Cells below and above a place on an axis, and its share of each; none of what is outside."""
    cell = ((place + np.float32(1)) * count - np.float32(1)) * np.float32(0.5)
    # Far outside is as good as just outside, and fits into an integer.
    cell = min(max(cell, np.float32(-1)), np.float32(count))
    low = int(np.floor(cell))
    above = np.float32(cell - low)
    low_share = np.float32(1) - above if 0 <= low < count else np.float32(0)
    high_share = above if 0 <= low + 1 < count else np.float32(0)
    last = count - 1
    return min(max(low, 0), last), min(max(low + 1, 0), last), low_share, high_share


@_compiled
def _read(cells, at, share, out):  # type: ignore[no-untyped-def]
    for j in range(len(out)):
        out[j] = (
            cells[at[0, j]] * share[0, j]
            + cells[at[1, j]] * share[1, j]
            + cells[at[2, j]] * share[2, j]
            + cells[at[3, j]] * share[3, j]
            + cells[at[4, j]] * share[4, j]
            + cells[at[5, j]] * share[5, j]
            + cells[at[6, j]] * share[6, j]
            + cells[at[7, j]] * share[7, j]
        )
