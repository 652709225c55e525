"""Shape: hair moved, turned and scaled as a whole, mirrored, and given volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.mirroring import MIRROR, mirrored_quats, mirrored_sh
from avatar_core.geometry import (
    Float32,
    Int32,
    expect_shapes,
    matrix_from_axis_angle,
    quat_from_matrix,
)
from avatar_core.geometry.rotations import axis_angle_from_matrix
from avatar_core.hair.copies import cloud_of, nearest_rows
from avatar_core.hair.guides import Guides
from avatar_core.hair.limits import clear_of_head, free, heights_of, living, rows_where

if TYPE_CHECKING:
    from avatar_core.hair.canvas import HairCanvas

_HIGHEST_M = 0.05
"""Hair farther from the skin gains no more volume than hair that high."""

_MENDINGS = 8
"""How often what volume adds is evened out along the guides."""


def transform(
    canvas: HairCanvas,
    pivot: Float32,
    turn: Float32,
    scale: Float32 | float,
    shift: Float32,
    weights: Float32 | None = None,
) -> Int32:
    """Scale hair about a point, then turn it about that, then move it.

    Args:
        canvas: the hair.
        pivot: [3] metres.
        turn: [3, 3] rotation.
        scale: above 0, for all axes or [3] for each; Gaussians themselves by the mean of these.
        shift: [3] metres.
        weights: [M] 0..1, how much of it each Gaussian gets; all of it where left out.

    Returns:
        [n] the rows that were changed.

    Raises:
        ValueError: a scale is not above 0.
    """
    expect_shapes(pivot=(pivot, "3"), turn=(turn, "3 3"), shift=(shift, "3"))
    scales = np.broadcast_to(np.asarray(scale, np.float32), (3,))
    if not (scales > 0).all():
        raise ValueError(f"scale: expected numbers above 0, got {scale}")
    shares = canvas.mask if weights is None else canvas.mask * weights
    rows = rows_where((shares > 0) & living(canvas))
    share = shares[rows, None]
    axis_angle = axis_angle_from_matrix(np.asarray(turn, np.float32)[None])
    turns = matrix_from_axis_angle((share * axis_angle).astype(np.float32))
    away = (canvas.means[rows] - pivot) * scales**share
    means = pivot + np.einsum("nij,nj->ni", turns, away) + share * shift
    heights = heights_of(canvas, rows)
    canvas.move(rows, clear_of_head(canvas, means.astype(np.float32), heights), _quats(turns))
    mean_scale = np.exp(np.log(scales).mean())
    if not np.isclose(mean_scale, 1, atol=1e-7):
        canvas.resize(rows, np.repeat(mean_scale**share, 3, axis=1).astype(np.float32))
    return rows


def mirror(canvas: HairCanvas, from_left: bool) -> Int32:
    """Put the mirror image of one side's hair on the other side, across the plane x = 0.

    What may be changed on the other side goes; what may be changed on this side is copied.

    Args:
        canvas: the hair.
        from_left: whether the person's left (x > 0) is the side that is copied.

    Returns:
        [n] the new rows.
    """
    is_left = canvas.means[:, 0] > 0
    is_free = free(canvas)
    copied = rows_where(is_free & (is_left == from_left))
    canvas.delete(rows_where(is_free & (is_left != from_left)))
    cloud = cloud_of(canvas, copied)
    if not len(copied):
        return copied
    means = clear_of_head(canvas, cloud.means * MIRROR, heights_of(canvas, copied))
    return canvas.add(
        GaussianCloud(
            means,
            mirrored_quats(cloud.quats),
            cloud.scales,
            cloud.opacities,
            mirrored_sh(cloud.sh),
            cloud.flags,
        ),
        nearest_rows(canvas, means),
    )


def scale_volume(canvas: HairCanvas, factor: float) -> Int32:
    """Lift hair off the head, or lay it closer; roots stay.

    Args:
        canvas: hair with strands, and a head.
        factor: 0 or more, of the heights above the skin.

    Returns:
        [n] the rows that were changed so far, by this or before.

    Raises:
        AssetError: the strands or the head are not known.
        ValueError: the factor is below 0.
    """
    if not factor >= 0:
        raise ValueError(f"factor: expected 0 or more, got {factor}")
    if canvas.head is None:
        raise AssetError("Hair without a head has no volume.", "Choose an avatar that has a head.")
    guides = Guides(canvas)
    ids = np.arange(len(guides.nodes))
    bundle = guides.bundle(ids, np.ones(guides.nodes.shape[:2], np.float32))
    points = guides.nodes.reshape(-1, 3)
    heights = canvas.head.heights(points).clip(0, _HIGHEST_M)
    lifts = (np.float32(factor) - 1) * heights[:, None] * canvas.head.outwards(points)
    lifts = _evened(lifts.reshape(guides.nodes.shape), canvas.head.heights(points))
    guides.bend(bundle, guides.nodes + lifts, spring=0.0, keeps_lengths=False)
    guides.carry(canvas, is_stretched=True)
    return canvas.touched


def _evened(lifts: Float32, heights: Float32) -> Float32:
    """Lifts [G, K, 3] without jumps from node to node; far from the skin as at the last one near.

    Args:
        lifts: metres.
        heights: [G * K] above the skin; infinite for nodes that know of none.
    """
    is_near = np.isfinite(heights).reshape(lifts.shape[:2])
    for node in range(1, lifts.shape[1]):
        lifts[:, node] = np.where(is_near[:, node, None], lifts[:, node], lifts[:, node - 1])
    for _ in range(_MENDINGS):
        inner = (lifts[:, :-2] + 2 * lifts[:, 1:-1] + lifts[:, 2:]) / 4
        lifts[:, 1:-1] = inner
    return lifts


def _quats(turns: Float32) -> Float32 | None:
    """Turns [n, 3, 3] as [n, 4], or nothing where all are none."""
    if np.array_equal(turns, np.broadcast_to(np.eye(3, dtype=np.float32), turns.shape)):
        return None
    return quat_from_matrix(turns)
