"""AtlasMap: which triangle of the head each texel of a painting belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, Int32, UInt8, expect_shapes

if TYPE_CHECKING:
    from avatar_core.heads import HeadTopology

BLEED_TEXELS = 8
"""How far around a chart its paint goes on, so that no seam shows between texels."""

_KEPT = 2
_WELDED_M = 1e-6
_WELDED_UV = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class AtlasMap:
    """The charts of a head in the texels of a square picture, row 0 at the top.

    A texel is a flat number, row * size + column. Its middle is (column, row) here; in uv it is
    ((column + 0.5) / size, 1 - (row + 0.5) / size). A chart owns every texel that it touches.

    Args:
        size: side S, texels.
        faces: [F, 3] vertex ids.
        corners: [F, 3, 2] column and row of each corner.
        part_names: of the head's parts.
        face_part: [F] index into `part_names`.
        face_island: [F] which chart: triangles that are connected in uv, numbered from 0.
        welded: [V] a number that vertices at the same place share: edges of charts meet there.
        welded_faces: [F, 3] these numbers of the corners.
        owners: [S, S] triangle of each texel, -1 where there is none.
        texels: [T] all texels of triangles, triangle by triangle.
        starts: [F + 1] where each triangle's begin in `texels`.
        bleed_sources: [B] rising: texels that are repeated outside the charts.
        bleed_texels: [B] texels that repeat them.
    """

    size: int
    faces: Int32
    corners: Float32
    part_names: tuple[str, ...]
    face_part: UInt8
    face_island: Int32
    welded: Int32
    welded_faces: Int32
    owners: Int32
    texels: Int32 = field(repr=False)
    starts: Int32 = field(repr=False)
    bleed_sources: Int32 = field(repr=False)
    bleed_texels: Int32 = field(repr=False)

    @classmethod
    def of(cls, topology: HeadTopology, size: int, vertices: Float32) -> AtlasMap:
        """The map of a head; that of a head and size asked for lately is kept.

        Where triangles overlap in uv, the one in front (greater z) on the neutral head has the
        texel: on the demo heads the backs of teeth share the texels of their fronts.

        Args:
            topology: of the head.
            size: side, texels.
            vertices: [V, 3] of the neutral head, metres.
        """
        for kept_topology, kept in _recent:
            if kept_topology is topology and kept.size == size:
                return kept
        atlas = _built(topology, size, vertices)
        _recent.insert(0, (topology, atlas))
        del _recent[_KEPT:]
        return atlas

    @property
    def nbytes(self) -> int:
        arrays = (self.owners, self.texels, self.corners, self.bleed_sources, self.bleed_texels)
        return sum(array.nbytes for array in arrays)

    def uv_of(self, texels: Int32) -> Float32:
        """[n, 2] middles of texels [n] in uv."""
        rows, columns = np.divmod(texels, self.size)
        uv = np.stack([(columns + 0.5) / self.size, 1 - (rows + 0.5) / self.size], axis=-1)
        return uv.astype(np.float32)

    def faces_of(self, texels: Int32) -> Int32:
        """[n] triangles of texels [n], -1 where there is none."""
        faces: Int32 = self.owners.reshape(-1)[texels]
        return faces

    def weights_of(self, texels: Int32) -> Float32:
        """[n, 3] barycentrics of texels [n] in their triangles; zero where there is none.

        Middles that lie just beside their triangle count as its nearest place.
        """
        from avatar_core.texture.atlas_kernels import fill_weights

        weights = np.empty((len(texels), 3), np.float32)
        fill_weights(self.corners, self.owners, np.ascontiguousarray(texels, np.int32), weights)
        return weights

    def places_of(self, texels: Int32, vertices: Float32) -> Float32:
        """[n, 3] places of texels [n] on the head as posed [V, 3], metres; zero where none."""
        triangles = vertices[self.faces[self.faces_of(texels)]]
        places: Float32 = np.einsum("nk,nkc->nc", self.weights_of(texels), triangles)
        return places

    def texels_per_m(self, vertices: Float32) -> Float32:
        """[F] how dense texels lie on each triangle of a head [V, 3]: square roots of areas.

        Triangles without an area count as the median one.
        """
        flat, solid = self.corners.astype(np.float64), vertices[self.faces].astype(np.float64)
        across, along = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
        texels = np.abs(across[:, 0] * along[:, 1] - across[:, 1] * along[:, 0])
        normals = np.cross(solid[:, 1] - solid[:, 0], solid[:, 2] - solid[:, 0])
        areas = np.linalg.norm(normals, axis=1)
        is_whole = (areas > 1e-12) & (texels > 1e-6)
        densities = np.sqrt(texels / np.maximum(areas, 1e-12))
        densities[~is_whole] = np.median(densities[is_whole]) if is_whole.any() else 1.0
        return np.asarray(densities, np.float32)

    def texels_of_faces(self, faces: Int32) -> Int32:
        """[n] rising: the texels of some triangles."""
        runs = [self.texels[self.starts[face] : self.starts[face + 1]] for face in faces]
        return np.sort(np.concatenate([np.zeros(0, np.int32), *runs]))

    def texels_of_part(self, part: int) -> Int32:
        """[n] rising: the texels of a part, see `part_names`."""
        return self.texels_of_faces(np.flatnonzero(self.face_part == part).astype(np.int32))

    def texels_of_island(self, island: int) -> Int32:
        """[n] rising: the texels of a chart."""
        return self.texels_of_faces(np.flatnonzero(self.face_island == island).astype(np.int32))


_recent: list[tuple[HeadTopology, AtlasMap]] = []
"""Maps asked for lately, the last one first."""


def _built(topology: HeadTopology, size: int, vertices: Float32) -> AtlasMap:
    from avatar_core.texture.atlas_kernels import by_owner, nearest_owned, own_texels

    expect_shapes(
        faces=(topology.faces, "F 3"), uv_faces=(topology.uv_faces, "F 3"), uv=(topology.uv, "T 2"),
        vertices=(vertices, "V 3"),
    )  # fmt: skip
    uv = topology.uv[topology.uv_faces].astype(np.float64)
    places = np.stack([uv[..., 0] * size - 0.5, (1 - uv[..., 1]) * size - 0.5], axis=-1)
    corners = np.ascontiguousarray(places, np.float32)
    heights = np.ascontiguousarray(vertices[topology.faces, 2], np.float32)
    owners = np.empty((size, size), np.int32)
    own_texels(corners, heights, owners)
    texels, starts = by_owner(owners, len(corners))
    welded = _numbered(vertices, _WELDED_M)
    nearest = nearest_owned(owners, BLEED_TEXELS).reshape(-1)
    outside = np.flatnonzero(nearest >= 0).astype(np.int32)
    order = np.argsort(nearest[outside], kind="stable")
    return AtlasMap(
        size=size,
        faces=np.ascontiguousarray(topology.faces, np.int32),
        corners=corners,
        part_names=topology.part_names,
        face_part=topology.face_part,
        face_island=_islands(topology),
        welded=welded,
        welded_faces=welded[topology.faces],
        owners=owners,
        texels=texels,
        starts=starts,
        bleed_sources=nearest[outside][order],
        bleed_texels=outside[order],
    )


def _islands(topology: HeadTopology) -> Int32:
    """[F] the chart of each triangle, numbered in the order of their first triangles."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    corners = _numbered(topology.uv, _WELDED_UV)[topology.uv_faces]
    count = int(corners.max(initial=-1)) + 1
    start, end = corners[:, (0, 1)].ravel(), corners[:, (1, 2)].ravel()
    links = coo_array((np.ones(len(start), np.int8), (start, end)), shape=(count, count))
    labels = np.asarray(connected_components(links, directed=False)[1])[corners[:, 0]]
    _, first, number = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[number].astype(np.int32)


def _numbered(places: Float32, grain: float) -> Int32:
    """[n] a number for each of places [n, k]; the same one within a grain."""
    cells = np.round(places.astype(np.float64) / grain).astype(np.int64)
    return np.unique(cells, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int32)
