"""Compiled search for the nearest place of a surface. Importing this module loads numba."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
from numba import types

from avatar_core.texture.atlas_kernels import TRIANGLES, VECTORS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Float64

_VECTOR = types.float64[::1]


@numba.njit(
    types.float64(VECTORS, TRIANGLES, types.int64, _VECTOR, _VECTOR), cache=True, nogil=True
)
def nearest_in_face(
    vertices: Float32, faces: Int32, face: int, place: Float64, weights: Float64
) -> float:
    """Square of the distance from a place [3] to a triangle.

    Args:
        vertices: [V, 3].
        faces: [F, 3].
        face: which.
        place: [3].
        weights: [3], written: barycentrics of the nearest place.

    Source:
        Ericson 2004, Real-Time Collision Detection, section 5.1.5.
    """
    a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
    d1, d2, d3, d4, d5, d6 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for axis in range(3):
        ab = float(vertices[b, axis]) - vertices[a, axis]
        ac = float(vertices[c, axis]) - vertices[a, axis]
        d1 += ab * (place[axis] - vertices[a, axis])
        d2 += ac * (place[axis] - vertices[a, axis])
        d3 += ab * (place[axis] - vertices[b, axis])
        d4 += ac * (place[axis] - vertices[b, axis])
        d5 += ab * (place[axis] - vertices[c, axis])
        d6 += ac * (place[axis] - vertices[c, axis])
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    second, third = 0.0, 0.0
    if d1 <= 0 and d2 <= 0:
        pass
    elif d3 >= 0 and d4 <= d3:
        second = 1.0
    elif d6 >= 0 and d5 <= d6:
        third = 1.0
    elif vc <= 0 and d1 >= 0 and d3 <= 0:
        second = d1 / max(d1 - d3, 1e-30)
    elif vb <= 0 and d2 >= 0 and d6 <= 0:
        third = d2 / max(d2 - d6, 1e-30)
    elif va <= 0 and d4 >= d3 and d5 >= d6:
        third = (d4 - d3) / max((d4 - d3) + (d5 - d6), 1e-30)
        second = 1.0 - third
    else:
        whole = max(va + vb + vc, 1e-30)
        second, third = vb / whole, vc / whole
    weights[0], weights[1], weights[2] = 1.0 - second - third, second, third
    square = 0.0
    for axis in range(3):
        there = weights[0] * vertices[a, axis]
        there += second * vertices[b, axis] + third * vertices[c, axis]
        square += (there - place[axis]) ** 2
    return float(square)


@numba.njit(
    types.Tuple((types.int64, _VECTOR))(VECTORS, TRIANGLES, _VECTOR), cache=True, nogil=True
)
def nearest_face(vertices: Float32, faces: Int32, place: Float64) -> tuple[int, Float64]:
    """The triangle that is nearest to a place [3], and barycentrics [3] in it; F >= 1."""
    best, nearest = 0, np.inf
    kept, weights = np.zeros(3), np.zeros(3)
    px, py, pz = place[0], place[1], place[2]
    for face in range(len(faces)):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        x, y, z = vertices[a, 0], vertices[a, 1], vertices[a, 2]
        away = np.sqrt((x - px) ** 2 + (y - py) ** 2 + (z - pz) ** 2)
        # No place of a triangle is further from a corner than the longer of its two sides.
        if away > nearest:
            first = (
                (vertices[b, 0] - x) ** 2 + (vertices[b, 1] - y) ** 2 + (vertices[b, 2] - z) ** 2
            )
            second = (
                (vertices[c, 0] - x) ** 2 + (vertices[c, 1] - y) ** 2 + (vertices[c, 2] - z) ** 2
            )
            if away - np.sqrt(max(first, second)) >= nearest:
                continue
        distance = np.sqrt(nearest_in_face(vertices, faces, face, place, weights))
        if distance < nearest:
            nearest, best = distance, face
            kept[:] = weights
    return best, kept


@numba.njit(
    types.void(VECTORS, TRIANGLES, VECTORS, VECTORS, VECTORS, types.int64[:, ::1], types.float64,
               types.int32[::1], types.float32[:, ::1]),
    cache=True, nogil=True,
)  # fmt: skip
def nearest_alike(
    vertices: Float32,
    faces: Int32,
    normals: Float32,
    places: Float32,
    wanted: Float32,
    candidates: NDArray[np.int64],
    unlike_m: float,
    found: Int32,
    weights: Float32,
) -> None:
    """Of each place the nearest one of a surface that looks the same way.

    Args:
        vertices: [V, 3] metres.
        faces: [F, 3].
        normals: [F, 3] unit.
        places: [n, 3].
        wanted: [n, 3] unit normals there.
        candidates: [n, k] triangles to look at.
        unlike_m: what a normal at right angles counts as, in distance; up to 60 degrees
            normals count as alike.
        found: [n], written: triangles.
        weights: [n, 3], written: barycentrics.
    """
    here, there = np.empty(3), np.empty(3)
    for row in range(len(places)):
        here[:] = places[row]
        best = np.inf
        for face in candidates[row]:
            square = nearest_in_face(vertices, faces, face, here, there)
            likeness = 0.0
            for axis in range(3):
                likeness += normals[face, axis] * wanted[row, axis]
            unlike = unlike_m * max(1.0 - 2.0 * likeness, 0.0)
            score = square + unlike * unlike
            if score < best:
                best = score
                found[row] = face
                weights[row] = there
