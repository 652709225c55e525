"""Growing and shortening: what grows goes on from the tips, what is shortened is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, expect_shapes, quat_from_matrix
from avatar_core.hair.copies import turn_between
from avatar_core.hair.courses import Courses
from avatar_core.hair.cut import TAPER_M, let_fall, taper
from avatar_core.hair.limits import clear_of_head, heights_of, living, rows_where

if TYPE_CHECKING:
    from avatar_core.hair.canvas import HairCanvas

LEAST_M = 0.01
"""Hair is not shortened below this, unless one says so."""

_TIPWARDS = 2
"""Power of the place along the strand, 0 at the root and 1 at the tip, with which it is stretched:
around the head hair hardly moves when it grows."""

_AROUND_M, _ALIGNED = 0.012, 0.8
"""Hair around the tip of a guide: how near, and how well aligned (cosine)."""

_ENDING_M, _PASSING = 0.015, 0.7
"""A guide ends in the midst of hair where more than this share of what is around goes on for longer
than that."""

_BESIDE = 12
"""Guides that grow side by side."""

_ROUNDS = 3
"""Guides, one going on where the other ends, that are seen as one strand."""

_AHEAD = 0.1
"""How far ahead and back along its strand, of its length, tells which way a Gaussian points."""


def scale_length(
    canvas: HairCanvas,
    factor: float,
    least_m: float = LEAST_M,
    weights: Float32 | None = None,
    taper_m: float = TAPER_M,
) -> None:
    """Make strands longer or shorter.

    Longer ones are stretched, the more the nearer the tip, and go on straight from there. Shorter
    ones are cut and get new tips, as a hairdresser does it.

    Args:
        canvas: hair with strands.
        factor: above 0, of the length of each strand as far as it is not cut off.
        least_m: what is longer is not shortened below this; what is shorter stays as long.
        weights: [M] 0..1, how far each Gaussian wants its strand to follow, which goes by the one
            that wants most; all alike where left out.
        taper_m: length of new tips.

    Raises:
        AssetError: the strands are not known.
        ValueError: the factor is not above 0.
    """
    courses = Courses(canvas)
    factors = strand_factors(canvas, courses, factor, weights)
    lengths = lengths_m(canvas, courses)
    if factor > 1:
        grow(canvas, courses, lengths, factors)
        return
    cuts = cuts_to(courses, lengths, factors, least_m)
    let_fall(canvas, courses, cuts, np.zeros(canvas.count, bool))
    taper(canvas, courses, cuts, taper_m)


def strand_factors(
    canvas: HairCanvas, courses: Courses, factor: float, weights: Float32 | None = None
) -> Float32:
    """[G] by how much each guide is to get longer, see `scale_length`."""
    if not factor > 0:
        raise ValueError(f"factor: expected a number above 0, got {factor}")
    if weights is None:
        return np.full(len(courses.nodes), factor, np.float32)
    expect_shapes(weights=(weights, f"{canvas.count}"))
    rows = rows_where(weights > 0)
    wanted = courses.most(rows, weights[rows])
    return 1 + (np.float32(factor) - 1) * wanted


def cuts_to(courses: Courses, lengths: Float32, factors: Float32, least_m: float) -> Float32:
    """[M] where strands are cut to be so many times [G] their lengths [G]; infinity for nowhere."""
    wanted = np.maximum(lengths * factors, np.minimum(lengths, np.float32(least_m)))
    wanted[wanted >= lengths] = np.inf
    cuts: Float32 = wanted[courses.guides]
    return cuts


def grow(
    canvas: HairCanvas,
    courses: Courses,
    lengths: Float32,
    factors: Float32,
    factors_before: Float32 | None = None,
) -> None:
    """Stretch strands by factors, 1 or more.

    Args:
        canvas: the hair.
        courses: of the hair before it was stretched at all.
        lengths: [G] how long it was then, see `lengths_m`.
        factors: [G] of these lengths.
        factors_before: [G] by which it is stretched already; 1 where left out.
    """
    from avatar_core.hair import growth_kernels

    strands = canvas.strands
    assert strands is not None
    if factors_before is None:
        factors_before = np.ones_like(factors)
    lengths = np.maximum(lengths, np.float32(1e-6))
    guide_ids = np.ascontiguousarray(strands.guide_ids, np.int32)
    places, shares = _contiguous(strands.places, strands.shares)
    may_move = (canvas.mask > 0) & living(canvas)
    rows = growth_kernels.led_rows(guide_ids, shares, factors != factors_before, may_move)
    way, ahead = np.zeros((2, 2, len(rows), 3), np.float32)
    stretch = np.zeros((2, len(rows)), np.float32)
    mask, each, nodes, arcs, starts, ends = _contiguous(
        canvas.mask, np.stack([factors_before, factors]), courses.nodes, courses.node_arcs_m,
        courses.node_tangents[:, 0], courses.ends,
    )  # fmt: skip
    growth_kernels.stretched(
        rows, guide_ids, places, shares, mask, lengths, each, nodes, arcs, starts, ends,
        _TIPWARDS, _AHEAD, way, ahead, stretch,
    )  # fmt: skip
    turns = quat_from_matrix(turn_between(_unit(ahead[0]), _unit(ahead[1])))
    longer = np.ones((len(rows), 3), np.float32)
    longer[np.arange(len(rows)), canvas.scales[rows].argmax(axis=1)] = stretch[1] / stretch[0]
    heights, means = heights_of(canvas, rows), canvas.means[rows] + way[1] - way[0]
    canvas.move(rows, clear_of_head(canvas, means, heights), turns)
    canvas.resize(rows, longer)


def lengths_m(canvas: HairCanvas, courses: Courses) -> Float32:
    """[G] how long the hair is that each guide is part of, metres from the root.

    A guide may end in the midst of hair. What goes on around its tip then counts as well, and short
    hair in the midst of long is taken for as long as that.
    """
    from scipy.spatial import cKDTree

    rows = rows_where(living(canvas))
    own = courses.most(rows, courses.arcs_m(rows))
    guides = np.arange(len(own), dtype=np.int32)
    tips = courses.guide_points(guides, own)
    ways = _unit(tips - courses.guide_points(guides, own - _AROUND_M))
    owners, nodes = np.nonzero(courses.node_arcs_m <= own[:, None])
    if not len(rows) or not len(owners):
        return own
    tangents, arcs = courses.node_tangents[owners, nodes], courses.node_arcs_m[owners, nodes]
    found = cKDTree(courses.nodes[owners, nodes]).query_ball_point(tips, _AROUND_M)
    around = [np.array(each, int) for each in found]
    alike = [each[tangents[each] @ way > _ALIGNED] for each, way in zip(around, ways, strict=True)]
    lengths = own
    for _ in range(_ROUNDS):
        left = lengths[owners] - arcs
        more = [_going_on(left[each], own[owners[each]]) for each in alike]
        lengths = own + np.array(more, np.float32)
    roots = courses.nodes[:, 0]
    beside = np.asarray(cKDTree(roots).query(roots, min(_BESIDE, len(roots)))[1])
    return np.maximum(lengths, np.median(lengths[beside.reshape(len(roots), -1)], axis=1))


def _going_on(left_m: Float32, weights: Float32) -> float:
    """By how much hair goes on where it is so long [n] for those around, metres.

    Nodes are farther apart the longer their guide is, so that these count for more: `weights` [n].
    """
    goes_on = left_m > _ENDING_M
    if weights[goes_on].sum() <= _PASSING * weights.sum():
        return 0.0
    return float(np.median(left_m[goes_on]))


def _contiguous(*arrays: Float32) -> list[Float32]:
    """As compiled loops want them."""
    return [np.ascontiguousarray(each, np.float32) for each in arrays]


def _unit(vectors: Float32) -> Float32:
    unit: Float32 = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit.astype(np.float32)
