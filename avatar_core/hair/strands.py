"""Strands: the guide curves of Gaussian hair, which has none of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.gaussians.cloud import DELETED
from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.hair import graph as graphs
from avatar_core.hair.evenness import evened
from avatar_core.hair.graph import closest
from avatar_core.hair.guide_tracing import NODES, traced_guides

if TYPE_CHECKING:
    from collections.abc import Callable

    from scipy.spatial import cKDTree

    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry.shapes import Float64

ATTACHED = 4
"""Guides that a Gaussian may follow."""

_CANDIDATES = 40
"""Nodes among which a Gaussian chooses its guides."""

_AROUND = 8
"""Gaussians that tell where a node is."""


@dataclass(frozen=True, slots=True, eq=False)
class Strands:
    """Guides of a hairstyle and how its Gaussians hang on them. Neutral head, metres.

    Args:
        guides: [G, K, 3] nodes of each guide, the root first, evenly along it.
        guide_ids: [N, 4] guides that each Gaussian follows.
        places: [N, 4] where on them, 0 (root) .. K - 1 (tip).
        shares: [N, 4] how much it follows each; they add up to 1, unused ones are 0.
        depths_m: [N] from the scalp along the hair.
        progress: [N] 0 at the root .. 1 at the tip of its strand.
        tangents: [N, 3] unit vectors from root to tip.
        neighbours: [N, k] nearest Gaussians, the nearest first; itself is not among them.
        node_rows: [G, K, J] Gaussians around each node, from which its place now is told.
    """

    guides: Float32
    guide_ids: Int32
    places: Float32
    shares: Float32
    depths_m: Float32
    progress: Float32
    tangents: Float32
    neighbours: Int32
    node_rows: Int32

    def __post_init__(self) -> None:
        expect_shapes(
            guides=(self.guides, "G K 3"),
            guide_ids=(self.guide_ids, f"N {ATTACHED}"),
            places=(self.places, f"N {ATTACHED}"),
            shares=(self.shares, f"N {ATTACHED}"),
            depths_m=(self.depths_m, "N"),
            progress=(self.progress, "N"),
            tangents=(self.tangents, "N 3"),
            neighbours=(self.neighbours, "N *"),
            node_rows=(self.node_rows, "G K *"),
        )

    def extended(self, parents: Int32) -> Strands:
        """With more Gaussians, each hanging where the Gaussian of row `parents` [A] hangs."""
        if not len(parents):
            return self

        def grown(array: np.ndarray) -> np.ndarray:
            return np.concatenate([array, array[parents]])

        return replace(
            self,
            guide_ids=grown(self.guide_ids),
            places=grown(self.places),
            shares=grown(self.shares),
            depths_m=grown(self.depths_m),
            progress=grown(self.progress),
            tangents=grown(self.tangents),
            neighbours=grown(self.neighbours),
        )


def build_strands(
    hair: GaussianCloud,
    scalp: Float32,
    normals: Float32,
    step: Callable[[float, str], None] = lambda _fraction, _text: None,
) -> Strands:
    """Find the guides of a hairstyle.

    Deleted Gaussians shape no guide, but hang on those that others shape.

    Args:
        hair: [N] around the neutral head.
        scalp: [S, 3] vertices that carry hair, metres.
        normals: [S, 3] their unit normals.
        step: hears of the progress, a fraction 0..1 and a few words; may raise to stop.

    Raises:
        ShapeError: arrays disagree, or there is no scalp.
    """
    if expect_shapes(scalp=(scalp, "S 3"), normals=(normals, "S 3"))["S"] == 0:
        raise ShapeError("scalp: expected [S, 3] with at least one vertex")
    if len(hair) == 0:
        return _bald()
    from scipy.spatial import cKDTree

    step(0.0, "Finding neighbours")
    means = hair.means.astype(np.float64)
    is_there = (hair.flags & DELETED) == 0
    rows = np.flatnonzero(is_there if is_there.any() else ~is_there).astype(np.int32)
    tree = cKDTree(means[rows])
    near = graphs.nearest(tree, means[rows], graphs.NEIGHBOURS)
    neighbours = near
    if len(rows) < len(hair):
        neighbours = graphs.nearest(cKDTree(means), means, graphs.NEIGHBOURS)
    step(0.2, "Finding how the hair runs")
    axes, lengths_m, slimness = graphs.long_axes(hair.subset(rows))
    axes = graphs.smoothed_axes(axes, slimness, near)
    heights_m, outwards = _above(scalp, normals, means[rows])
    hair_graph = graphs.hair_graph(tree, axes, lengths_m, near, heights_m)
    step(0.35, "Telling roots from tips")
    tangents = graphs.oriented(hair_graph, scalp.astype(np.float64), outwards, heights_m)
    hair_graph = replace(hair_graph, tangents=tangents)
    step(0.5, "Measuring along the hair")
    depths = graphs.depths_along(hair_graph, outwards, heights_m)
    step(0.65, "Drawing guides")
    guides = traced_guides(hair_graph, depths, heights_m)
    step(0.8, "Hanging the hair on its guides")
    of_all = _of_all(len(hair), rows, tree, means, tangents, depths.depths_m)
    ids, places, shares = _attached(means, of_all[0], guides)
    progress = (places * shares).sum(axis=1) / np.float32(NODES - 1)
    if len(rows) < len(hair):
        heights_m = _above(scalp, normals, means)[0]
    progress = evened(progress, means, of_all[0], heights_m, neighbours)
    step(1.0, "Done")
    return Strands(
        guides=guides.astype(np.float32),
        guide_ids=ids,
        places=places,
        shares=shares,
        depths_m=of_all[1].astype(np.float32),
        progress=progress,
        tangents=of_all[0].astype(np.float32),
        neighbours=neighbours,
        node_rows=rows[_around_nodes(tree, tangents, guides)],
    )


def _bald() -> Strands:
    attached = np.zeros((0, ATTACHED), np.float32)
    return Strands(
        guides=np.zeros((0, NODES, 3), np.float32),
        guide_ids=np.zeros((0, ATTACHED), np.int32),
        places=attached,
        shares=attached,
        depths_m=np.zeros(0, np.float32),
        progress=np.zeros(0, np.float32),
        tangents=np.zeros((0, 3), np.float32),
        neighbours=np.zeros((0, graphs.NEIGHBOURS), np.int32),
        node_rows=np.zeros((0, NODES, _AROUND), np.int32),
    )


def _above(scalp: Float32, normals: Float32, means: Float64) -> tuple[Float64, Float64]:
    """Distances [N] from the scalp and its normals [N, 3] near points [N, 3]."""
    from scipy.spatial import cKDTree

    tree = cKDTree(scalp)
    _, found = closest(tree, means, 4)
    outwards = normals[found].sum(axis=1, dtype=np.float64)
    outwards /= np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), 1e-12)
    # The skin between vertices counts too: only what is farther aside than they lie apart is away.
    offsets = means - scalp[found[:, 0]]
    heights = np.einsum("ni,ni->n", offsets, normals[found[:, 0]].astype(np.float64))
    aside = np.sqrt(np.maximum((offsets**2).sum(axis=1) - heights**2, 0))
    apart = np.median(closest(tree, scalp, 2)[0][:, -1])
    return np.hypot(heights, np.maximum(aside - apart, 0)), outwards


def _of_all(
    count: int,
    rows: Int32,
    tree: cKDTree,
    means: Float64,
    tangents: Float64,
    depths_m: Float64,
) -> tuple[Float64, Float64]:
    """Tangents [N, 3] and depths [N] of all; those left out take them of the nearest."""
    if len(rows) == count:
        return tangents, depths_m
    nearest = closest(tree, means, 1)[1][:, 0]
    return tangents[nearest], depths_m[nearest]


def _attached(means: Float64, tangents: Float64, guides: Float64) -> tuple[Int32, Float32, Float32]:
    """Guides [N, 4] that each Gaussian follows, its places on them and shares."""
    from scipy.spatial import cKDTree

    from avatar_core.hair.strand_kernels import attach

    nodes = guides.reshape(-1, 3)
    _, candidates = closest(cKDTree(nodes), means, _CANDIDATES)
    shape = (len(means), ATTACHED)
    ids, places = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
    shares = np.zeros(shape, np.float32)
    attach(means, np.ascontiguousarray(tangents), guides, candidates, ATTACHED, ids, places, shares)
    return ids, places, shares


def _around_nodes(tree: cKDTree, tangents: Float64, guides: Float64) -> Int32:
    """[G, K, J] Gaussians of the tree near each node that run as the guide does."""
    nodes = guides.reshape(-1, 3)
    distances, found = closest(tree, nodes, 3 * _AROUND)
    runs = np.gradient(guides, axis=1).reshape(-1, 3)
    runs /= np.maximum(np.linalg.norm(runs, axis=1, keepdims=True), 1e-12)
    alike = np.einsum("nki,ni->nk", tangents[found], runs)
    misfit = (distances + 2e-4) * (1 + 2 * (1 - alike))
    best = np.argsort(misfit, axis=1, kind="stable")[:, :_AROUND]
    chosen: Int32 = np.take_along_axis(found, best, axis=1)
    return chosen.reshape(*guides.shape[:2], -1)
