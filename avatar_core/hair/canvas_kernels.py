"""Compiled loops of `canvas`. Importing this module loads numba."""

from __future__ import annotations

import numba

_ROWS, _TABLE = "int32[::1]", "float32[:,::1]"


@numba.njit(
    f"void({_ROWS}, {_TABLE}, float32, {_TABLE}, {_TABLE}, {_TABLE})", cache=True, nogil=True
)
def move(rows, places, share, own, offsets, means):  # type: ignore[no-untyped-def]
    """Put rows of `means` [M, 3] at `places` [n, 3], and write down by how much.

    Args:
        rows: [n].
        places: [n, 3] metres.
        share: of a layer that counts.
        own: [M, 3] offsets of the layer.
        offsets: [M, 3] from the hairstyle.
        means: [M, 3] where Gaussians are.
    """
    for index in range(len(rows)):
        row = rows[index]
        for axis in range(3):
            delta = places[index, axis] - means[row, axis]
            own[row, axis] += delta / share
            offsets[row, axis] += delta
            means[row, axis] = places[index, axis]


@numba.njit(f"void({_ROWS}, {_TABLE}, {_TABLE})", cache=True, nogil=True)
def turn(rows, turns, quats):  # type: ignore[no-untyped-def]
    """Follow rows of `quats` [M, 4] by turns [n, 4], wxyz."""
    for index in range(len(rows)):
        row = rows[index]
        aw, ax, ay, az = turns[index]
        bw, bx, by, bz = quats[row]
        quats[row, 0] = aw * bw - ax * bx - ay * by - az * bz
        quats[row, 1] = aw * bx + ax * bw + ay * bz - az * by
        quats[row, 2] = aw * by - ax * bz + ay * bw + az * bx
        quats[row, 3] = aw * bz + ax * by - ay * bx + az * bw
