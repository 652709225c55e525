"""Regularisers that keep the displaced mesh a mesh.

Source:
    Wang et al., MeGA, arXiv:2404.19026, section 3.5; Laplacian and normal terms with the
    conventions of Ravi et al. 2020, PyTorch3D (cotangent weights, 1 - cosine).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, Int32


@dataclass(frozen=True, slots=True, eq=False)
class MeshTables:
    """What the terms need to know of a mesh once.

    Args:
        faces: [F, 3].
        edges: [E, 2] vertex ids, ascending.
        firm_edges: [L, 2] those of them that should keep their length.
        face_pairs: [P, 2] faces that share an edge.
        cotangents: [E] Laplacian weights of the neutral mesh, where they are well conditioned.
    """

    faces: Tensor
    edges: Tensor
    firm_edges: Tensor
    face_pairs: Tensor
    cotangents: Tensor

    @classmethod
    def of(
        cls, faces: Int32, vertices: Float32, loose_vertex_ids: Int32 | None = None
    ) -> MeshTables:
        """Tables of a mesh.

        Args:
            faces: [F, 3].
            vertices: [V, 3] the neutral mesh, metres.
            loose_vertex_ids: edges between two of these may change their length freely.
        """
        corners = np.stack([faces, np.roll(faces, -1, 1)], -1).reshape(-1, 2)
        owners = np.repeat(np.arange(len(faces)), 3)
        edges, inverse = np.unique(np.sort(corners, 1), axis=0, return_inverse=True)
        by_edge = owners[np.argsort(inverse, kind="stable")]
        counts = np.bincount(inverse.ravel(), minlength=len(edges))
        starts = np.cumsum(counts) - counts
        inner = starts[counts == 2]
        pairs = np.stack([by_edge[inner], by_edge[inner + 1]], -1)
        ids, ends, shared = (torch.from_numpy(a.astype(np.int64)) for a in (faces, edges, pairs))
        loose = np.isin(edges, [] if loose_vertex_ids is None else loose_vertex_ids).all(1)
        firm = torch.from_numpy(edges[~loose].astype(np.int64))
        weights = _cotangent_weights(ids, ends, torch.from_numpy(vertices))
        return cls(ids, ends, firm, shared, weights)

    def to(self, device: torch.device | str) -> MeshTables:
        """The same tables on a device."""
        return MeshTables(
            **{field.name: getattr(self, field.name).to(device) for field in fields(self)}
        )


def edge_length_term(tables: MeshTables, vertices: Tensor, rest: Tensor) -> Tensor:
    """Mean change of firm edges' lengths [m] between the undisplaced and the displaced mesh."""
    return (_lengths(tables, vertices) - _lengths(tables, rest)).abs().mean()


def normal_term(tables: MeshTables, vertices: Tensor) -> Tensor:
    """Mean of 1 - cosine between the normals of neighbouring faces."""
    corners = vertices.index_select(0, tables.faces.view(-1)).view(-1, 3, 3)
    a, b, c = corners.unbind(1)
    normals = functional.normalize(torch.linalg.cross(b - a, c - a), dim=-1)
    pairs = normals.index_select(0, tables.face_pairs.view(-1)).view(-1, 2, 3)
    first, second = pairs.unbind(1)
    return (1 - (first * second).sum(-1)).mean()


def laplacian_term(tables: MeshTables, offsets: Tensor) -> Tensor:
    """Mean length [m] of the cotangent Laplacian of per-vertex offsets [V, 3]."""
    i, j = torch.cat([tables.edges, tables.edges.flip(1)]).t()
    weights = torch.cat([tables.cotangents, tables.cotangents])
    total = offsets.new_zeros(len(offsets)).index_add(0, i, weights)
    moved = torch.zeros_like(offsets).index_add(0, i, weights[:, None] * offsets.index_select(0, j))
    mean = moved / total.clamp(min=1e-9)[:, None]
    return ((mean - offsets).square().sum(-1) + 1e-16).sqrt().mean()


def scalp_shrink_term(
    tables: MeshTables, vertices: Tensor, centre: Tensor, hidden_face_ids: Tensor, inner_ids: Tensor
) -> Tensor:
    """Mean distance [m] to the scalp's centre of what hair should cover: pulls it under the hair.

    Args:
        tables: of the mesh.
        vertices: [V, 3] displaced.
        centre: [3] mean of the undisplaced scalp; gets no gradient.
        hidden_face_ids: faces that are drawn where the picture shows hair, in any number.
        inner_ids: [S] vertices that are always pulled.
    """
    ids = torch.cat([tables.faces[hidden_face_ids.long()].view(-1), inner_ids]).unique()
    if len(ids) == 0:
        return vertices.new_zeros(())
    away = vertices.index_select(0, ids) - centre.detach()
    return (away.square().sum(-1) + 1e-16).sqrt().mean()


def _lengths(tables: MeshTables, vertices: Tensor) -> Tensor:
    ends = vertices.index_select(0, tables.firm_edges.view(-1)).view(-1, 2, 3)
    return ((ends[:, 0] - ends[:, 1]).square().sum(-1) + 1e-16).sqrt()


def _cotangent_weights(faces: Tensor, edges: Tensor, vertices: Tensor) -> Tensor:
    """[E] sums of the cotangents opposite each edge, not negative."""
    corners = vertices[faces]
    count = len(vertices)
    keys = edges[:, 0] * count + edges[:, 1]
    weights = torch.zeros(len(edges))
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        u, v = corners[:, i] - corners[:, k], corners[:, j] - corners[:, k]
        area = torch.linalg.cross(u, v).norm(dim=-1).clamp(min=1e-12)
        cotangent = (u * v).sum(-1) / area
        ends = torch.sort(faces[:, [i, j]], dim=1).values
        edge = torch.searchsorted(keys, ends[:, 0] * count + ends[:, 1])
        weights.index_add_(0, edge, cotangent)
    return weights.clamp(0, 20)
