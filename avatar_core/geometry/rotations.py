"""Rotations as axis-angle vectors, unit quaternions (wxyz) and matrices (column vectors)."""

from __future__ import annotations

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry.shapes import Float32, Float64, expect_shapes

_TINY_ANGLE_RAD = 1e-8


def quat_from_axis_angle(axis_angle: Float32) -> Float32:
    """Unit quaternions of axis-angle vectors.

    Args:
        axis_angle: [..., 3] radians.

    Returns:
        [..., 4] unit quaternions, wxyz.
    """
    _expect_last(axis_angle, 3, "axis_angle")
    vector = np.asarray(axis_angle, np.float64)
    half = 0.5 * np.linalg.norm(vector, axis=-1, keepdims=True)
    # sin(a/2)/a written with sinc stays exact down to the zero rotation.
    xyz = 0.5 * vector * np.sinc(half / np.pi)
    return np.concatenate([np.cos(half), xyz], axis=-1).astype(np.float32)


def matrix_from_quat(quats: Float32) -> Float32:
    """Rotation matrices of quaternions, which are normalised first.

    Args:
        quats: [..., 4] wxyz, not all zero.

    Returns:
        [..., 3, 3] matrices acting on column vectors.
    """
    _expect_last(quats, 4, "quats")
    unit = np.asarray(quats, np.float64)
    unit = unit / np.linalg.norm(unit, axis=-1, keepdims=True)
    w, x, y, z = np.moveaxis(unit, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    stacked = np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    return stacked.astype(np.float32)


def matrix_from_axis_angle(axis_angle: Float32) -> Float32:
    """Rotation matrices [..., 3, 3] of axis-angle vectors [..., 3] (radians)."""
    return matrix_from_quat(quat_from_axis_angle(axis_angle))


def quat_from_matrix(matrices: Float32) -> Float32:
    """Unit quaternions of rotation matrices, scalar part not negative.

    Args:
        matrices: [..., 3, 3] rotations, column vectors.

    Returns:
        [..., 4] wxyz.

    Source:
        Shepperd 1978; here as the eigenvector-free "largest of four" selection.
    """
    if matrices.shape[-2:] != (3, 3):
        raise ShapeError(f"matrices: expected [..., 3, 3], got {list(matrices.shape)}")
    m = np.asarray(matrices, np.float64)
    trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    # Row k holds the quaternion up to scale computed from its k-th component.
    candidates = np.stack(
        [
            _stack(1 + trace, _skew(m, 2, 1), _skew(m, 0, 2), _skew(m, 1, 0)),
            _stack(_skew(m, 2, 1), 1 + 2 * m[..., 0, 0] - trace, _sym(m, 0, 1), _sym(m, 0, 2)),
            _stack(_skew(m, 0, 2), _sym(m, 0, 1), 1 + 2 * m[..., 1, 1] - trace, _sym(m, 1, 2)),
            _stack(_skew(m, 1, 0), _sym(m, 0, 2), _sym(m, 1, 2), 1 + 2 * m[..., 2, 2] - trace),
        ],
        axis=-2,
    )
    diagonal = np.einsum("...kk->...k", candidates)
    best = np.argmax(diagonal, axis=-1)[..., None, None]
    quats = np.take_along_axis(candidates, best, axis=-2)[..., 0, :]
    quats /= np.linalg.norm(quats, axis=-1, keepdims=True)
    return np.where(quats[..., :1] < 0, -quats, quats).astype(np.float32)


def axis_angle_from_matrix(matrices: Float32) -> Float32:
    """Axis-angle vectors [..., 3] (radians, at most pi long) of rotations [..., 3, 3]."""
    return axis_angle_from_quat(quat_from_matrix(matrices))


def axis_angle_from_quat(quats: Float32) -> Float32:
    """Axis-angle vectors [..., 3] (radians, at most pi long) of unit quaternions [..., 4] wxyz."""
    _expect_last(quats, 4, "quats")
    q = np.asarray(quats, np.float64)
    q = np.where(q[..., :1] < 0, -q, q)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, q[..., :1])
    scale = np.where(sine > _TINY_ANGLE_RAD, angle / np.maximum(sine, _TINY_ANGLE_RAD), 2.0)
    return (scale * q[..., 1:]).astype(np.float32)


def quat_multiply(left: Float32, right: Float32) -> Float32:
    """Hamilton product of quaternions [..., 4] wxyz: the rotation `right`, then `left`."""
    _expect_last(left, 4, "left")
    _expect_last(right, 4, "right")
    aw, ax, ay, az = np.moveaxis(np.asarray(left), -1, 0)
    bw, bx, by, bz = np.moveaxis(np.asarray(right), -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    ).astype(np.float32)


def rigid_fit(source: Float32, target: Float32) -> tuple[Float32, Float32]:
    """The rotation and translation that best carry one point set onto another.

    Args:
        source: [N, 3] points, N >= 3 and not on one line.
        target: [N, 3] their counterparts.

    Returns:
        rotation [3, 3] and translation [3] with `target ~ source @ rotation.T + translation`,
        least squares; never a reflection.

    Raises:
        ShapeError: fewer than three points, or unequal numbers of them.

    Source:
        Kabsch 1976; Umeyama 1991 for the sign of the determinant.
    """
    sizes = expect_shapes(source=(source, "N 3"), target=(target, "N 3"))
    if sizes["N"] < 3:
        raise ShapeError(f"source: expected at least 3 points, got {sizes['N']}")
    centre_source = source.mean(axis=0, dtype=np.float64)
    centre_target = target.mean(axis=0, dtype=np.float64)
    covariance = (target - centre_target).T @ (source - centre_source)
    u, _, vt = np.linalg.svd(covariance)
    sign = np.sign(np.linalg.det(u @ vt)) or 1.0
    rotation = u @ np.diag([1.0, 1.0, sign]) @ vt
    translation = centre_target - rotation @ centre_source
    return rotation.astype(np.float32), translation.astype(np.float32)


def similarity_fit(source: Float32, target: Float32) -> tuple[float, Float32, Float32]:
    """The scale, rotation and translation that best carry one point set onto another.

    Args:
        source: [N, 3] points, N >= 3 and not on one line.
        target: [N, 3] their counterparts.

    Returns:
        scale, rotation [3, 3] and translation [3] with
        `target ~ scale * source @ rotation.T + translation`, least squares; never a reflection.

    Raises:
        ShapeError: fewer than three points, unequal numbers of them, or all of `source` in one
            place.

    Source:
        Umeyama 1991, equations 40 to 42.
    """
    rotation, _ = rigid_fit(source, target)  # the best turn is the same at every scale
    centre_source = source.mean(axis=0, dtype=np.float64)
    centre_target = target.mean(axis=0, dtype=np.float64)
    spread = float(((source - centre_source) ** 2).sum())
    if spread == 0:
        raise ShapeError("source: all points lie in one place")
    turned = (source - centre_source) @ rotation.T
    scale = float(((target - centre_target) * turned).sum()) / spread
    translation = centre_target - scale * (rotation @ centre_source)
    return scale, rotation, translation.astype(np.float32)


def _expect_last(array: Float32, size: int, name: str) -> None:
    if array.ndim == 0 or array.shape[-1] != size:
        raise ShapeError(f"{name}: expected [..., {size}], got {list(array.shape)}")


def _skew(m: Float64, row: int, column: int) -> Float64:
    difference: Float64 = m[..., row, column] - m[..., column, row]
    return difference


def _sym(m: Float64, row: int, column: int) -> Float64:
    total: Float64 = m[..., row, column] + m[..., column, row]
    return total


def _stack(*parts: Float64) -> Float64:
    return np.stack(parts, axis=-1)
