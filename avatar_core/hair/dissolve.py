"""One head of hair turning into another, strand by strand, evenly all over the scalp."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, Int32, expect_shapes, matrix_from_quat

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud

SOFTNESS = 0.2
"""A strand fades while the share goes on by this much."""

_ROOT_M = 0.006
"""Gaussians this close to the scalp are roots."""

_NEIGHBOURS = 10
_ACROSS = 4.0
"""A step across a strand counts as so many times its length more than one along it."""


def strands_of(cloud: GaussianCloud, roots: Float32) -> Int32:
    """[N] the place of the scalp that each Gaussian grows from, following the hair back to it.

    The shortest way through neighbouring Gaussians counts, steps across their long axes as longer
    than they are. What hangs together with no root belongs to the nearest place.

    Args:
        cloud: the hair.
        roots: [P, 3] places of the scalp, metres, P >= 1.

    Source:
        Dijkstra 1959, from all roots at once.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra
    from scipy.spatial import cKDTree

    expect_shapes(roots=(roots, "P 3"))
    count = len(cloud)
    heights, nearest = (np.asarray(each) for each in cKDTree(roots).query(cloud.means))
    places: Int32 = nearest.astype(np.int32)
    starts = np.flatnonzero(heights < _ROOT_M)
    near = min(_NEIGHBOURS + 1, count)
    if not len(starts) or near < 2:
        return places
    lengths, found = cKDTree(cloud.means).query(cloud.means, k=range(2, near + 1))
    rows, columns = np.repeat(np.arange(count), near - 1), np.asarray(found).ravel()
    steps = cloud.means[columns] - cloud.means[rows]
    apart = np.maximum(np.asarray(lengths).ravel(), 1e-6)
    longest = cloud.scales.argmax(axis=1)
    axes = matrix_from_quat(cloud.quats)[np.arange(count), :, longest]
    along = np.abs((steps * axes[rows]).sum(axis=1)) / apart
    across = np.sqrt(np.maximum(1 - along * along, 0))
    costs = apart * (1 + _ACROSS * across)
    graph = coo_array((costs, (rows, columns)), shape=(count, count)).tocsr()
    _, _, sources = dijkstra(
        graph, directed=False, indices=starts, min_only=True, return_predecessors=True
    )
    is_reached = sources >= 0
    places[is_reached] = nearest[sources[is_reached]]
    return places


def root_turns(triangles: Float32) -> tuple[Float32, Float32]:
    """Places where strands grow, four on each triangle of a scalp, and when the turn of each comes.

    At any share of the way, triangles and the places on each have changed as evenly as can be.

    Args:
        triangles: [P, 3, 3] corners, metres.

    Returns:
        [4 P, 3] places, metres, and [4 P] turns 0..1; one place of turn 0.5 where there is no
        triangle.
    """
    if not len(triangles):
        return np.zeros((1, 3), np.float32), np.full(1, 0.5, np.float32)
    middles = triangles.mean(axis=1, keepdims=True)
    places = np.concatenate([middles, 0.5 * (middles + triangles)], axis=1)
    turns = (spread_order(middles[:, 0])[:, None] + np.array([0, 0.5, 0.25, 0.75])) % 1
    return places.reshape(-1, 3).astype(np.float32), turns.reshape(-1).astype(np.float32)


def spread_order(points: Float32) -> Float32:
    """[P] 0..1, when the turn of each point comes: at any time those before are evenly spread.

    Each next point is the one farthest from all before; the first is the first.

    Source:
        Eldar et al. 1997, The Farthest Point Strategy for Progressive Image Sampling.
    """
    count = len(points)
    turns = np.zeros(count, np.float32)
    gaps = np.full(count, np.inf)
    chosen = 0
    for turn in range(count):
        turns[chosen] = (turn + 0.5) / count
        gaps = np.minimum(gaps, ((points - points[chosen]) ** 2).sum(axis=1))
        gaps[chosen] = -1.0
        chosen = int(gaps.argmax())
    return turns


def arrived(share: float, turns: Float32) -> Float32:
    """[n] 0..1, how much of each strand has changed at a share 0..1.

    Nothing at 0, everything at 1; a strand of turn t changes around share t.
    """
    progress = (share * (1 + SOFTNESS) - turns) / SOFTNESS
    eased = progress.clip(0, 1)
    result: Float32 = (eased * eased * (3 - 2 * eased)).astype(np.float32)
    return result
