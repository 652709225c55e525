"""Sculptor: a head's vertices, moved along their normals by what was sculpted into its painting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, expect_shapes
from avatar_core.geometry.topology import vertex_normals
from avatar_core.project.paint import SCULPT_RANGE_M, TILE, TexturePart
from avatar_core.texture.composite import AS_IT_IS, SHARES

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame
    from avatar_core.geometry import Int32, UInt8
    from avatar_core.heads import HeadTopology

_CHANNEL = SHARES.index(TexturePart.SCULPT)
_FINENESS = 512
"""Side to which the map is averaged: about as fine as vertices lie."""


class Sculptor:
    """Knows where each vertex of a head lies in the atlas, and how far it was sculpted.

    A vertex at a seam has several places there, and takes the mean of them, so nothing tears.

    Args:
        topology: of the head.
    """

    def __init__(self, topology: HeadTopology) -> None:
        self._faces = topology.faces
        stride = len(topology.uv) + 1
        keys = topology.faces.astype(np.int64).ravel() * stride + topology.uv_faces.ravel()
        self._owners, rows = np.divmod(np.unique(keys), stride)
        self._uv = topology.uv[rows]
        self._places = np.bincount(self._owners)
        self._reduced = np.zeros((0, 0), np.float32)
        self.heights_m: Float32 = np.zeros(len(self._places), np.float32)
        """[V'] metres outwards, for all vertices that are part of a triangle."""
        self._moved = self._near = np.zeros(0, np.int64)
        self._near_faces: Int32 = np.zeros((0, 3), np.int32)

    @property
    def is_flat(self) -> bool:
        """Whether nothing was sculpted, and frames stay what they are."""
        return not len(self._moved)

    def follow(self, shares: UInt8, tiles: set[int] | None = None) -> bool:
        """Take what was sculpted.

        Args:
            shares: [S, S, 4] as in `PaintMaps`.
            tiles: where it differs from what was taken last; None for anywhere.

        Returns:
            Whether any vertex moved.
        """
        size = expect_shapes(shares=(shares, "S S 4"))["S"]
        side = min(size, _FINENESS)
        is_other_size = len(self._reduced) != side
        if is_other_size:
            self._reduced = np.zeros((side, side), np.float32)
        if tiles is None or is_other_size:
            tiles = set(range((size // TILE) ** 2))
        if not self._reduce(shares, tiles) and not is_other_size:
            return False
        before = self.heights_m
        sums = np.bincount(self._owners, self._at_places())
        self.heights_m = (sums / np.maximum(self._places, 1)).astype(np.float32)
        self._find_moved()
        return not np.array_equal(before, self.heights_m)

    def sculpted(self, vertices: Float32) -> Float32:
        """Vertices [V, 3] of the posed head, moved; the very array where nothing was sculpted."""
        if self.is_flat:
            return vertices
        moved = vertices.copy()
        normals = np.zeros_like(vertices)
        normals[self._near] = vertex_normals(vertices[self._near], self._near_faces)
        rows = self._moved
        moved[rows] += self.heights_m[rows, None] * normals[rows]
        return moved

    def worn(self, frame: AvatarFrame) -> AvatarFrame:
        """A moment of the head as sculpted; `frame` itself where nothing was."""
        if self.is_flat:
            return frame
        vertices = self.sculpted(frame.vertices)
        displacements = frame.displacements
        if displacements is not None:
            displacements = displacements + (vertices - frame.vertices)
        return replace(frame, vertices=vertices, displacements=displacements)

    def _reduce(self, shares: UInt8, tiles: set[int]) -> bool:
        """Average tiles; whether any of them differs."""
        across, factor = len(shares) // TILE, len(shares) // len(self._reduced)
        side = TILE // factor
        differs = False
        for tile in tiles:
            row, column = divmod(tile, across)
            fine = shares[_part(row, TILE), _part(column, TILE), _CHANNEL]
            known = self._reduced[_part(row, side), _part(column, side)]
            if (fine == AS_IT_IS).all():
                heights = np.zeros_like(known)
            else:
                split = fine.reshape(side, factor, side, factor)
                mean = split.mean(axis=(1, 3), dtype=np.float32)
                heights = (mean - AS_IT_IS) * np.float32(SCULPT_RANGE_M / AS_IT_IS)
            if not np.array_equal(known, heights):
                known[:] = heights
                differs = True
        return differs

    def _at_places(self) -> Float32:
        """Heights between texels, at each place of each vertex."""
        last = len(self._reduced) - 1
        u, v = self._uv.T
        at = np.stack([(1 - v) * (last + 1) - 0.5, u * (last + 1) - 0.5]).clip(0, last)
        low = at.astype(int)
        high = np.minimum(low + 1, last)
        down, along = (at - low).astype(np.float32)
        upper = self._reduced[low[0], low[1]] * (1 - along) + self._reduced[low[0], high[1]] * along
        lower = (
            self._reduced[high[0], low[1]] * (1 - along) + self._reduced[high[0], high[1]] * along
        )
        between: Float32 = upper * (1 - down) + lower * down
        return between

    def _find_moved(self) -> None:
        """Vertices that move, and the triangles around them, which say where their normals go."""
        is_moved = self.heights_m != 0
        near_faces = self._faces[is_moved[self._faces].any(axis=1)]
        self._moved = np.flatnonzero(is_moved)
        self._near, rows = np.unique(near_faces, return_inverse=True)
        self._near_faces = rows.reshape(-1, 3).astype(np.int32)


def _part(index: int, side: int) -> slice:
    return slice(index * side, (index + 1) * side)
