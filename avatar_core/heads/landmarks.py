"""Landmarks that ride on the mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, expect_shapes

if TYPE_CHECKING:
    from avatar_core.heads.base import HeadTopology


def landmark_positions(topology: HeadTopology, vertices: Float32) -> Float32:
    """Where the landmarks of a posed head are.

    Args:
        topology: the head's, with its landmark embedding.
        vertices: [V, 3] posed, metres.

    Returns:
        [L, 3] metres; iBUG order when L = 68.
    """
    expect_shapes(vertices=(vertices, "V 3"))
    corners = vertices[topology.faces[topology.landmark_face_ids]]
    positions: Float32 = np.einsum("lk,lkc->lc", topology.landmark_barycentric, corners)
    return positions.astype(np.float32)
