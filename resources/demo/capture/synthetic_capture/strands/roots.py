"""Where hair grows: random points of the scalp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.head.regions import hairline, is_ear
from synthetic_capture.mesh.triangles import vertex_normals

if TYPE_CHECKING:
    from synthetic_capture.head.head_model import HeadModel
    from synthetic_capture.mesh.arrays import Bool, Float

_SPARES = 6
"""Points tried for each root that is wanted; those off the scalp are thrown away."""
_LOWEST_Y = 6.3


@dataclass(frozen=True)
class Roots:
    """Positions [N, 3] dm on the identity, its normals [N, 3], and base-mesh positions [N, 3]."""

    positions: Float
    normals: Float
    base_positions: Float


def scalp_roots(model: HeadModel, count: int, generator: np.random.Generator) -> Roots:
    """At most `count` roots, even over the area of the base mesh's scalp."""
    topology = model.topology
    faces = topology.faces_of("scalp", "skin", "neck")
    corners = topology.base_points[faces]
    edges = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = np.linalg.norm(np.cross(*edges), axis=1) * (corners[:, :, 1].min(1) > _LOWEST_Y)
    picked = generator.choice(len(faces), count * _SPARES, p=area / area.sum())
    weights = _barycentrics(generator.random((count * _SPARES, 2)))
    base = np.einsum("nk,nkc->nc", weights, corners[picked])
    hairy = _is_hairy(base, 0.03 * (generator.random(len(base)) - 0.3))
    kept = np.flatnonzero(hairy)[:count]
    ids, weights = faces[picked[kept]], weights[kept]
    normals = vertex_normals(model.points_dm, topology.faces)
    normal = np.einsum("nk,nkc->nc", weights, normals[ids])
    return Roots(
        positions=np.einsum("nk,nkc->nc", weights, model.points_dm[ids]),
        normals=normal / np.linalg.norm(normal, axis=1, keepdims=True),
        base_positions=base[kept],
    )


def _barycentrics(uniform: Float) -> Float:
    """[N, 3] even over a triangle, from numbers [N, 2] even over the square 0..1."""
    folded = np.where(uniform.sum(1, keepdims=True) > 1, 1 - uniform, uniform)
    return np.c_[1 - folded.sum(1), folded]


def _is_hairy(points: Float, ragged: Float) -> Bool:
    """Whether base-mesh points [N, 3] lie above a ragged hairline, off ears and forehead."""
    y, z = points[:, 1], points[:, 2]
    on_forehead = (z > 1.0) & (y < 7.6)
    return (y > hairline(z) + ragged) & ~is_ear(points) & ~on_forehead
