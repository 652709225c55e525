"""Values along the hair, evened out between Gaussians that lie side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Float64

_AHEAD_M, _ABOVE_M = 0.002, 0.001
"""Standard deviations of what lies beside: along the hair, and in height above the scalp."""

_ROUNDS = 10


def evened(
    values: Float32, means: Float64, tangents: Float64, heights_m: Float64, neighbours: Int32
) -> Float32:
    """[N] values with those of neighbours mixed in, of the same distribution as before.

    Guides of different lengths run through short hair side by side; what is told from them jumps
    from one to the next. A colour that follows it would come out in spots.

    Args:
        values: [N].
        means: [N, 3] metres.
        tangents: [N, 3] unit.
        heights_m: [N] above the scalp.
        neighbours: [N, k].
    """
    from scipy.sparse import csr_matrix

    count, most = neighbours.shape
    weights = np.empty((count, most))
    for column, others in enumerate(neighbours.T):
        ahead = np.einsum("ni,ni->n", means[others] - means, tangents) / _AHEAD_M
        above = (heights_m[others] - heights_m) / _ABOVE_M
        alike = np.einsum("ni,ni->n", tangents[others], tangents).clip(0, 1)
        weights[:, column] = alike**2 * np.exp(-0.5 * (ahead**2 + above**2))
    rows = np.repeat(np.arange(count), most)
    beside = csr_matrix((weights.ravel(), (rows, neighbours.ravel())), shape=(count, count))
    beside = beside + beside.T
    total = 1 + np.asarray(beside.sum(axis=1)).ravel()
    mixed = values.astype(np.float64)
    for _ in range(_ROUNDS):
        mixed = (mixed + beside @ mixed) / total
    # Means move towards the middle; ranked, the hair still has roots and tips.
    result = np.empty_like(values)
    result[np.argsort(mixed, kind="stable")] = np.sort(values)
    return result
