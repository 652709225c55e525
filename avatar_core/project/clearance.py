"""Hair that lies beneath the scalp of the head it is put on, lifted out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

CLEARANCE_M = 0.0025
"""Hair at the height of the scalp is lifted by this much."""

REACH_M = 0.012
"""Gaussians farther from every vertex of the scalp stay where they are."""

_NEIGHBOURS = 6


def lifted(means: Float32, scalp: Float32, normals: Float32) -> Float32:
    """Places of Gaussians, those beneath or close above the scalp moved outwards.

    Heights below twice the clearance are pressed together between zero and that, so that layers
    keep their order and what stands clear does not move.

    Args:
        means: [N, 3] metres.
        scalp: [S, 3] vertices that carry hair, metres.
        normals: [S, 3] their unit normals; zero where a vertex has none.

    Returns:
        [N, 3] metres.
    """
    from scipy.spatial import cKDTree

    expect_shapes(means=(means, "N 3"), scalp=(scalp, "S 3"), normals=(normals, "S 3"))
    if not len(means) or not len(scalp):
        return means
    count = min(_NEIGHBOURS, len(scalp))
    found = cKDTree(scalp).query(means, k=range(1, count + 1))
    distances, nearest = np.asarray(found[0]), np.asarray(found[1])
    weights = 1.0 / (distances + 1e-4)
    weights /= weights.sum(axis=1, keepdims=True)
    places = (scalp[nearest] * weights[..., None]).sum(axis=1)
    outwards = (normals[nearest] * weights[..., None]).sum(axis=1)
    lengths = np.linalg.norm(outwards, axis=1, keepdims=True)
    outwards = outwards / np.maximum(lengths, 1e-6)
    heights = ((means - places) * outwards).sum(axis=1)
    pressed = CLEARANCE_M + 0.5 * np.clip(heights, -2 * CLEARANCE_M, 2 * CLEARANCE_M)
    rises = np.where(heights < 2 * CLEARANCE_M, pressed - heights, 0.0)
    rises[(distances[:, 0] > REACH_M) | (lengths[:, 0] < 0.5)] = 0.0
    result: Float32 = (means + rises[:, None] * outwards).astype(np.float32)
    return result
