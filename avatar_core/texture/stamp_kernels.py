"""Compiled search for the texels under a brush. Importing this module loads numba."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numba
import numpy as np
from numba import types

from avatar_core.texture.atlas_kernels import CORNERS, NUMBERS, TRIANGLES, VECTORS, weights_within

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Float64

    Found: TypeAlias = tuple[Int32, Float32, Float32, Float32]

_VECTOR = types.float64[::1]
_MATRIX = types.float64[:, ::1]
_IMAGE = types.Array(types.float32, 2, "C", readonly=True)
_FOUND = types.Tuple(
    (
        types.int32[::1], types.float32[:, ::1], types.float32[:, ::1], types.float32[:, ::1],
    )
)  # fmt: skip


@numba.njit(types.float32[:, ::1](VECTORS, _VECTOR, _MATRIX, types.float64), cache=True, nogil=True)
def seen_by_brush(vertices: Float32, middle: Float64, frame: Float64, radius: float) -> Float32:
    """[V, 3] vertices [V, 3] in radii from a brush's middle: right, up, and deep along the view.

    Args:
        vertices: [V, 3].
        middle: [3] of the brush.
        frame: [3, 3] rows: the brush's right and up, and the way one looks; unit vectors.
        radius: of the brush.
    """
    local = np.empty(vertices.shape, np.float32)
    for vertex in range(len(vertices)):
        x = (vertices[vertex, 0] - middle[0]) / radius
        y = (vertices[vertex, 1] - middle[1]) / radius
        z = (vertices[vertex, 2] - middle[2]) / radius
        local[vertex, 0] = frame[0, 0] * x + frame[0, 1] * y + frame[0, 2] * z
        local[vertex, 1] = frame[1, 0] * x + frame[1, 1] * y + frame[1, 2] * z
        local[vertex, 2] = frame[2, 0] * x + frame[2, 1] * y + frame[2, 2] * z
    return local


@numba.njit(types.float64(CORNERS, VECTORS, TRIANGLES, types.int64), cache=True, nogil=True)
def _texel_length(charts: Float32, local: Float32, faces: Int32, face: int) -> float:
    """Side of a texel of a triangle, radii."""
    ux, uy = charts[face, 1, 0] - charts[face, 0, 0], charts[face, 1, 1] - charts[face, 0, 1]
    vx, vy = charts[face, 2, 0] - charts[face, 0, 0], charts[face, 2, 1] - charts[face, 0, 1]
    flat = abs(float(ux) * vy - float(uy) * vx)
    a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
    ax, bx = local[b, 0] - local[a, 0], local[c, 0] - local[a, 0]
    ay, by = local[b, 1] - local[a, 1], local[c, 1] - local[a, 1]
    az, bz = local[b, 2] - local[a, 2], local[c, 2] - local[a, 2]
    square = (ay * bz - az * by) ** 2 + (az * bx - ax * bz) ** 2 + (ax * by - ay * bx) ** 2
    return float(np.sqrt(np.sqrt(float(square)) / max(flat, 1e-12)))


@numba.njit(types.int32[::1](CORNERS, VECTORS, TRIANGLES, types.float64), cache=True, nogil=True)
def faces_under(charts: Float32, local: Float32, faces: Int32, depth: float) -> Int32:
    """[n] triangles of which the box around meets that around a brush.

    Args:
        charts: [F, 3, 2] corners in the atlas, texels.
        local: [V, 3] see `seen_by_brush`.
        faces: [F, 3].
        depth: how far along the view the brush reaches, to and fro, radii.
    """
    found = np.empty(len(faces), np.int32)
    count = 0
    for face in range(len(faces)):
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        x, y, z = local[a, 0], local[b, 0], local[c, 0]
        across = max(min(x, y, z), -max(x, y, z))
        # Further than any rim that reaches half a texel beyond the brush: tiny brushes.
        if across > 3:
            continue
        x, y, z = local[a, 1], local[b, 1], local[c, 1]
        across = max(across, min(x, y, z), -max(x, y, z))
        x, y, z = local[a, 2], local[b, 2], local[c, 2]
        if across > 3 or max(min(x, y, z), -max(x, y, z)) > depth:
            continue
        if across <= 1 or across <= 1 + 0.5 * _texel_length(charts, local, faces, face):
            found[count] = face
            count += 1
    return found[:count].copy()


@numba.njit(types.int32[::1](NUMBERS, TRIANGLES, types.int64, types.int64), cache=True, nogil=True)
def connected_faces(candidates: Int32, corners: Int32, count: int, seed: int) -> Int32:
    """[m] those of some triangles that one of them reaches over shared corners.

    Args:
        candidates: [n] triangles.
        corners: [F, 3] numbers of their corners, the same where they share one.
        count: how many such numbers there are.
        seed: row of `candidates` to start from.
    """
    is_reached = np.zeros(count, np.bool_)
    is_in = np.zeros(len(candidates), np.bool_)
    is_in[seed] = True
    for corner in range(3):
        is_reached[corners[candidates[seed], corner]] = True
    grows = True
    while grows:
        grows = False
        for row in range(len(candidates)):
            if is_in[row]:
                continue
            face = candidates[row]
            a, b, c = corners[face, 0], corners[face, 1], corners[face, 2]
            if is_reached[a] or is_reached[b] or is_reached[c]:
                is_reached[a] = is_reached[b] = is_reached[c] = True
                is_in[row] = True
                grows = True
    return candidates[is_in]


@numba.njit(types.float32[:, ::1](VECTORS, TRIANGLES, NUMBERS), cache=True, nogil=True)
def normals_of(vertices: Float32, faces: Int32, candidates: Int32) -> Float32:
    """[V, 3] normals, of no particular length, of the corners of some triangles."""
    normals = np.zeros(vertices.shape, np.float32)
    for face in candidates:
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        ux, vx = vertices[b, 0] - vertices[a, 0], vertices[c, 0] - vertices[a, 0]
        uy, vy = vertices[b, 1] - vertices[a, 1], vertices[c, 1] - vertices[a, 1]
        uz, vz = vertices[b, 2] - vertices[a, 2], vertices[c, 2] - vertices[a, 2]
        for corner in range(3):
            vertex = faces[face, corner]
            normals[vertex, 0] += uy * vz - uz * vy
            normals[vertex, 1] += uz * vx - ux * vz
            normals[vertex, 2] += ux * vy - uy * vx
    return normals


@numba.njit(
    _FOUND(NUMBERS, NUMBERS, NUMBERS, types.int64, CORNERS, VECTORS, TRIANGLES, types.float64,
           types.boolean),
    cache=True, nogil=True,
)  # fmt: skip
def texels_under(
    candidates: Int32,
    texels: Int32,
    starts: Int32,
    size: int,
    charts: Float32,
    local: Float32,
    faces: Int32,
    depth: float,
    is_projected: bool,
) -> Found:
    """Texels of some triangles of which the place lies within a brush.

    Args:
        candidates: [n] triangles, each at most once.
        texels: of all triangles, see `AtlasMap`.
        starts: where those of each begin.
        size: of the atlas.
        charts: [F, 3, 2] corners in the atlas, texels.
        local: [V, 3] see `seen_by_brush`.
        faces: [F, 3].
        depth: how far along the view the brush reaches, to and fro, radii.
        is_projected: distances are measured across the view; else in space.

    Returns:
        Texels [m]; where they lie in the brush as it is laid on the surface [m, 2], -1..1 right
        and up; measures [m, 3]: distance from its middle and length of a texel, both in radii,
        and cosine of the angle between normal and view; and where they are [m, 3], as `local`.
    """
    room = 0
    for face in candidates:
        room += starts[face + 1] - starts[face]
    found, within = np.empty(room, np.int32), np.empty((room, 2), np.float32)
    measures, places = np.empty((room, 3), np.float32), np.empty((room, 3), np.float32)
    normals = normals_of(local, faces, candidates)
    count = 0
    for face in candidates:
        if starts[face] == starts[face + 1]:
            continue
        grain = _texel_length(charts, local, faces, face)
        # Half a texel beyond the rim, so that hard brushes end softly within one.
        farthest = (1.0 + 0.5 * grain) ** 2
        a, b, c = faces[face, 0], faces[face, 1], faces[face, 2]
        for index in range(starts[face], starts[face + 1]):
            texel = texels[index]
            first, second, third = weights_within(
                charts, face, float(texel % size), float(texel // size)
            )
            right = first * local[a, 0] + second * local[b, 0] + third * local[c, 0]
            up = first * local[a, 1] + second * local[b, 1] + third * local[c, 1]
            deep = first * local[a, 2] + second * local[b, 2] + third * local[c, 2]
            across = right * right + up * up
            square = across if is_projected else across + deep * deep
            if square > farthest or abs(deep) > depth:
                continue
            nx = first * normals[a, 0] + second * normals[b, 0] + third * normals[c, 0]
            ny = first * normals[a, 1] + second * normals[b, 1] + third * normals[c, 1]
            nz = first * normals[a, 2] + second * normals[b, 2] + third * normals[c, 2]
            distance = np.sqrt(square)
            # What bends away from the view is laid out flat.
            stretch = distance / np.sqrt(across) if across > 1e-12 else 1.0
            found[count] = texel
            within[count, 0], within[count, 1] = right * stretch, up * stretch
            measures[count, 0], measures[count, 1] = distance, grain
            measures[count, 2] = nz / max(np.sqrt(nx * nx + ny * ny + nz * nz), 1e-30)
            places[count, 0], places[count, 1], places[count, 2] = right, up, deep
            count += 1
    return (
        found[:count].copy(), within[:count].copy(), measures[:count].copy(),
        places[:count].copy(),
    )  # fmt: skip


@numba.njit(types.float64(_IMAGE, types.float64, types.float64), cache=True, nogil=True)
def _between(image: Float32, line: float, column: float) -> float:
    """Bilinear; zero outside."""
    height, width = image.shape
    top, left = int(np.floor(line)), int(np.floor(column))
    down, along = line - top, column - left
    total = 0.0
    for y in range(2):
        for x in range(2):
            if 0 <= top + y < height and 0 <= left + x < width:
                share = (down if y else 1.0 - down) * (along if x else 1.0 - along)
                total += share * image[top + y, left + x]
    return total


@numba.njit(
    types.float32[::1](VECTORS, VECTORS, types.float64, _IMAGE, types.float64),
    cache=True, nogil=True,
)  # fmt: skip
def tip_weights(
    measures: Float32, within: Float32, hardness: float, image: Float32, angle: float
) -> Float32:
    """[m] 0..1, what a tip leaves.

    Args:
        measures: [m, 2 or more] distance from the middle and length of a texel, in radii.
        within: [m, 2] places, -1..1.
        hardness: 0..1.
        image: [h, w] of the tip; empty for none.
        angle: by which the tip is turned, counter-clockwise.
    """
    height, width = image.shape
    weights = np.empty(len(measures), np.float32)
    cos, sin = np.cos(angle), np.sin(angle)
    for row in range(len(measures)):
        away, grain = float(measures[row, 0]), max(float(measures[row, 1]), 1e-9)
        t = min(max((1.0 + 0.5 * grain - away) / (1.0 - hardness + grain), 0.0), 1.0)
        # A brush of less than a texel leaves as much of it as it covers.
        weight = t * t * (3.0 - 2.0 * t) * min(1.0, 4.0 / (grain * grain))
        if height > 0:
            x = cos * within[row, 0] + sin * within[row, 1]
            y = cos * within[row, 1] - sin * within[row, 0]
            line, column = (0.5 - 0.5 * y) * height - 0.5, (0.5 + 0.5 * x) * width - 0.5
            weight *= _between(image, line, column)
        weights[row] = weight
    return weights
