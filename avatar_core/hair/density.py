"""Density: more hair between hair, or less of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians import GaussianCloud
from avatar_core.geometry import Float32, Int32, matrix_from_quat
from avatar_core.hair.copies import cloud_of, turn_between, turned
from avatar_core.hair.courses import Courses
from avatar_core.hair.limits import (
    clear_of_head,
    free,
    heights_of,
    living,
    rows_in_ball,
    rows_where,
)

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from avatar_core.hair.canvas import HairCanvas

_PARTNERS = 6
"""Neighbours that one may be added between."""

_STRAND_M = 0.0015
"""Width of what is thinned out as one."""

_JITTER = 0.15
"""Of the distance of the two neighbours."""


def add_between(
    canvas: HairCanvas,
    centre: Float32,
    radius_m: float,
    apart_m: float,
    share: float,
    random: Generator,
) -> Int32:
    """Add Gaussians between those within a ball, wherever there is room.

    Args:
        canvas: the hair.
        centre: [3] of the ball.
        radius_m: of the ball.
        apart_m: none is added closer than this to another.
        share: 0..1, how many are tried, of those within the ball.
        random: decides which.

    Returns:
        [n] the new rows.
    """
    from scipy.spatial import cKDTree

    near = rows_in_ball(canvas.means, centre, radius_m + 4 * apart_m)
    near = near[living(canvas)[near]]
    inside = near[_in_ball(canvas.means[near], centre, radius_m) & free(canvas)[near]]
    tries = int(np.ceil(share * len(inside)))
    if not tries or len(near) < 2:
        return np.zeros(0, np.int32)
    tree = cKDTree(canvas.means[near])
    ones = random.choice(inside, tries, replace=False)
    partners = np.arange(2, min(_PARTNERS + 1, len(near)) + 1)
    found = np.asarray(tree.query(canvas.means[ones], partners)[1])
    others = near[found[np.arange(tries), random.integers(0, len(partners), tries)]]
    t = random.uniform(0.3, 0.7, (tries, 1)).astype(np.float32)
    way = canvas.means[others] - canvas.means[ones]
    lengths = np.linalg.norm(way, axis=1, keepdims=True)
    means = canvas.means[ones] + t * way
    means += random.normal(0, _JITTER, (tries, 3)).astype(np.float32) * lengths
    lowest = np.minimum(heights_of(canvas, ones), heights_of(canvas, others))
    means = clear_of_head(canvas, means, lowest)
    has_room = tree.query(means)[0] >= apart_m
    has_room &= _in_ball(means, centre, radius_m)
    kept = np.flatnonzero(has_room)
    kept = kept[_spaced(means[kept], apart_m)]
    if not len(kept):
        return np.zeros(0, np.int32)
    between = _between(cloud_of(canvas, ones[kept]), cloud_of(canvas, others[kept]), t[kept])
    nearer = np.where(t[kept, 0] < 0.5, ones[kept], others[kept]).astype(np.int32)
    return canvas.add(GaussianCloud(
        means[kept], between.quats, between.scales, between.opacities, between.sh, between.flags
    ), nearer)  # fmt: skip


def remove_close(
    canvas: HairCanvas,
    centre: Float32,
    radius_m: float,
    apart_m: float,
    share: float,
    random: Generator,
) -> Int32:
    """Remove Gaussians within a ball that are closer than a distance to others.

    Args:
        canvas: the hair.
        centre: [3] of the ball.
        radius_m: of the ball.
        apart_m: what is left is at least as far apart, once the share is 1.
        share: 0..1, how many of them go.
        random: decides which.

    Returns:
        [n] the rows that are gone.
    """
    near = rows_in_ball(canvas.means, centre, radius_m)
    near = near[living(canvas)[near]]
    is_free = free(canvas)[near]
    ordered = np.concatenate([near[~is_free], random.permutation(near[is_free])])
    close = ordered[~_spaced(canvas.means[ordered], apart_m)]
    close = close[canvas.mask[close] >= 0.5]
    gone: Int32 = close[: int(np.ceil(share * len(close)))]
    canvas.delete(gone)
    return gone


def thin(canvas: HairCanvas, share: float) -> Int32:
    """Remove a share 0..1 of the hair, evenly all over; the rows [n] that are gone.

    Strands go from root to tip where they are known, as thinning scissors take them. The same hair
    is always thinned alike; thinning again takes a share of what is left.
    """
    is_living = living(canvas)
    random = np.random.default_rng(int(is_living.sum()))
    dice = random.random(canvas.count)
    if canvas.strands is not None:
        every = np.arange(canvas.count, dtype=np.int32)
        numbers, columns = np.unique(Courses(canvas).columns(every, _STRAND_M), return_inverse=True)
        dice = random.random(len(numbers))[columns.reshape(-1)]
    gone = rows_where(is_living & (dice < share * canvas.mask))
    canvas.delete(gone)
    return gone


def _between(one: GaussianCloud, other: GaussianCloud, t: Float32) -> GaussianCloud:
    """Gaussians between pairs of them: sizes and colours mixed, pointing a middle way."""
    index = np.arange(len(one))
    axes = [
        matrix_from_quat(each.quats)[index, :, each.scales.argmax(axis=1)] for each in (one, other)
    ]
    alike = np.sign((axes[0] * axes[1]).sum(axis=1, keepdims=True))
    middle = (1 - t) * axes[0] + t * np.where(alike < 0, -1, 1) * axes[1]
    middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-6)
    result = turned(one, one.means, turn_between(axes[0], middle.astype(np.float32)))
    order = one.scales.argsort(axis=1).argsort(axis=1)
    sizes = np.take_along_axis(np.sort(other.scales, axis=1), order, axis=1)
    sh = result.sh.copy()
    sh[:, 0] = (1 - t) * one.sh[:, 0] + t * other.sh[:, 0]
    return GaussianCloud(
        result.means,
        result.quats,
        (one.scales ** (1 - t) * sizes**t).astype(np.float32),
        ((1 - t[:, 0]) * one.opacities + t[:, 0] * other.opacities).astype(np.float32),
        sh,
        result.flags,
    )


def _spaced(points: Float32, apart_m: float) -> NDArray[np.bool_]:
    """[n] which points stay when those too close to an earlier one that stays are left out."""
    from scipy.spatial import cKDTree

    stays = np.ones(len(points), bool)
    if len(points) < 2:
        return stays
    pairs = cKDTree(points).query_pairs(apart_m, output_type="ndarray")
    for first, second in pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]:
        if stays[first]:
            stays[second] = False
    return stays


def _in_ball(points: Float32, centre: Float32, radius_m: float) -> NDArray[np.bool_]:
    is_inside: NDArray[np.bool_] = np.linalg.norm(points - centre, axis=1) < radius_m
    return is_inside
