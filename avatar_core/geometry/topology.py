"""What follows from a mesh's triangles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry.shapes import expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float32, Int32


def vertex_normals(vertices: Float32, faces: Int32) -> Float32:
    """Smooth normals: the mean of the triangles around each vertex, weighted by area.

    Args:
        vertices: [V, 3] metres.
        faces: [F, 3] vertex ids, counter-clockwise from outside.

    Returns:
        [V, 3] unit vectors pointing outside; zero for vertices of no triangle.
    """
    expect_shapes(vertices=(vertices, "V 3"), faces=(faces, "F 3"))
    corners = vertices[faces].astype(np.float64)
    # The cross product is twice the area long, which is the weight.
    weighted = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    ids = faces.ravel()
    per_corner = np.repeat(weighted, 3, axis=0)
    sums = [np.bincount(ids, per_corner[:, axis], minlength=len(vertices)) for axis in range(3)]
    normals = np.stack(sums, axis=-1)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return (normals / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
