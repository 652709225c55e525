"""Compiled loops of growing hair. Importing this module loads numba."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32


@numba.njit(cache=True, nogil=True, inline="always")
def _place(
    nodes: Float32, arcs_m: Float32, starts: Float32, ends: Float32, guide: int, arc: float
) -> tuple[float, float, float]:
    """The place at a distance along a guide; straight on beyond both ends."""
    last = nodes.shape[1] - 1
    # Nodes lie about evenly.
    guess = last * arc / max(arcs_m[guide, last], 1e-9)
    segment = int(min(max(guess, 0.0), max(last - 1, 0)))
    while segment > 0 and arcs_m[guide, segment] > arc:
        segment -= 1
    while segment < last - 1 and arcs_m[guide, segment + 1] <= arc:
        segment += 1
    after = min(segment + 1, last)
    start = arcs_m[guide, segment]
    t = min(max((arc - start) / max(arcs_m[guide, after] - start, 1e-9), 0.0), 1.0)
    beyond, below = max(arc - arcs_m[guide, last], 0.0), min(arc, 0.0)
    x = (1 - t) * nodes[guide, segment, 0] + t * nodes[guide, after, 0]
    y = (1 - t) * nodes[guide, segment, 1] + t * nodes[guide, after, 1]
    z = (1 - t) * nodes[guide, segment, 2] + t * nodes[guide, after, 2]
    return (
        x + beyond * ends[guide, 0] + below * starts[guide, 0],
        y + beyond * ends[guide, 1] + below * starts[guide, 1],
        z + beyond * ends[guide, 2] + below * starts[guide, 2],
    )


@numba.njit(
    "int32[::1](int32[:,::1], float32[:,::1], boolean[::1], boolean[::1])", cache=True, nogil=True
)
def led_rows(
    guide_ids: Int32, shares: Float32, chosen: NDArray[np.bool_], allowed: NDArray[np.bool_]
) -> Int32:
    """[n] rows, rising, of Gaussians [M] that are allowed and follow a chosen guide [G]."""
    rows = np.empty(len(guide_ids), np.int32)
    count = 0
    for row in range(len(guide_ids)):
        if not allowed[row]:
            continue
        for slot in range(guide_ids.shape[1]):
            if chosen[guide_ids[row, slot]] and shares[row, slot] > 0:
                rows[count] = row
                count += 1
                break
    return rows[:count].copy()


@numba.njit(
    "void(int32[::1], int32[:,::1], float32[:,::1], float32[:,::1], float32[::1], float32[::1],"
    " float32[:,::1], float32[:,:,::1], float32[:,::1], float32[:,::1], float32[:,::1], int64,"
    " float32, float32[:,:,::1], float32[:,:,::1], float32[:,::1])",
    cache=True,
    nogil=True,
)
def stretched(
    rows: Int32,
    guide_ids: Int32,
    places: Float32,
    shares: Float32,
    mask: Float32,
    lengths_m: Float32,
    factors: Float32,
    nodes: Float32,
    arcs_m: Float32,
    starts: Float32,
    ends: Float32,
    power: int,
    ahead: float,
    way: Float32,
    heading: Float32,
    stretch: Float32,
) -> None:
    """Where Gaussians lie on their guides when strands are stretched, before and after.

    Args:
        rows: [n] of the Gaussians.
        guide_ids: [M, a] as in `Strands`, like the two that follow.
        places: [M, a].
        shares: [M, a].
        mask: [M] 0..1.
        lengths_m: [G] of the strands.
        factors: [2, G] by which these are stretched.
        nodes: [G, K, 3] of the guides.
        arcs_m: [G, K] of these from the root.
        starts: [G, 3] unit vectors in which guides begin.
        ends: [G, 3] those in which they go on beyond their tips.
        power: of the place along the strand, with which it is stretched.
        ahead: share of the length that tells which way a Gaussian points.
        way: [2, n, 3] written: the places. Zeros before, like the two that follow.
        heading: [2, n, 3] from the root towards the tip, not unit.
        stretch: [2, n] how much longer the hair is there.
    """
    last = nodes.shape[1] - 1
    for index in range(len(rows)):
        row = rows[index]
        for slot in range(guide_ids.shape[1]):
            share = shares[row, slot]
            if share == 0:
                continue
            guide, place = guide_ids[row, slot], places[row, slot]
            node = min(max(int(place), 0), max(last - 1, 0))
            t = min(max(place - node, 0.0), 1.0)
            arc = (1 - t) * arcs_m[guide, node] + t * arcs_m[guide, min(node + 1, last)]
            tipwards = min(max(arc / lengths_m[guide], 0.0), 1.0) ** power
            near = ahead * lengths_m[guide]
            front = back = middle = (0.0, 0.0, 0.0)
            more = 0.0
            for time in range(2):
                if time == 0 or factors[0, guide] != factors[1, guide]:
                    more = mask[row] * (factors[time, guide] - 1) * tipwards
                    now = arc * (1 + more)
                    middle = _place(nodes, arcs_m, starts, ends, guide, now)
                    front = _place(nodes, arcs_m, starts, ends, guide, now + near)
                    back = _place(nodes, arcs_m, starts, ends, guide, now - near)
                stretch[time, index] += share * (1 + (power + 1) * more)
                for axis in range(3):
                    way[time, index, axis] += share * middle[axis]
                    heading[time, index, axis] += share * (front[axis] - back[axis])
