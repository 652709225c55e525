"""What of an avatar belongs into a portrait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, expect_shapes

if TYPE_CHECKING:
    from avatar_core.heads.base import HeadTopology

_CLOTHES = ("garment", "body", "torso", "shoulders")
"""Parts that may reach out of the picture."""


def portrait_points(topology: HeadTopology, vertices: Float32, hair_means: Float32) -> Float32:
    """Head, neck and hair without the clothes, for `geometry.framing.framing_camera`.

    Args:
        topology: the head's.
        vertices: [V, 3] metres.
        hair_means: [N, 3] metres.

    Returns:
        [P, 3] metres; all vertices where the head has no part but clothes.
    """
    expect_shapes(vertices=(vertices, "V 3"), hair_means=(hair_means, "N 3"))
    is_dressed = np.array([name in _CLOTHES for name in topology.part_names], bool)
    is_bare = np.zeros(len(vertices), bool)
    is_bare[topology.faces[~is_dressed[topology.face_part]]] = True
    bare = vertices[is_bare] if is_bare.any() else vertices
    return np.concatenate([bare, hair_means]).astype(np.float32, copy=False)
