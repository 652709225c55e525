"""What a tool may touch, and where hair may go: the living, the free, the clear of the head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians.cloud import DELETED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32
    from avatar_core.hair.canvas import HairCanvas

CLEARANCE_M = 0.001
"""How far above the skin hair ends up at least, unless it lay closer before."""

_GONE = 1.0 / 255.0


def living(canvas: HairCanvas) -> NDArray[np.bool_]:
    """[M] which Gaussians are not deleted."""
    hair = canvas.edited
    is_deleted = (hair.cloud.flags & DELETED) != 0
    is_living: NDArray[np.bool_] = (hair.opacity_factors >= _GONE) & ~is_deleted
    return is_living


def rows_where(condition: NDArray[np.bool_]) -> Int32:
    """[n] the rows in which a condition [M] holds, rising."""
    return np.flatnonzero(condition).astype(np.int32)


def rows_in_ball(points: Float32, centre: Float32, radius_m: float) -> Int32:
    """[n] the rows of points [M, 3] closer to a centre [3] than a radius, rising."""
    # Most are out by one axis alone.
    rows = np.flatnonzero(np.abs(points[:, 1] - centre[1]) < radius_m)
    inside = np.linalg.norm(points[rows] - centre, axis=1) < radius_m
    found: Int32 = rows[inside].astype(np.int32)
    return found


def free(canvas: HairCanvas) -> NDArray[np.bool_]:
    """[M] which ones all-or-nothing tools may touch: living, and more selected than not."""
    return (canvas.mask >= 0.5) & living(canvas)


def clear_of_head(canvas: HairCanvas, means: Float32, heights_m: Float32 | float) -> Float32:
    """Places for hair, lifted out of the head where they would end inside it.

    Args:
        canvas: the hair and the head.
        means: [n, 3] where hair is to go, metres.
        heights_m: [n] above the skin that it came from; what lay deeper than `CLEARANCE_M` may stay
            as deep.
    """
    if canvas.head is None or not len(means):
        return means
    least = np.minimum(np.asarray(heights_m, np.float32), np.float32(CLEARANCE_M))
    return canvas.head.kept_out(means, np.broadcast_to(least, (len(means),)))


def heights_of(canvas: HairCanvas, rows: Int32) -> Float32:
    """[n] metres of Gaussians above the skin; +inf where there is no head."""
    if canvas.head is None or not len(rows):
        return np.full(len(rows), np.inf, np.float32)
    return canvas.head.heights(canvas.means[rows])
