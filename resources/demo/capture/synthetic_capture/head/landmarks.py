"""68 landmarks on the head's triangles, placed by hand on the base mesh.

Order: iBUG, which counts from the person's right (x < 0), the left of a picture.
Source: Sagonas et al. 2016, 300 Faces In-The-Wild Challenge, figure 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.mesh.triangles import planar_barycentrics

if TYPE_CHECKING:
    from synthetic_capture.head.makehuman import BaseMesh
    from synthetic_capture.head.topology import Topology
    from synthetic_capture.mesh.arrays import Float, Float32, Int32

_JAW_X, _JAW_Y, _JAW_Z = (
    (0, 0.24, 0.47, 0.62, 0.68),
    (6.19, 6.26, 6.48, 6.80, 7.20),
    (1.48, 1.38, 1.12, 0.82, 0.72),
)
"""From the chin to the ear, evenly along the jaw."""
_BROW = ((0.48, 7.47), (0.40, 7.525), (0.31, 7.53), (0.22, 7.51), (0.13, 7.475))
_NOSE = (
    *((0, y) for y in (7.27, 7.18, 7.09, 7.00)),
    *((-0.12, 6.87), (-0.06, 6.85), (0, 6.84), (0.06, 6.85), (0.12, 6.87)),
)
_OUTER_LIPS = (
    *((-0.25, 6.60), (-0.16, 6.66), (-0.06, 6.70), (0, 6.69), (0.06, 6.70), (0.16, 6.66)),
    *((0.25, 6.60), (0.16, 6.545), (0.07, 6.52), (0, 6.515), (-0.07, 6.52), (-0.16, 6.545)),
)
_INNER_LIPS = (
    *((-0.22, 6.60), (-0.08, 6.62), (0, 6.62), (0.08, 6.62)),
    *((0.22, 6.60), (0.08, 6.59), (0, 6.585), (-0.08, 6.59)),
)


def landmark_embedding(base: BaseMesh, topology: Topology) -> tuple[Int32, Float32]:
    """Face ids [68] and barycentric weights [68, 3]."""
    candidates = np.flatnonzero(np.isin(topology.labels, ["skin", "lips", "neck", "ear"]))
    corners = topology.base_points[topology.faces[candidates]]
    found = [_projected(np.array(point), corners) for point in _brows_and_nose()]
    lids = [_nearest(point, corners) for side in "rl" for point in _lid_points(base, side)]
    jaw = [_nearest(point, corners) for point in _jaw_points()]
    mouth = [_projected(np.array(point), corners) for point in (*_OUTER_LIPS, *_INNER_LIPS)]
    faces, weights = zip(*jaw, *found, *lids, *mouth, strict=True)
    clipped = np.clip(np.array(weights), 0, None)
    clipped /= clipped.sum(1, keepdims=True)
    return candidates[list(faces)].astype(np.int32), clipped.astype(np.float32)


def _jaw_points() -> Float:
    """[17, 3] dm from the person's right ear over the chin to the left."""
    angle = np.linspace(-1, 1, 17)
    knots = [0, 0.25, 0.5, 0.75, 1]
    x, y, z = (np.interp(np.abs(angle), knots, values) for values in (_JAW_X, _JAW_Y, _JAW_Z))
    return np.stack([x * np.sign(angle), y, z], 1)


def _brows_and_nose() -> list[tuple[float, float]]:
    return [*((-x, y) for x, y in _BROW), *_BROW[::-1], *_NOSE]


def _lid_points(base: BaseMesh, side: str) -> Float:
    """[6, 3] dm around an eye, at the edges of its lids."""
    upper, lower = (
        base.vertices[base.lash_vertices(side, is_upper)[0]] for is_upper in (True, False)
    )
    upper, lower = (
        edge[np.round(np.array([0, 1, 2, 3]) / 3 * (len(edge) - 1)).astype(int)]
        for edge in (upper, lower)
    )
    return np.array([*upper, lower[2], lower[1]])


def _projected(point: Float, corners: Float) -> tuple[int, Float]:
    """The foremost triangle of [F, 3, 3] that covers a point [2] seen from the front."""
    weights = planar_barycentrics(point, corners[:, :, :2])
    depth = np.where((weights >= -1e-9).all(1), (corners[:, :, 2] * weights).sum(1), -np.inf)
    best = int(depth.argmax())
    return best, weights[best]


def _nearest(point: Float, corners: Float) -> tuple[int, Float]:
    """The triangle of [F, 3, 3] with the nearest centre to a point [3], and its foot point."""
    best = int(np.linalg.norm(corners.mean(1) - point, axis=1).argmin())
    a, b, c = corners[best]
    v, w = np.linalg.lstsq(np.c_[b - a, c - a], point - a, rcond=None)[0]
    return best, np.array([1 - v - w, v, w])
