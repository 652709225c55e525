"""Values on the mesh: seen in views, smoothed over edges, spread over the atlas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32


def edge_laplacian(faces: Int32, vertex_count: int) -> scipy.sparse.csr_array:
    """Graph Laplacian [V, V] of the mesh's edges, each of weight 1."""
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    rows, columns = np.concatenate([pairs, pairs[:, ::-1]]).T
    adjacency = scipy.sparse.csr_array(
        (np.ones(len(rows)), (rows, columns)), shape=(vertex_count, vertex_count)
    )
    return scipy.sparse.diags_array(adjacency.sum(axis=1)).tocsr() - adjacency


def spread_over_mesh(
    laplacian: scipy.sparse.csr_array,
    values: Float32,
    trust: Float32,
    prior: Float32,
    stiffness: float,
) -> Float32:
    """Smooth values that keep to what is trusted and run on evenly where nothing is known.

    Minimises `trust (x - values)^2 + stiffness x L x + tiny (x - prior)^2`.

    Args:
        laplacian: [V, V] from `edge_laplacian`.
        values: [V, C] observed; anything where `trust` is 0.
        trust: [V] weight of each observation, about 1 where it is good.
        prior: [V, C] what to believe on pieces of the mesh that nothing is known about.
        stiffness: how strongly neighbours agree.
    """
    tiny = 1e-5
    system = stiffness * laplacian + scipy.sparse.diags_array(trust.astype(np.float64) + tiny)
    solve = scipy.sparse.linalg.factorized(system.tocsc())
    right = trust[:, None] * values + tiny * prior
    return np.stack([solve(column) for column in right.T.astype(np.float64)], 1).astype(np.float32)


def face_facing(vertices: Float32, faces: Int32, camera_position: Float32) -> Float32:
    """[F] cosine between each triangle's normal and the way to the camera; negative behind."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    ways = camera_position - (a + b + c) / 3
    lengths = np.linalg.norm(normals, axis=1) * np.linalg.norm(ways, axis=1)
    cosine: Float32 = np.einsum("fc,fc->f", normals, ways) / np.maximum(lengths, 1e-20)
    return cosine.astype(np.float32)
