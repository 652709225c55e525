"""Compiled flood over neighbouring Gaussians. Importing this module loads numba."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numba import types

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Float64

_WORTH_IT = 0.02
"""A way to a Gaussian known already is followed only if it is better by this."""

# What comes from files may not be written; kernels that only read say so.
_VECTORS = types.Array(types.float32, 2, "C", readonly=True)
_ROWS = types.Array(types.int32, 2, "C", readonly=True)
_FLAGS = types.Array(types.boolean, 1, "C", readonly=True)
_COLOUR = types.Array(types.float32, 1, "C", readonly=True)
_NUMBERS = types.float32[::1]
_MATRICES = types.float64[:, :, ::1]


@numba.njit(
    types.float64(_VECTORS, _VECTORS, _NUMBERS, types.float64[::1], types.int64, types.int64,
                  types.float64[::1]),
    cache=True, nogil=True,
)  # fmt: skip
def _misfit(
    means: Float32,
    tangents: Float32,
    limits: Float32,
    aside_of_row: Float64,
    row: int,
    other: int,
    aside: Float64,
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


@numba.njit(types.float64(_COLOUR, _MATRICES, types.float64[::1]), cache=True, nogil=True)
def lab_distance(colour: Float32, matrices: Float64, lab: Float64) -> float:
    """How far a colour [3], display RGB, is from an OKLab one; twin of `colour.oklab_from_srgb`.

    Args:
        colour: [3].
        matrices: [2, 3, 3] cones from linear RGB, and OKLab from the cones' cube roots.
        lab: [3].
    """
    linear, square = np.empty(3), 0.0
    for each in range(3):
        size = abs(colour[each])
        value = size / 12.92 if size <= 0.04045 else ((size + 0.055) / 1.055) ** 2.4
        linear[each] = np.copysign(value, colour[each])
    roots = np.empty(3)
    for each in range(3):
        roots[each] = np.cbrt((matrices[0, each] * linear).sum())
    for each in range(3):
        square += ((matrices[1, each] * roots).sum() - lab[each]) ** 2
    distance: float = np.sqrt(square)
    return distance


@numba.njit(
    _NUMBERS(_ROWS, _VECTORS, _VECTORS, _VECTORS, _FLAGS, types.int64, _NUMBERS, _MATRICES,
             types.float64[::1]),
    cache=True, nogil=True,
)  # fmt: skip
def flood(
    neighbours: Int32,
    means: Float32,
    tangents: Float32,
    colours: Float32,
    mask: NDArray[np.bool_],
    seed: int,
    limits: Float32,
    matrices: Float64,
    lab: Float64,
) -> Float32:
    """[M] how far each Gaussian is from belonging to the seed's lock: 0 at the seed, 1 beyond.

    A way through the hair is as bad as its worst spot; each Gaussian counts the best way to it.

    Args:
        neighbours: [M, k] whom each leads to.
        means: [M, 3] metres.
        tangents: [M, 3] unit.
        colours: [M, 3] display RGB; only those that are reached are looked at.
        mask: [M] who may take part.
        seed: row to begin with.
        limits: [4] a turn between two, as one less its cosine; a step, metres; how far to the side
            of the seed's strand, metres; how far in OKLab from the lock's colour.
        matrices: [2, 3, 3] see `lab_distance`.
        lab: [3] the lock's colour.
    """
    count = len(means)
    far, unlike = np.ones(count, np.float32), np.full(count, -1, np.float32)
    asides, aside = np.zeros((count, 3)), np.zeros(3)
    is_done = np.zeros(count, np.bool_)
    far[seed], unlike[seed] = 0, 0
    heap: list[tuple[float, Any]] = [(0.0, np.int64(seed))]
    while len(heap) > 0:
        _, row = heapq.heappop(heap)
        if is_done[row]:
            continue
        is_done[row] = True
        for other in neighbours[row]:
            if is_done[other] or not mask[other] or far[row] >= far[other] - _WORTH_IT:
                continue
            if unlike[other] < 0:
                unlike[other] = lab_distance(colours[other], matrices, lab) / limits[3]
            worst = _misfit(means, tangents, limits, asides[row], row, other, aside)
            worst = max(worst, far[row], unlike[other])
            if worst < far[other] - (_WORTH_IT if far[other] < 1 else 0.0):
                far[other], asides[other] = worst, aside
                heapq.heappush(heap, (worst, np.int64(other)))
    # Whom nobody counts among the nearest, such as Gaussians that were added, asks around.
    for other in range(count):
        if is_done[other] or not mask[other]:
            continue
        for row in neighbours[other]:
            if is_done[row]:
                if unlike[other] < 0:
                    unlike[other] = lab_distance(colours[other], matrices, lab) / limits[3]
                worst = _misfit(means, tangents, limits, asides[row], row, other, aside)
                far[other] = min(far[other], max(worst, far[row], unlike[other]))
    return far
