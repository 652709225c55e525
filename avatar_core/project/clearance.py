"""Hair that lies beneath the skin of the head it is put on, lifted out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import expect_shapes
from avatar_core.geometry.closest import closest_on_mesh
from avatar_core.geometry.topology import vertex_normals

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32
    from avatar_core.heads import HeadTopology

CLEARANCE_M = 0.0025
"""Hair at the height of the scalp is lifted by this much."""

REACH_M = 0.012
"""Gaussians farther from every vertex of the scalp stay where they are."""

LEAST_M = 0.0005
"""Hair that still is beneath the skin ends this far above it."""

BURIED_M = 0.008
"""What lies deeper in a head than this was never seen on it: training has left it there."""

_NEIGHBOURS = 6
_AROUND_M = 0.1
"""Skin this close to the scalp may have hair lying on it: forehead, temples, ears, neck."""


def out_of_head(
    means: Float32, vertices: Float32, topology: HeadTopology, buried_m: float = BURIED_M
) -> tuple[Float32, Int32]:
    """Places of Gaussians above the skin of the scalp and around it.

    Args:
        means: [N, 3] metres.
        vertices: [V, 3] the head, metres.
        topology: the head's.
        buried_m: depth from which Gaussians are left where they are and not named.

    Returns:
        [N, 3] the places, and the rows [K] of all but those that are buried in the head.
    """
    scalp = topology.scalp_vertex_ids
    normals = vertex_normals(vertices, topology.faces)
    places = lifted(means, vertices[scalp], normals[scalp])
    faces = hair_skin(vertices, topology)
    kept = np.ones(len(means), bool)
    if len(faces) and len(means):
        found = closest_on_mesh(places, vertices, faces)
        low = found.heights < LEAST_M
        # Beneath the rim of the skin there is only air.
        beside = np.linalg.norm(places - found.points, axis=1) > np.abs(found.heights) + LEAST_M
        low &= ~beside
        kept = ~(low & (found.heights < -buried_m))
        places[low] = found.points[low] + LEAST_M * found.normals[low]
    return places, np.flatnonzero(kept).astype(np.int32)


def hair_skin(vertices: Float32, topology: HeadTopology) -> Int32:
    """[F, 3] the triangles of a head [V, 3] on which hair may lie: the scalp and skin around it.

    Those at the open edge of the mesh, where nothing is inside, are left out.
    """
    from scipy.spatial import cKDTree

    scalp = vertices[topology.scalp_vertex_ids]
    faces = _surrounded(topology.faces, len(vertices))
    if not len(scalp) or not len(faces):
        return faces[:0]
    is_near = np.asarray(cKDTree(scalp).query(vertices)[0]) < _AROUND_M
    near: Int32 = faces[is_near[faces].all(axis=1)]
    return near


def _surrounded(faces: Int32, vertex_count: int) -> Int32:
    """The triangles [F, 3] that have a neighbour along each edge."""
    start, end = faces.astype(np.int64), np.roll(faces, -1, axis=1).astype(np.int64)
    is_shared = np.isin(end * vertex_count + start, start * vertex_count + end)
    return faces[is_shared.all(axis=1)]


def lifted(means: Float32, scalp: Float32, normals: Float32) -> Float32:
    """Places of Gaussians, those beneath or close above the scalp moved outwards.

    Heights below twice the clearance are pressed together between zero and that, so that layers
    keep their order and what stands clear does not move.

    Args:
        means: [N, 3] metres.
        scalp: [S, 3] vertices that carry hair, metres.
        normals: [S, 3] their unit normals; zero where a vertex has none.

    Returns:
        [N, 3] metres.
    """
    from scipy.spatial import cKDTree

    expect_shapes(means=(means, "N 3"), scalp=(scalp, "S 3"), normals=(normals, "S 3"))
    if not len(means) or not len(scalp):
        return means.copy()
    count = min(_NEIGHBOURS, len(scalp))
    found = cKDTree(scalp).query(means, k=range(1, count + 1))
    distances, nearest = np.asarray(found[0]), np.asarray(found[1])
    weights = 1.0 / (distances + 1e-4)
    weights /= weights.sum(axis=1, keepdims=True)
    places = (scalp[nearest] * weights[..., None]).sum(axis=1)
    outwards = (normals[nearest] * weights[..., None]).sum(axis=1)
    lengths = np.linalg.norm(outwards, axis=1, keepdims=True)
    outwards = outwards / np.maximum(lengths, 1e-6)
    heights = ((means - places) * outwards).sum(axis=1)
    pressed = CLEARANCE_M + 0.5 * np.clip(heights, -2 * CLEARANCE_M, 2 * CLEARANCE_M)
    rises = np.where(heights < 2 * CLEARANCE_M, pressed - heights, 0.0)
    rises[(distances[:, 0] > REACH_M) | (lengths[:, 0] < 0.5)] = 0.0
    result: Float32 = (means + rises[:, None] * outwards).astype(np.float32)
    return result
