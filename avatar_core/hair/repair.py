"""Repair: hair cloned from one place of the head to another, bald spots and floaters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians.cloud import HIDDEN, joined
from avatar_core.geometry import Float32, Int32, matrix_from_axis_angle
from avatar_core.hair.copies import cloud_of, nearest_rows, turn_between, turned
from avatar_core.hair.limits import (
    clear_of_head,
    free,
    heights_of,
    living,
    rows_in_ball,
    rows_where,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.gaussians import GaussianCloud
    from avatar_core.hair.canvas import HairCanvas

_UP = np.array([0, 1, 0], np.float32)
_TOGETHER_M = 0.015
"""Hair around a place, whose direction counts there."""

_NEIGHBOUR = 4
_FLOATING = 3.5
"""A floater's fourth neighbour is so many times further than is usual."""

_PATCH_M = 0.005
"""Radius of what is looked at, and copied, at once when bald spots are filled."""

_BALD = 0.4
"""A spot is bald with less than this share of the hair around it."""

_LAYER_M = 0.05
"""Hair further above the skin does not cover it."""


def delete_selected(canvas: HairCanvas) -> Int32:
    """Delete what may be changed: the selection, or all where nothing is selected; its rows."""
    rows = rows_where(free(canvas))
    canvas.delete(rows)
    return rows


def turn_from_to(canvas: HairCanvas, source: Float32, target: Float32) -> Float32:
    """The turn [3, 3] that lays hair of one place [3] of the head onto another [3].

    Skin lands on skin, and hair points the way that hair there points, where there is some.
    """
    normals = _outwards(canvas, np.stack([source, target]))
    turn: Float32 = turn_between(normals[:1], normals[1:])[0]
    here, there = turn @ _direction(canvas, source), _direction(canvas, target)
    here, there = here - (here @ normals[1]) * normals[1], there - (there @ normals[1]) * normals[1]
    if min(np.linalg.norm(here), np.linalg.norm(there)) < 0.2:
        return turn
    angle = np.arctan2(np.cross(here, there) @ normals[1], here @ there)
    twist: Float32 = matrix_from_axis_angle((angle * normals[1])[None].astype(np.float32))[0]
    return twist @ turn


def clone(
    canvas: HairCanvas, rows: Int32, source: Float32, target: Float32, turn: Float32
) -> Int32:
    """Add copies of Gaussians elsewhere on the head.

    Args:
        canvas: the hair.
        rows: [n] what is copied.
        source: [3] the place that comes to lie at the target, as high above the skin as it was.
        target: [3] there.
        turn: [3, 3] from the one to the other, see `turn_from_to`.

    Returns:
        [n] the new rows.
    """
    return _added(canvas, [_copies(canvas, rows, source, target, turn)])


def _copies(
    canvas: HairCanvas, rows: Int32, source: Float32, target: Float32, turn: Float32
) -> GaussianCloud:
    """The same, before they are added."""
    lift: Float32 = np.zeros(3, np.float32)
    if canvas.head is not None:
        ends = np.stack([source, target]).astype(np.float32)
        heights = canvas.head.heights(ends)
        if np.isfinite(heights).all():
            lift = (heights[0] - heights[1]) * canvas.head.outwards(ends[1:])[0]
    means = ((canvas.means[rows] - source) @ turn.T + target + lift).astype(np.float32)
    means = clear_of_head(canvas, means, heights_of(canvas, rows))
    return turned(cloud_of(canvas, rows), means, turn)


def _added(canvas: HairCanvas, clouds: list[GaussianCloud]) -> Int32:
    """Add Gaussians at once, which ride on those nearest to them; the new rows."""
    if not sum(map(len, clouds)):
        return np.zeros(0, np.int32)
    cloud = joined(clouds)
    return canvas.add(cloud, nearest_rows(canvas, cloud.means))


def copyable(canvas: HairCanvas) -> NDArray[np.bool_]:
    """[M] what can be seen and so be copied."""
    is_shown: NDArray[np.bool_] = (canvas.edited.cloud.flags & HIDDEN) == 0
    return is_shown & living(canvas)


def floaters(canvas: HairCanvas) -> NDArray[np.bool_]:
    """[M] Gaussians far from all others."""
    from scipy.spatial import cKDTree

    rows = rows_where(living(canvas))
    result = np.zeros(canvas.count, bool)
    if len(rows) > _NEIGHBOUR:
        tree = cKDTree(canvas.means[rows])
        distances = np.asarray(tree.query(canvas.means[rows], [_NEIGHBOUR + 1], workers=-1)[0])[
            :, 0
        ]
        result[rows] = distances > _FLOATING * np.median(distances)
    return result


def fill_bald_spots(canvas: HairCanvas, centre: Float32, radius_m: float) -> Int32:
    """Copy hair from around into spots that have less of it.

    Args:
        canvas: the hair.
        centre: [3] of the ball that is looked at.
        radius_m: of the ball.

    Returns:
        [n] the new rows.
    """
    spots = _skin_around(canvas, centre, 2 * radius_m)
    is_inside = np.linalg.norm(spots - centre, axis=1) < radius_m
    if is_inside.all():
        return np.zeros(0, np.int32)
    rows = rows_in_ball(canvas.means, centre, 2 * radius_m + _LAYER_M)
    rows = rows[copyable(canvas)[rows]]
    normals = _outwards(canvas, spots)
    columns = _columns(canvas, rows, spots, normals)
    amounts = np.array([len(each) for each in columns])
    usual = np.median(amounts[~is_inside])
    good = np.flatnonzero(amounts >= max(0.7 * usual, 1))
    bald = np.flatnonzero(is_inside & (amounts < _BALD * usual))
    copies = []
    for spot in bald if len(good) else []:
        nearest = good[np.linalg.norm(spots[good] - spots[spot], axis=1).argmin()]
        source, target = spots[nearest], spots[spot]
        turn = turn_from_to(canvas, source, target)
        copies.append(_copies(canvas, columns[nearest], source, target, turn))
    return _added(canvas, copies)


def _columns(canvas: HairCanvas, rows: Int32, spots: Float32, normals: Float32) -> list[Int32]:
    """Those of some rows that lie over each spot [S, 3] of the skin."""
    from avatar_core.hair.repair_kernels import columns_over

    starts, found = columns_over(
        np.ascontiguousarray(canvas.means[rows]), np.ascontiguousarray(spots),
        np.ascontiguousarray(normals), _PATCH_M, _LAYER_M,
    )  # fmt: skip
    return np.split(rows[found], starts[1:-1])


def _skin_around(canvas: HairCanvas, centre: Float32, radius_m: float) -> Float32:
    """[S, 3] points of the skin, a patch apart, the nearest to the centre first."""
    normal = _outwards(canvas, centre[None])[0]
    axes = turn_between(np.array([[0, 0, 1]], np.float32), normal[None])[0]
    steps = np.arange(-radius_m, radius_m + _PATCH_M, 1.7 * _PATCH_M)
    steps -= steps[np.abs(steps).argmin()]
    across = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    across = across[np.linalg.norm(across, axis=1).argsort(kind="stable")]
    points: Float32 = (centre + across @ axes[:, :2].T).astype(np.float32)
    if canvas.head is None:
        return points
    heights = canvas.head.heights(points)
    known = np.isfinite(heights)
    points, heights = points[known], heights[known]
    return points - heights[:, None] * canvas.head.outwards(points)


def _outwards(canvas: HairCanvas, points: Float32) -> Float32:
    """[n, 3] unit vectors away from the skin, or from the middle of the hair without."""
    normals = np.zeros_like(points, np.float32)
    if canvas.head is not None:
        normals = canvas.head.outwards(points.astype(np.float32))
    is_known = normals.any(axis=1, keepdims=True)
    if is_known.all():
        return normals
    away = points - canvas.means.mean(axis=0)
    lengths = np.linalg.norm(away, axis=1, keepdims=True)
    outwards: Float32 = np.where(lengths > 1e-6, away / np.maximum(lengths, 1e-6), _UP)
    return np.where(is_known, normals, outwards).astype(np.float32)


def _direction(canvas: HairCanvas, point: Float32) -> Float32:
    """[3] the way that hair around a place points; short where it points anywhere."""
    if canvas.strands is None:
        return np.zeros(3, np.float32)
    near = rows_in_ball(canvas.means, point, _TOGETHER_M)
    near = near[living(canvas)[near]]
    if not len(near):
        return np.zeros(3, np.float32)
    mean: Float32 = canvas.strands.tangents[near].mean(axis=0)
    return mean
