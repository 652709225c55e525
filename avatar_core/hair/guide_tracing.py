"""Guide curves: a few hundred paths along the hair that every Gaussian lies close to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.hair.graph import closest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Int32
    from avatar_core.geometry.shapes import Float64
    from avatar_core.hair.graph import Depths, HairGraph

NODES = 16
"""Nodes of each guide."""

_COVER_M = 0.005
"""How far from a guide hair may lie, at first."""

_FEWEST, _MOST, _LIMIT = 200, 1200, 2000
_TRIES = 4
_FINE = 64
"""Points between which a path is smoothed."""

_SMOOTH = 6.0
"""Standard deviation of the smoothing, in such points."""

_SHORT, _CROOKED_RAD, _SPARE_WITHIN = 0.6, 3.5, 2.0
"""Guides shorter than this share of the median, or bent by more than this in all, are left out so
many radii from better ones."""


def traced_guides(graph: HairGraph, depths: Depths, heights_m: Float64) -> Float64:
    """Paths from the scalp to tips, as smooth as hair.

    Args:
        graph: oriented.
        depths: of its Gaussians.
        heights_m: [N] above the scalp.

    Returns:
        [G, K, 3] nodes, the root first, evenly along each; at least one guide.
    """
    tips, radius_m = _tips(graph, depths)
    paths = (_path(depths.before, tip) for tip in tips)
    guides = np.stack([_curve(graph, path, heights_m) for path in paths])
    return guides[~_are_spare(guides, _SPARE_WITHIN * radius_m)]


def _tips(graph: HairGraph, depths: Depths) -> tuple[Int32, float]:
    """Ends of paths that cover the hair within a radius: enough of them, but not too many."""
    deepest = np.argsort(-depths.depths_m, kind="stable").astype(np.int32)
    fewest = min(_FEWEST, max(len(graph.means) // 30, 1))
    radius_m = _COVER_M
    for _ in range(_TRIES):
        tips = _covering(graph, depths.before, deepest, radius_m)
        if len(tips) > _MOST:
            radius_m *= max(len(tips) / _MOST, 1.2) ** 0.5 * 1.05
        elif len(tips) < fewest:
            radius_m *= 0.7
        else:
            break
    return tips, radius_m


def _covering(graph: HairGraph, before: Int32, deepest: Int32, radius_m: float) -> Int32:
    from avatar_core.hair.strand_kernels import covering_tips

    lowest = graph.means.min(axis=0)
    cells = np.floor((graph.means - lowest) / radius_m).astype(np.int64) + 1
    shape = cells.max(axis=0) + 2
    flat = np.ravel_multi_index(tuple(cells.T), tuple(shape))
    members = np.argsort(flat, kind="stable").astype(np.int32)
    starts = np.searchsorted(flat[members], np.arange(shape.prod() + 1))
    return covering_tips(
        deepest, before, graph.means, graph.tangents, cells, starts, members,
        shape[1], shape[2], radius_m, _LIMIT,
    )  # fmt: skip


def _are_spare(guides: Float64, radius_m: float) -> NDArray[np.bool_]:
    """[G] whether each is short or crooked, with others close to it that hold its hair better."""
    from scipy.spatial import cKDTree

    steps = np.diff(guides, axis=1)
    lengths = np.linalg.norm(steps, axis=2)
    totals = lengths.sum(axis=1)
    steps /= np.maximum(lengths, 1e-12)[..., None]
    bends = np.arccos(np.einsum("gki,gki->gk", steps[:, 1:], steps[:, :-1]).clip(-1, 1)).sum(axis=1)
    is_poor = (totals < _SHORT * np.median(totals)) | (bends > _CROOKED_RAD)
    if is_poor.all():
        return np.zeros(len(guides), bool)
    good_nodes = guides[~is_poor].reshape(-1, 3)
    spare: NDArray[np.bool_] = is_poor.copy()
    distances, _ = closest(cKDTree(good_nodes), guides[is_poor, NODES // 2], 1)
    spare[is_poor] = distances[:, 0] < radius_m
    return spare


def _path(before: Int32, tip: int) -> list[int]:
    """Rows from the root to the tip."""
    rows = []
    row = int(tip)
    while row >= 0:
        rows.append(row)
        row = int(before[row])
    return rows[::-1]


def _curve(graph: HairGraph, rows: list[int], heights_m: Float64) -> Float64:
    """[K, 3] a smooth curve along Gaussians, from where the first begins to where the last ends."""
    from scipy.ndimage import gaussian_filter1d

    points = graph.means[rows]
    root, tip = rows[0], rows[-1]
    # A root is drawn out to the scalp, but not into the head.
    start = min(graph.lengths_m[root], heights_m[root]) * graph.tangents[root]
    end = graph.lengths_m[tip] * graph.tangents[tip]
    points = np.concatenate([[points[0] - start], points, [points[-1] + end]])
    fine = _evenly(points, _FINE)
    # Mirrored about both ends, which thereby stay where they are.
    before, after = 2 * fine[0] - fine[:0:-1], 2 * fine[-1] - fine[-2::-1]
    whole = gaussian_filter1d(np.concatenate([before, fine, after]), _SMOOTH, axis=0)
    return _evenly(whole[_FINE - 1 : 2 * _FINE - 1], NODES)


def _evenly(points: Float64, count: int) -> Float64:
    """[count, 3] points evenly along a line through points [n, 3]."""
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    places = np.linspace(0, along[-1], count)
    return np.stack([np.interp(places, along, column) for column in points.T], axis=1)
