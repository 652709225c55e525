"""Two small repairs of the captured head, where a texture cannot do what the path tracer did."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avatar_core.heads import BlendshapeHead

_LIP_CLOSING = 0.05
"""Weight of mouthClose at rest. The captured lips leave half a millimetre, dark in its pictures;
in a texture the bright teeth would show there."""
_COLLAR_INSET = 0.35


def repaired(head: BlendshapeHead) -> BlendshapeHead:
    """The head with its lips closed and its collar's inner strip in the garment's colour."""
    return _collar_in_garment(_lips_closed(head))


def _lips_closed(head: BlendshapeHead) -> BlendshapeHead:
    vertices = head.vertices.copy()
    unit = head.expression_names.index("mouthClose")
    vertices[head.expression_vertex_ids] += _LIP_CLOSING * head.expression_deltas[unit]
    return replace(head, vertices=vertices)


def _collar_in_garment(head: BlendshapeHead) -> BlendshapeHead:
    """Triangles without area in the atlas look at the garment's inside, not at its border.

    Exactly on the border, filtering mixes the garment with the skin beside it.
    """
    topology = head.topology
    corners = topology.uv[topology.uv_faces]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    flat = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]) < 1e-10
    garment = topology.face_part == topology.part_names.index("garment")
    used = topology.uv_faces[garment & ~flat]
    total = np.zeros((len(topology.uv), 2))
    count = np.zeros(len(topology.uv))
    for corner in used.T:
        np.add.at(total, corner, topology.uv[used].mean(axis=1))
        np.add.at(count, corner, 1)
    inner = topology.uv.copy()
    known = count > 0
    middle = total[known] / count[known, None]
    inner[known] += (_COLLAR_INSET * (middle - inner[known])).astype(np.float32)
    uv_faces = topology.uv_faces.copy()
    uv_faces[garment & flat] += len(topology.uv)
    uv = np.concatenate([topology.uv, inner])
    return replace(head, topology=replace(topology, uv=uv, uv_faces=uv_faces))
