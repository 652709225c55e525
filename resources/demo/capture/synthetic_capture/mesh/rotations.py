"""Rotations as axis-angle vectors, radians."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float


def matrix_from_axis_angle(vector: Float) -> Float:
    """[3, 3] of an axis-angle [3] (Rodrigues' formula)."""
    angle = np.linalg.norm(vector)
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    matrix: Float = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return matrix


def axis_angle_from_matrix(matrix: Float) -> Float:
    """Axis-angle [3] of a rotation [3, 3] by less than half a turn."""
    angle = np.arccos(np.clip((np.trace(matrix) - 1) / 2, -1, 1))
    axis = np.array(
        [matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]]
    )
    return axis / (np.linalg.norm(axis) + 1e-12) * angle


def fitted_rotation(source: Float, target: Float) -> Float:
    """Rotation [3, 3] that takes centred points [N, 3] nearest to others, in least squares.

    Source:
        Kabsch 1976, A solution for the best rotation to relate two sets of vectors.
    """
    u, _, vt = np.linalg.svd((source - source.mean(0)).T @ (target - target.mean(0)))
    sign = np.sign(np.linalg.det(vt.T @ u.T))
    rotation: Float = vt.T @ np.diag([1, 1, sign]) @ u.T
    return rotation
