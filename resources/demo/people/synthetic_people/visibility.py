"""How much of the surroundings each point of a head sees, by direction.

Depth pictures from many directions tell whether a point is hidden. For each point a constant and a
gradient over directions are fitted, enough for soft contact shadows at the cost of one dot product.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from synthetic_capture.mesh.arrays import Float, Float32

DIRECTIONS = 36
_HALF_WIDTH_M = 0.2
_CENTRE_M = np.array([0.0, -0.05, 0.0])
_BIAS_M = 0.0045
_RIDGE = 0.08


def sphere_directions(count: int) -> Float:
    """[count, 3] unit vectors, spread evenly (Fibonacci lattice)."""
    k = np.arange(count) + 0.5
    z = 1 - 2 * k / count
    angle = np.pi * (1 + 5**0.5) * k
    across = np.sqrt(1 - z * z)
    return np.stack([across * np.cos(angle), across * np.sin(angle), z], 1)


def direction_view(direction: Float) -> Float:
    """[4, 4] from head frame to clip space, seen from `direction`; depth grows away from there."""
    up = np.array([0.0, 1.0, 0.0]) if abs(direction[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    right = np.cross(up, direction)
    right /= np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([right, np.cross(direction, right), -direction]) / _HALF_WIDTH_M
    matrix[:3, 3] = -matrix[:3, :3] @ _CENTRE_M
    return matrix


def fitted_visibility(
    sets: list[tuple[Float32, Float32 | None]], depth_from: Callable[[Float], Float32]
) -> list[Float32]:
    """Constant and gradient [N, 4] for each set of points.

    Args:
        sets: points [N, 3], head frame, and their normals [N, 3], or None where light comes from
            all sides.
        depth_from: draws the head through a [4, 4] view; gives depth [R, R] 0..1, bottom row first.
    """
    directions = sphere_directions(DIRECTIONS)
    seen = [np.zeros((DIRECTIONS, len(points)), np.float32) for points, _ in sets]
    for k, direction in enumerate(directions):
        view = direction_view(direction)
        depth = depth_from(view)
        for rows, (points, _) in zip(seen, sets, strict=True):
            place = points @ view[:3, :3].T + view[:3, 3]
            pixel = ((place[:, :2] * 0.5 + 0.5) * len(depth)).astype(int).clip(0, len(depth) - 1)
            bias = _BIAS_M / _HALF_WIDTH_M / 2
            rows[k] = depth[pixel[:, 1], pixel[:, 0]] + bias > place[:, 2] * 0.5 + 0.5
    return [_fit(rows, directions, normals) for rows, (_, normals) in zip(seen, sets, strict=True)]


def _fit(seen: Float32, directions: Float, normals: Float32 | None) -> Float32:
    """[N, 4] least squares over the directions that the surface faces."""
    basis = np.c_[np.ones(len(directions)), directions]
    products = np.einsum("ka,kb->kab", basis, basis).reshape(len(directions), 16)
    if normals is None:
        weights = np.ones((seen.shape[1], len(directions)))
    else:
        weights = np.clip(normals @ directions.T + 0.05, 0, 1)
    left = (weights @ products).reshape(-1, 4, 4)
    left += np.diag([1e-3, 1, 1, 1]) * _RIDGE * weights.sum(1)[:, None, None]
    right = np.einsum("nk,kn,ka->na", weights, seen, basis)
    fitted: Float32 = np.linalg.solve(left, right[..., None])[..., 0].astype(np.float32)
    return fitted
