"""Hair follows a scalp of another shape: similarities around points of it, blended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians import GaussianCloud, rotated_sh
from avatar_core.geometry import (
    Float32,
    expect_shapes,
    matrix_from_quat,
    quat_from_matrix,
    quat_multiply,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar_core.geometry.shapes import Float64

_MOST_CENTRES = 200
_PATCH_M = 0.012
"""Standard deviation of the patch of scalp whose change of shape a centre tells."""

_PRIOR_M = 0.002
"""Patches smaller than this tell no turn and no scale, and are left as they are."""

_NEAR_M, _WIDER = 0.009, 0.75
"""On the scalp hair follows this much of it around; farther out, more by this share of the
distance, so that hanging hair goes with the head as a whole and is not torn."""

_CHUNK = 4096


@dataclass(frozen=True, slots=True, eq=False)
class ScalpWarp:
    """A smooth map of the space around a scalp onto the space around another.

    Near the scalp a Gaussian keeps its height over it and its place on it; the farther away, the
    larger the part of the scalp whose mean motion it follows.

    Args:
        centres: [C, 3] points of the first scalp, metres.
        maps: [C, 3, 4] around each, x' = maps @ (x, 1): a scaled turn and a shift.
        turns: [C, 4] unit quaternions of them, scalar part positive.
        scales: [C] of them.

    Source:
        Sumner, Schmid and Pauly 2007, Embedded Deformation, section 3; here each node's map is
        found from the two scalps at once, and the blending grows wider with the distance.
    """

    centres: Float32
    maps: Float32
    turns: Float32
    scales: Float32

    @classmethod
    def between(cls, scalp: Float32, target: Float32) -> ScalpWarp:
        """The warp that carries a scalp onto another.

        Args:
            scalp: [S, 3] metres, roughly in place already.
            target: [S, 3] where its vertices belong.
        """
        sizes = expect_shapes(scalp=(scalp, "S 3"), target=(target, "S 3"))
        step = -(-sizes["S"] // _MOST_CENTRES)
        centres = scalp[::step].astype(np.float64)
        turns, scales, shifts = _local_similarities(centres, scalp, target)
        linear = scales[:, None, None] * turns
        return cls(
            centres.astype(np.float32),
            np.concatenate([linear, shifts[..., None]], axis=2).astype(np.float32),
            quat_from_matrix(turns.astype(np.float32)),
            scales.astype(np.float32),
        )

    def points(self, points: Float32) -> Float32:
        """[n, 3] where points [n, 3] go, metres."""
        moved = np.empty((len(points), 3), np.float32)
        for rows, weights in self._weights(points):
            maps = (weights @ self.maps.reshape(-1, 12)).reshape(-1, 3, 4)
            moved[rows] = (maps[..., :3] @ points[rows, :, None])[..., 0] + maps[..., 3]
        return moved

    def gaussians(self, cloud: GaussianCloud) -> GaussianCloud:
        """The cloud carried along: places, directions, sizes, and colours that depend on the view.

        Flags are kept.
        """
        turns = np.empty((len(cloud), 4), np.float32)
        factors = np.empty((len(cloud), 1), np.float32)
        for rows, weights in self._weights(cloud.means):
            turns[rows] = weights @ self.turns
            factors[rows, 0] = weights @ self.scales
        turns /= np.linalg.norm(turns, axis=1, keepdims=True)
        return GaussianCloud(
            means=self.points(cloud.means),
            quats=quat_multiply(turns, cloud.quats),
            scales=cloud.scales * factors,
            opacities=cloud.opacities,
            sh=rotated_sh(cloud.sh, matrix_from_quat(turns)) if len(cloud) else cloud.sh,
            flags=cloud.flags,
        )

    def _weights(self, points: Float32) -> Iterator[tuple[slice, Float32]]:
        """How much each point follows each centre, [n, C], in chunks of rows."""
        for start in range(0, len(points), _CHUNK):
            rows = slice(start, start + _CHUNK)
            squares = _squared_distances(points[rows], self.centres)
            nearest = squares.min(axis=1, keepdims=True)
            width = _NEAR_M + _WIDER * np.sqrt(nearest)
            weights = np.exp((nearest - squares) / (2 * width * width))
            weights /= weights.sum(axis=1, keepdims=True)
            yield rows, weights


def _local_similarities(
    centres: Float64, source: Float32, target: Float32
) -> tuple[Float64, Float64, Float64]:
    """Turn [C, 3, 3], scale [C] and shift [C, 3] that suit the vertices around each centre best.

    Source:
        Umeyama 1991, equations 40 to 42, with weights.
    """
    apart = _squared_distances(centres.astype(np.float32), source).astype(np.float64)
    weights = np.exp(-apart / (2 * _PATCH_M**2)) + 1e-6
    weights /= weights.sum(axis=1, keepdims=True)
    middle, goal = weights @ source, weights @ target
    spread = np.einsum("cs,sa->c", weights, source.astype(np.float64) ** 2)
    spread -= (middle**2).sum(axis=1)
    covariance = np.einsum("cs,sa,sb->cab", weights, target, source, optimize=True)
    covariance -= goal[:, :, None] * middle[:, None, :]
    covariance += _PRIOR_M**2 * np.eye(3)
    spread += 3 * _PRIOR_M**2
    u, values, vt = np.linalg.svd(covariance)
    signs = np.ones_like(values)
    signs[:, 2] = np.sign(np.linalg.det(u @ vt))
    turns = (u * signs[:, None, :]) @ vt
    scales = (values * signs).sum(axis=1) / spread
    shifts = goal - scales[:, None] * (turns @ middle[..., None])[..., 0]
    return turns, scales, shifts


def _squared_distances(points: Float32, others: Float32) -> Float32:
    """[n, m], by differences: sums of squares lose too much in float32 where points coincide."""
    result = np.zeros((len(points), len(others)), np.float32)
    for axis in range(3):
        result += (points[:, None, axis] - others[None, :, axis]) ** 2
    return result
