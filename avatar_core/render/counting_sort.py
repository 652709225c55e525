"""The compiled twin of `sorting.depth_order_numpy`. Importing this module loads numba."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numba
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.render.sorting import UInt32

UInt16: TypeAlias = NDArray[np.uint16]


def depth_order(depths: Float32, farthest: np.float32, scale: np.float32) -> UInt32:
    """Indices that put depths back to front.

    Args:
        depths: [N] finite, contiguous, N below `sorting.PACKED_LIMIT`.
        farthest: the largest of them.
        scale: steps per unit of depth; `(farthest - depth) * scale` stays within 0..65535.

    Returns:
        [N] indices, farthest first, equal steps in their order.
    """
    count = len(depths)
    steps, packed = np.empty(count, np.uint16), np.empty(count, np.uint32)
    order = np.empty(count, np.uint32)
    _sort_into(depths, farthest, scale, steps, packed, order)
    return order


@numba.njit(
    "void(float32[::1], float32, float32, uint16[::1], uint32[::1], uint32[::1])",
    cache=True,
    nogil=True,
)
def _sort_into(
    depths: Float32,
    farthest: np.float32,
    scale: np.float32,
    steps: UInt16,
    packed: UInt32,
    order: UInt32,
) -> None:
    # Two stable passes over 8 bits each: their counters stay in the first-level cache, where the
    # 65536 of a single pass do not, which takes less time although it touches the data twice.
    # What indexes is unsigned: signed numbers would be checked for counting from the end.
    one, low_bits, eight = np.uint32(1), np.uint16(255), np.uint16(8)
    low_start, high_start = np.zeros(256, np.uint32), np.zeros(256, np.uint32)
    for index in range(depths.size):  # alone in its loop, so that it is vectorised
        steps[index] = np.uint16((farthest - depths[index]) * scale)
    for step in steps:
        low_start[step & low_bits] += one
        high_start[step >> eight] += one
    low_total, high_total = np.uint32(0), np.uint32(0)
    for value in range(256):
        low_count, high_count = low_start[value], high_start[value]
        low_start[value], high_start[value] = low_total, high_total
        low_total += low_count
        high_total += high_count
    for index in range(steps.size):
        low = steps[index] & low_bits
        place = low_start[low]
        low_start[low] = place + one
        # The high bits ride along above 24 bits of index: no second look-up by index.
        packed[place] = np.uint32(index) | (np.uint32(steps[index] >> eight) << np.uint32(24))
    for item in packed:
        high = item >> np.uint32(24)
        place = high_start[high]
        high_start[high] = place + one
        order[place] = item & np.uint32(0xFFFFFF)
