"""Compiled flood over neighbouring Gaussians. Importing this module loads numba."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
from numba import types

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32

_WORTH_IT = 0.02
"""A way to a Gaussian known already is followed only if it is better by this."""

# What comes from files may not be written; kernels that only read say so.
_VECTORS = types.Array(types.float32, 2, "C", readonly=True)
_ROWS = types.Array(types.int32, 2, "C", readonly=True)
_FLAGS = types.Array(types.boolean, 1, "C", readonly=True)
_NUMBERS = types.float32[::1]


@numba.njit(
    types.float64(_VECTORS, _VECTORS, _NUMBERS, types.float64[::1], types.int64, types.int64,
                  types.float64[::1]),
    cache=True, nogil=True,
)  # fmt: skip
def _misfit(
    means: Float32,
    tangents: Float32,
    limits: Float32,
    aside_of_row: NDArray[np.float64],
    row: int,
    other: int,
    aside: NDArray[np.float64],
) -> float:
    """How ill `other` follows `row`, 1 at the limits; writes how far it is aside, [3]."""
    alike, along, square, norm = 0.0, 0.0, 0.0, 0.0
    for axis in range(3):
        step = means[other, axis] - means[row, axis]
        middle = tangents[other, axis] + tangents[row, axis]
        alike += tangents[other, axis] * tangents[row, axis]
        along += step * middle
        square += step * step
        norm += middle * middle
    along /= max(norm, 1e-9)
    aside_square = 0.0
    for axis in range(3):
        step = means[other, axis] - means[row, axis]
        middle = tangents[other, axis] + tangents[row, axis]
        aside[axis] = aside_of_row[axis] + step - along * middle
        aside_square += aside[axis] ** 2
    worst: float = max(
        (1 - alike) / limits[0], np.sqrt(square) / limits[1], np.sqrt(aside_square) / limits[2]
    )
    return worst


@numba.njit(
    _NUMBERS(_ROWS, _VECTORS, _VECTORS, _NUMBERS, _FLAGS, types.int64, _NUMBERS),
    cache=True, nogil=True,
)  # fmt: skip
def flood(
    neighbours: Int32,
    means: Float32,
    tangents: Float32,
    unlike: Float32,
    mask: NDArray[np.bool_],
    seed: int,
    limits: Float32,
) -> Float32:
    """[M] how far each Gaussian is from belonging to the seed's lock: 0 at the seed, 1 beyond.

    A way through the hair is as bad as its worst spot; each Gaussian counts the best way to it.

    Args:
        neighbours: [M, k] whom each leads to.
        means: [M, 3] metres.
        tangents: [M, 3] unit.
        unlike: [M] 0..1 and beyond, how little each looks like the seed.
        mask: [M] who may take part.
        seed: row to begin with.
        limits: [3] a turn between two, as one less its cosine; a step, metres; how far to the side
            of the seed's strand, metres.
    """
    count = len(means)
    far = np.ones(count, np.float32)
    asides = np.zeros((count, 3), np.float64)
    aside = np.zeros(3, np.float64)
    queue = np.empty(count, np.int64)
    is_queued = np.zeros(count, np.bool_)
    first, waiting = 0, 1
    queue[0], far[seed], is_queued[seed] = seed, 0, True
    while waiting > 0:
        row = queue[first]
        first = (first + 1) % count
        waiting -= 1
        is_queued[row] = False
        for other in neighbours[row]:
            least = max(far[row], unlike[other])
            if not mask[other] or least >= min(1.0, far[other] - _WORTH_IT):
                continue
            worst = max(least, _misfit(means, tangents, limits, asides[row], row, other, aside))
            if worst >= min(1.0, far[other] - _WORTH_IT):
                continue
            far[other] = worst
            asides[other] = aside
            if not is_queued[other]:
                is_queued[other] = True
                queue[(first + waiting) % count] = other
                waiting += 1
    # Whom nobody counts among the nearest, such as Gaussians that were added, asks around.
    reached = far < 1
    for other in range(count):
        if reached[other] or not mask[other]:
            continue
        for row in neighbours[other]:
            least = max(far[row], unlike[other])
            if reached[row] and least < far[other]:
                worst = max(least, _misfit(means, tangents, limits, asides[row], row, other, aside))
                far[other] = min(far[other], worst)
    return far
