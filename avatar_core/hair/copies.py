"""Copies of hair: Gaussians as they look now, to be added elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from avatar_core.gaussians import GaussianCloud, rotated_sh
from avatar_core.gaussians.harmonics import BAND_0, GREY
from avatar_core.geometry import matrix_from_quat, quat_from_matrix, quat_multiply

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

    from avatar_core.geometry import Float32, Int32
    from avatar_core.hair.canvas import HairCanvas


def cloud_of(canvas: HairCanvas, rows: Int32) -> GaussianCloud:
    """Some Gaussians [n] of a canvas as they look now."""
    cloud = canvas.edited.cloud.subset(rows)
    cloud.sh[:, 0] = (canvas.colours[rows] - np.float32(GREY)) / np.float32(BAND_0)
    return cloud


def turned(cloud: GaussianCloud, means: Float32, turns: Float32) -> GaussianCloud:
    """Gaussians put elsewhere, turned with their colours.

    Args:
        cloud: [n].
        means: [n, 3] where they are to be.
        turns: [3, 3] for all of them, or [n, 3, 3].
    """
    each = np.broadcast_to(quat_from_matrix(turns), cloud.quats.shape)
    return GaussianCloud(
        means.astype(np.float32),
        quat_multiply(each, cloud.quats),
        cloud.scales,
        cloud.opacities,
        rotated_sh(cloud.sh, turns),
        cloud.flags,
    )


_TREES: WeakKeyDictionary[HairCanvas, tuple[Float32, cKDTree]] = WeakKeyDictionary()
"""Of the hairstyle as it lay when one was last asked for, which a stroke often leaves alone."""


def nearest_rows(canvas: HairCanvas, points: Float32) -> Int32:
    """[n] Gaussians of the hairstyle nearest to points [n, 3], as they lie now."""
    from scipy.spatial import cKDTree

    means = canvas.means[: len(canvas.base)]
    known = _TREES.get(canvas)
    if known is None or not np.array_equal(known[0], means):
        known = _TREES[canvas] = (means.copy(), cKDTree(means))
    return np.asarray(known[1].query(points)[1], np.int32).reshape(len(points))


def turn_between(one: Float32, other: Float32) -> Float32:
    """Smallest turns [n, 3, 3] of unit vectors [n, 3] onto others [n, 3]."""
    cosines = (one * other).sum(axis=1)
    axes = np.cross(one, other)
    opposite = cosines < -0.9999
    if opposite.any():
        helper = np.eye(3, dtype=np.float32)[np.abs(one[opposite]).argmin(axis=1)]
        axes[opposite] = np.cross(one[opposite], helper)
    quats = np.concatenate([(1 + cosines)[:, None], axes], axis=1)
    quats[opposite, 0] = 0
    quats /= np.linalg.norm(quats, axis=1, keepdims=True)
    return matrix_from_quat(quats.astype(np.float32))
