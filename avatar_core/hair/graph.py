"""How Gaussians hang together: neighbours, the way hair runs, and the way along it to the scalp.

A Gaussian has a long axis but no front and back, and no strand. Both come from its neighbours:
first one agrees on which end of each axis is the tip's, then shortest paths from the scalp, dear
across the hair and against it, tell how far along its strand each Gaussian lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import matrix_from_quat

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Float64

NEIGHBOURS = 12

_BESIDE, _ALONG = 6, 4
"""Edges to the nearest, and to those nearest to one's two ends."""

_LENGTHS_M = (0.001, 0.012)
"""Limits of what a Gaussian's long axis is taken for."""

_ACROSS, _BENT, _AGAINST = 40.0, 40.0, 10.0
"""How dear a path is across the hair, round a corner, and from tip to root."""

_ENTRY, _ENTRY_M, _LEAST_SLOPE = 4.0, 0.01, 0.05
"""A strand begins low and steeply: cost of the height, from where on it grows, least slope."""

_NEAR_SCALP_M = 0.01
_FROM_CROWN, _RISES = 0.4, 0.5
"""What it says of which end is the tip's that it lies away from the crown, or higher, against that
it lies away from the scalp near it."""

_FARTHER_M, _RISE_M, _AROUND = 0.03, 0.004, 6
"""How far to both sides heights are compared, what difference is one, of how many Gaussians."""

_SAMPLED = 30_000
"""So many Gaussians tell how high the hair is."""

_OPINION = 0.0005
"""Weight of one's own opinion against that of all neighbours."""

_ROUGH, _ROUNDS = 1e-2, 500
_ALIGNED = 8
"""Power of the cosine with which neighbours count when axes are smoothed."""


@dataclass(frozen=True, slots=True, eq=False)
class HairGraph:
    """Gaussians that may follow each other in a strand.

    Args:
        means: [N, 3] metres.
        tangents: [N, 3] unit; from root to tip once `oriented`.
        lengths_m: [N] of the long axes.
        first, second: [E] both ends of each edge, each pair once.
    """

    means: Float64
    tangents: Float64
    lengths_m: Float64
    first: Int32
    second: Int32


@dataclass(frozen=True, slots=True, eq=False)
class Depths:
    """How far along the hair each Gaussian lies.

    Args:
        depths_m: [N] from the scalp.
        before: [N] the Gaussian before it towards the scalp; -1 at roots.
        order: [N] so that each comes after the one before it.
    """

    depths_m: Float64
    before: Int32
    order: Int32


def closest(tree: cKDTree, points: Float32 | Float64, count: int) -> tuple[Float64, Int32]:
    """Distances and numbers [n, k] of the points of a tree closest to points [n, 3]; k <= count."""
    shape = (len(points), min(count, tree.n))
    distances, rows = tree.query(points, k=shape[1], workers=-1)
    return np.reshape(distances, shape), np.reshape(rows, shape).astype(np.int32)


def nearest(tree: cKDTree, points: Float64, count: int) -> Int32:
    """[N, k] nearest points of each point of a tree, itself left out; k <= count."""
    count = min(count, len(points) - 1)
    if count < 1:
        return np.zeros((len(points), 0), np.int32)
    _, found = closest(tree, points, count + 1)
    # Where points coincide, one is not always the first of its own neighbours.
    is_own = found == np.arange(len(points), dtype=np.int32)[:, None]
    is_own[~is_own.any(axis=1), -1] = True
    others: Int32 = found[~is_own].reshape(len(points), count)
    return others


def long_axes(cloud: GaussianCloud) -> tuple[Float64, Float64, Float64]:
    """Unit long axes [N, 3], their lengths [N] in metres, and how long for their width [N] 0..1."""
    longest = cloud.scales.argmax(axis=1)
    axes = matrix_from_quat(cloud.quats)[np.arange(len(cloud)), :, longest].astype(np.float64)
    scales = np.sort(cloud.scales.astype(np.float64), axis=1)
    slimness = 1 - scales[:, 1] / np.maximum(scales[:, 2], 1e-12)
    return axes, scales[:, 2].clip(*_LENGTHS_M), slimness


def smoothed_axes(axes: Float64, slimness: Float64, neighbours: Int32) -> Float64:
    """[N, 3] axes after a look at those neighbours that run alike; round ones follow the slim."""
    weights = slimness + 1e-3
    products = weights[:, None, None] * axes[:, :, None] * axes[:, None, :]
    total = 2 * products
    for column in neighbours.T:
        alike = np.abs(np.einsum("ni,ni->n", axes, axes[column])) ** _ALIGNED
        # A round Gaussian has no say in who runs like it.
        alike += (1 - alike) * (1 - slimness) ** 2
        total += alike[:, None, None] * products[column]
    smoothed: Float64 = np.linalg.eigh(total)[1][:, :, 2].copy()
    return smoothed


def hair_graph(
    tree: cKDTree, axes: Float64, lengths_m: Float64, neighbours: Int32, near_scalp_m: Float64
) -> HairGraph:
    """Edges to the nearest Gaussians and to those at one's ends; nothing is left unlinked.

    Args:
        tree: of the means.
        axes: [N, 3] unit, of any sign.
        lengths_m: [N] of the axes.
        neighbours: [N, k].
        near_scalp_m: [N] distances from the scalp; parts that do not reach it are linked to the
            nearest that does.
    """
    means = np.asarray(tree.data, np.float64)
    count = len(means)
    ends = lengths_m[:, None] * axes
    at_ends = [closest(tree, points, _ALONG)[1] for points in (means + ends, means - ends)]
    target = np.concatenate([neighbours[:, :_BESIDE], *at_ends], axis=1)
    source = np.repeat(np.arange(count, dtype=np.int32), target.shape[1])
    first, second = _pairs(source, target.ravel(), count)
    bridges = _bridges(means, first, second, near_scalp_m)
    first, second = (np.concatenate(each) for each in zip((first, second), bridges, strict=True))
    return HairGraph(means, axes, lengths_m, first, second)


def oriented(graph: HairGraph, scalp: Float64, outwards: Float64, near_scalp_m: Float64) -> Float64:
    """[N, 3] the tangents from root to tip.

    Each Gaussian has a weak opinion, and must agree with neighbours that run alike: what is sure
    of itself, or are many, decide for all that hangs together with them.

    Args:
        graph: with tangents of any sign.
        scalp: [S, 3] metres.
        outwards: [N, 3] normals of the scalp near each.
        near_scalp_m: [N].
    """
    from scipy.sparse import csr_matrix, diags_array
    from scipy.sparse.linalg import cg

    count, tangents = len(graph.means), graph.tangents
    first, second = graph.first, graph.second
    alike = np.einsum("ni,ni->n", tangents[first], tangents[second])
    alike *= np.abs(alike) ** 3
    ends = (np.concatenate([first, second]), np.concatenate([second, first]))
    links = csr_matrix((np.concatenate([alike, alike]), ends), shape=(count, count))
    total = np.asarray(abs(links).sum(axis=1)).ravel() + 1e-9
    opinion = _OPINION * total * _opinions(graph, scalp, outwards, near_scalp_m)
    # Rough answers will do: only signs are asked for.
    belief, _ = cg(
        diags_array((1 + _OPINION) * total) - links,
        opinion,
        rtol=_ROUGH,
        maxiter=_ROUNDS,
        M=diags_array(1 / total),
    )
    return np.where(belief >= 0, 1.0, -1.0)[:, None] * tangents


def _opinions(
    graph: HairGraph, scalp: Float64, outwards: Float64, near_scalp_m: Float64
) -> Float64:
    """[N] above 0 where a tangent seems to point to the tip.

    Hair leaves the skin, mostly falls away from the crown, and lies the higher the more hair it
    has met: swept back, low at the hairline and high where it is tied.
    """
    from scipy.spatial import cKDTree

    tangents = graph.tangents
    some = np.arange(0, len(graph.means), -(-len(graph.means) // _SAMPLED))
    tree = cKDTree(graph.means[some])
    near = 1 / (1 + (near_scalp_m / _NEAR_SCALP_M) ** 2)
    towards = near[:, None] * outwards
    towards += _FROM_CROWN * _unit(graph.means - scalp[scalp[:, 1].argmax()])
    ahead, behind = (
        near_scalp_m[some[closest(tree, graph.means + way * tangents, _AROUND)[1]]].mean(axis=1)
        for way in (_FARTHER_M, -_FARTHER_M)
    )
    rises = np.tanh((ahead - behind) / _RISE_M)
    opinions: Float64 = np.einsum("ni,ni->n", tangents, towards) + _RISES * rises
    return opinions


def depths_along(graph: HairGraph, outwards: Float64, near_scalp_m: Float64) -> Depths:
    """Shortest ways from the scalp through an oriented graph.

    Args:
        graph: oriented.
        outwards: [N, 3] normals of the scalp near each.
        near_scalp_m: [N] distances from it.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    from avatar_core.hair.strand_kernels import depths_in_order

    count = len(graph.means)
    there, back = _costs(graph)
    slopes = np.einsum("ni,ni->n", graph.tangents, outwards).clip(_LEAST_SLOPE, 1)
    entry = _ENTRY * near_scalp_m * (1 + (near_scalp_m / _ENTRY_M) ** 2) / slopes**2 + 1e-6
    everyone = np.arange(count)
    # One more node stands for the scalp.
    ends = (
        np.concatenate([graph.first, graph.second, np.full(count, count)]),
        np.concatenate([graph.second, graph.first, everyone]),
    )
    links = csr_matrix((np.concatenate([there, back, entry]), ends), shape=(count + 1, count + 1))
    costs, before = dijkstra(links, indices=np.array(count), return_predecessors=True)
    order = np.argsort(costs[:count], kind="stable").astype(np.int32)
    before = np.where(before[:count] == count, -1, before[:count]).astype(np.int32)
    heights_m = np.ascontiguousarray(near_scalp_m)
    depths_m = depths_in_order(graph.means, before, order, heights_m)
    return Depths(depths_m, before, order)


def _costs(graph: HairGraph) -> tuple[Float64, Float64]:
    """[E] costs of the edges from the first to the second end, and back."""
    first, second, tangents = graph.first, graph.second, graph.tangents
    edges = graph.means[second] - graph.means[first]
    squares = np.einsum("ni,ni->n", edges, edges)
    lengths = np.sqrt(squares)
    along = [np.einsum("ni,ni->n", edges, tangents[each]) for each in (first, second)]
    costs = sum(
        0.5 * np.sqrt(each**2 + _ACROSS**2 * np.maximum(squares - each**2, 0)) for each in along
    )
    costs *= 1 + _BENT * (1 - np.einsum("ni,ni->n", tangents[first], tangents[second]))
    forwards = 0.5 * (along[0] + along[1]) / np.maximum(lengths, 1e-9)
    there = costs * (1 + _AGAINST * np.maximum(-forwards, 0)) + 1e-9
    back = costs * (1 + _AGAINST * np.maximum(forwards, 0)) + 1e-9
    return there, back


def _pairs(source: Int32, target: Int32, count: int) -> tuple[Int32, Int32]:
    """Each pair once, the lower number first, no pair of one with itself."""
    low, high = np.minimum(source, target), np.maximum(source, target)
    keys = np.unique(low.astype(np.int64) * count + high)
    first, second = keys // count, keys % count
    differ = first != second
    return first[differ].astype(np.int32), second[differ].astype(np.int32)


def _bridges(
    means: Float64, first: Int32, second: Int32, near_scalp_m: Float64
) -> tuple[Int32, Int32]:
    """Edges that link parts that nothing joins to the scalp to the nearest that something does."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    count = len(means)
    links = coo_matrix((np.ones(len(first), bool), (first, second)), shape=(count, count))
    parts, labels = connected_components(links, directed=False)
    heights = np.full(parts, np.inf)
    np.minimum.at(heights, labels, near_scalp_m)
    is_rooted = heights <= max(_NEAR_SCALP_M, heights.min())
    lost = np.flatnonzero(~is_rooted[labels])
    if not len(lost):
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    rooted = np.flatnonzero(is_rooted[labels])
    distances, found = closest(cKDTree(means[rooted]), means[lost], 1)
    order = np.lexsort((distances[:, 0], labels[lost]))
    _, starts = np.unique(labels[lost][order], return_index=True)
    chosen = order[starts]
    return lost[chosen].astype(np.int32), rooted[found[chosen, 0]].astype(np.int32)


def _unit(vectors: Float64) -> Float64:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Float64 = vectors / np.maximum(lengths, 1e-12)
    return unit
