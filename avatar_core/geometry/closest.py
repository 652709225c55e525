"""Closest points of a triangle mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.geometry.shapes import Float32, Int32, expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64

_CANDIDATES = 12
"""Triangles looked at for each point, those whose middles are nearest."""

_CHUNK = 8192


class Closest(NamedTuple):
    """For each of n points, the place on the mesh that is nearest to it.

    points [n, 3] metres; triangles [n]; normals [n, 3] unit, of those triangles; heights [n]
    metres along the normal, negative inside.
    """

    points: Float32
    triangles: Int32
    normals: Float32
    heights: Float32


def closest_on_mesh(points: Float32, vertices: Float32, faces: Int32) -> Closest:
    """The nearest places of a mesh with triangles of roughly equal size.

    Args:
        points: [n, 3] metres.
        vertices: [V, 3] metres.
        faces: [F, 3] vertex ids, counter-clockwise from outside, F >= 1, none without area.

    Source:
        Ericson 2004, Real-Time Collision Detection, section 5.1.5.
    """
    from scipy.spatial import cKDTree

    expect_shapes(points=(points, "n 3"), vertices=(vertices, "V 3"), faces=(faces, "F 3"))
    corners = vertices[faces].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)
    count = min(_CANDIDATES, len(faces))
    tree = cKDTree(corners.mean(axis=1))
    places = np.empty((len(points), 3))
    triangles = np.empty(len(points), np.int32)
    for start in range(0, len(points), _CHUNK):
        chunk = points[start : start + _CHUNK].astype(np.float64)
        near = np.asarray(tree.query(chunk, k=range(1, count + 1))[1])
        found = _on_triangles(chunk[:, None], corners[near])
        best = ((found - chunk[:, None]) ** 2).sum(axis=2).argmin(axis=1)
        rows = np.arange(len(chunk))
        places[start : start + _CHUNK] = found[rows, best]
        triangles[start : start + _CHUNK] = near[rows, best]
    outwards = normals[triangles]
    heights = ((points - places) * outwards).sum(axis=1)
    return Closest(
        places.astype(np.float32),
        triangles,
        outwards.astype(np.float32),
        heights.astype(np.float32),
    )


def _on_triangles(points: Float64, corners: Float64) -> Float64:
    """[..., 3] of triangles [..., 3, 3] the places nearest to points [..., 3]."""
    a, b, c = (corners[..., corner, :] for corner in range(3))
    inside = _on_planes(points, a, b - a, c - a)
    sides = np.stack([_on_edges(points, *ends) for ends in ((a, b), (b, c), (c, a))], axis=-2)
    apart = ((sides - points[..., None, :]) ** 2).sum(axis=-1)
    nearest = np.take_along_axis(sides, apart.argmin(axis=-1)[..., None, None], axis=-2)[..., 0, :]
    return np.where(np.isnan(inside), nearest, inside)


def _on_planes(points: Float64, origin: Float64, first: Float64, second: Float64) -> Float64:
    """The foot of each point in its triangle's plane; nan where it lies outside the triangle."""
    offset = points - origin
    d00, d01, d11 = (
        (one * other).sum(axis=-1)
        for one, other in ((first, first), (first, second), (second, second))
    )
    d20, d21 = (offset * first).sum(axis=-1), (offset * second).sum(axis=-1)
    scale = np.maximum(d00 * d11 - d01 * d01, 1e-30)
    u, v = (d11 * d20 - d01 * d21) / scale, (d00 * d21 - d01 * d20) / scale
    outside = (u < 0) | (v < 0) | (u + v > 1)
    foot: Float64 = origin + u[..., None] * first + v[..., None] * second
    foot[outside] = np.nan
    return foot


def _on_edges(points: Float64, start: Float64, end: Float64) -> Float64:
    along = end - start
    length = np.maximum((along * along).sum(axis=-1), 1e-30)
    share = (((points - start) * along).sum(axis=-1) / length).clip(0, 1)
    place: Float64 = start + share[..., None] * along
    return place
