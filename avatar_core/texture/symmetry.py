"""MirrorMap: the other side of the face, whatever the face is doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.texture.stamp import Reach, Stamp, SurfaceBrush, stamp_on_triangles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry.shapes import Float64
    from avatar_core.heads import HeadTopology
    from avatar_core.texture.atlas import AtlasMap
    from avatar_core.texture.tip import Tip

_CANDIDATES = 32
_UNLIKE_M = 0.004
"""What looks another way counts as so far away: the back of a tooth is no twin of its front."""

_MOST_STEPS = 24
"""Into which the sides of large triangles are cut when what is nearest is looked for."""

_FLIP = np.array([-1, 1, 1], np.float32)
_KEPT = 2


class SurfacePlaces(NamedTuple):
    """Places of a mesh: triangles [n] and barycentrics [n, 3]."""

    faces: Int32
    weights: Float32


@dataclass(frozen=True, slots=True, eq=False)
class MirrorMap:
    """What lies on the other side of the plane x = 0 of the neutral head.

    Heads need not be symmetric to the last vertex: the nearest place that looks the same way
    counts.

    Args:
        faces: [F, 3] of the head.
        vertices: [V, 3] neutral, metres.
        normals: [F, 3] unit, of the triangles.
        twins: where each vertex [V] lies on the other side.
        face_twins: where the middle of each triangle [F] lies on the other side.
    """

    faces: Int32
    vertices: Float32
    normals: Float32
    twins: SurfacePlaces
    face_twins: SurfacePlaces

    @classmethod
    def of(cls, topology: HeadTopology, vertices: Float32) -> MirrorMap:
        """The map of a head; one asked for lately is kept.

        Args:
            topology: of the head.
            vertices: [V, 3] neutral, metres.
        """
        for kept_topology, kept in _recent:
            if kept_topology is topology and np.array_equal(kept.vertices, vertices):
                return kept
        mirror = _built(np.ascontiguousarray(topology.faces, np.int32), vertices)
        _recent.insert(0, (topology, mirror))
        del _recent[_KEPT:]
        return mirror

    def place(self, places: SurfacePlaces) -> SurfacePlaces:
        """The other side of places."""
        triangles = self.vertices[self.faces[places.faces]]
        points = np.einsum("nk,nkc->nc", places.weights, triangles) * _FLIP
        return _nearest(self, points.astype(np.float32), self.normals[places.faces] * _FLIP)

    def mirrored(self, posed: Float32) -> Float32:
        """The mirror image of a posed head: [V, 3] where the twin of each vertex is, metres.

        What lies under a brush on that image is the other side of what lies under it on the head,
        so a stamp on it is the brush's twin, on any expression and at any turn of the head.
        """
        expect_shapes(posed=(posed, f"{len(self.vertices)} 3"))
        image = np.zeros_like(posed)
        for corner, share in enumerate(self.twins.weights.T):
            image += share[:, None] * posed[self.faces[self.twins.faces, corner]]
        return image

    def in_uv(self, atlas: AtlasMap) -> UvTwins:
        """The mirror image of the picture of the atlas."""
        twins = self.face_twins.faces
        points = (self.vertices[self.faces] * _FLIP).astype(np.float64)
        weights = _plane_weights(points, self.vertices[self.faces[twins]].astype(np.float64))
        flat = np.einsum("fpk,fkc->fpc", weights, atlas.corners[twins])
        charts = np.concatenate([flat, np.zeros((*flat.shape[:2], 1))], axis=-1)
        return UvTwins(atlas, charts.reshape(-1, 3).astype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class UvTwins:
    """Where the other side of each triangle lies in the picture of the atlas.

    Args:
        atlas: of the painting's size.
        charts: [F * 3, 3] column and row (and 0) of the twin of each triangle's corners.
    """

    atlas: AtlasMap
    charts: Float32

    def stamp(
        self, centre_uv: tuple[float, float], radius_texels: float, tip: Tip, angle_rad: float = 0.0
    ) -> Stamp:
        """The twin of a stamp in the picture, see `stamp_in_uv`."""
        size = self.atlas.size
        place = [centre_uv[0] * size - 0.5, (1 - centre_uv[1]) * size - 0.5, 0]
        brush = SurfaceBrush(
            place=np.array(place, np.float32),
            radius_m=radius_texels,
            view=np.array([0, 0, 1], np.float32),
            up=np.array([0, -1, 0], np.float32),
            tip=tip,
            angle_rad=angle_rad,
            reach=Reach(limit_rad=np.inf),
        )
        corners = np.arange(len(self.charts), dtype=np.int32).reshape(-1, 3)
        return stamp_on_triangles(self.atlas, self.charts, corners, brush)


_recent: list[tuple[HeadTopology, MirrorMap]] = []
"""Maps asked for lately, the last one first."""


def _built(faces: Int32, vertices: Float32) -> MirrorMap:
    from avatar_core.geometry.topology import vertex_normals

    corners = vertices[faces].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)
    none = SurfacePlaces(np.zeros(0, np.int32), np.zeros((0, 3), np.float32))
    bare = MirrorMap(faces, vertices.copy(), normals.astype(np.float32), none, none)
    twins = _nearest(bare, vertices * _FLIP, vertex_normals(vertices, faces) * _FLIP)
    middles = corners.mean(axis=1).astype(np.float32)
    face_twins = _nearest(bare, middles * _FLIP, bare.normals * _FLIP)
    return MirrorMap(faces, bare.vertices, bare.normals, twins, face_twins)


def _nearest(mirror: MirrorMap, points: Float32, normals: Float32) -> SurfacePlaces:
    """The nearest places of the neutral head that look as these normals do."""
    from scipy.spatial import cKDTree

    from avatar_core.texture.surface_kernels import nearest_alike

    samples, owners = _samples(mirror)
    tree = cKDTree(np.concatenate([samples, _UNLIKE_M * mirror.normals[owners]], axis=1))
    count = min(_CANDIDATES, len(owners))
    wanted = np.concatenate([points, _UNLIKE_M * normals], axis=1)
    near = np.asarray(tree.query(wanted, k=range(1, count + 1))[1], np.int64)
    found, weights = np.zeros(len(points), np.int32), np.zeros((len(points), 3), np.float32)
    nearest_alike(
        mirror.vertices, mirror.faces, mirror.normals, np.ascontiguousarray(points, np.float32),
        np.ascontiguousarray(normals, np.float32), owners[near], _UNLIKE_M, found, weights,
    )  # fmt: skip
    return SurfacePlaces(found, weights)


def _samples(mirror: MirrorMap) -> tuple[Float64, NDArray[np.int64]]:
    """Places all over the head, [n, 3], and the triangle [n] of each: more on large ones."""
    corners = mirror.vertices[mirror.faces].astype(np.float64)
    middles = corners.mean(axis=1)
    radii = np.linalg.norm(corners - middles[:, None], axis=2).max(axis=1)
    steps = np.ceil(radii / max(2 * float(np.median(radii)), 1e-9)).clip(1, _MOST_STEPS)
    samples, owners = [middles], [np.arange(len(corners))]
    for step in np.unique(steps[steps > 1]).astype(int):
        rows = np.flatnonzero(steps == step)
        lattice = [(i, j, step - i - j) for i in range(step + 1) for j in range(step + 1 - i)]
        weights = np.array(lattice) / step
        samples.append(np.einsum("pk,fkc->fpc", weights, corners[rows]).reshape(-1, 3))
        owners.append(np.repeat(rows, len(weights)))
    return np.concatenate(samples), np.concatenate(owners)


def _plane_weights(points: Float64, triangles: Float64) -> Float64:
    """[F, 3, 3] barycentrics of points [F, 3, 3] in the planes of triangles [F, 3, 3]."""
    first = triangles[:, 1] - triangles[:, 0]
    second = triangles[:, 2] - triangles[:, 0]
    d00, d01, d11 = (np.einsum("fc,fc->f", *pair) for pair in
                     ((first, first), (first, second), (second, second)))  # fmt: skip
    offsets = points - triangles[:, :1]
    d20, d21 = np.einsum("fpc,fc->fp", offsets, first), np.einsum("fpc,fc->fp", offsets, second)
    scale = np.maximum(d00 * d11 - d01 * d01, 1e-30)[:, None]
    v = (d11[:, None] * d20 - d01[:, None] * d21) / scale
    w = (d00[:, None] * d21 - d01[:, None] * d20) / scale
    return np.stack([1 - v - w, v, w], axis=-1)
