"""Carrying movements of one person's face to another's, of whatever mesh.

Landmarks that both faces have bend the space of the first into that of the second. A point of the
second face then lies next to a place of the first, and moves as that place does, bent likewise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, Int32, expect_shapes, similarity_fit
from avatar_core.geometry.closest import closest_on_mesh

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.geometry.shapes import Float64

_FARTHEST_M = 0.004
_MOST_APART = 0.7
"""Cosine between the surfaces' normals: folds and backs of a face are not its neighbours."""

_SMOOTHING = 0.001
"""Of the warp; lips that touch in one face and not in the other would tear it otherwise."""

_LEAST_AREA_M2 = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class FaceWarp:
    """The space about one face bent into that of another, by landmarks of both.

    Args:
        source: [L, 3] landmarks of the first face, metres, L >= 3.
        target: [L, 3] the same landmarks of the second.
    """

    source: Float32
    target: Float32

    def carried(self, places: Float32) -> Float64:
        """Places [..., 3] about the first face, where they are about the second."""
        size, turn, shift = similarity_fit(self.source, self.target)
        aligned = size * places.astype(np.float64) @ turn.T + shift
        bend = self._bend(size * self.source.astype(np.float64) @ turn.T + shift)
        flat = aligned.reshape(-1, 3)
        return (flat + bend(flat)).reshape(places.shape)

    def moved(self, places: Float32, movements: Float32) -> Float64:
        """How far places [n, 3] go about the second face that go `movements` [K, n, 3] here."""
        there: Float64 = self.carried(places + movements) - self.carried(places)
        return there

    def _bend(self, aligned: Float64) -> Callable[[Float64], Float64]:
        """Displacements that take the aligned landmarks to the target's, nearly, and smoothly."""
        from scipy.interpolate import RBFInterpolator

        if len(aligned) < 5:
            return np.zeros_like
        apart = self.target - aligned
        bend: Callable[[Float64], Float64] = RBFInterpolator(
            aligned, apart, kernel="linear", smoothing=_SMOOTHING, degree=0
        )
        return bend


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Points of one face that lie next to another's.

    Args:
        rows: [n] which of the points do.
        corners: [n, 3] vertices of the other face about each.
        shares: [n, 3] barycentric place between them.
    """

    rows: Int32
    corners: Int32
    shares: Float32

    def between(self, values: Float32) -> Float32:
        """Values [..., V, C] of the other face's vertices, as [..., n, C] at the places nearby."""
        mixed: Float32 = np.einsum("nk,...nkc->...nc", self.shares, values[..., self.corners, :])
        return mixed


def neighbours(points: Float32, normals: Float32, vertices: Float32, faces: Int32) -> Neighbours:
    """Points that lie on another surface, nearly, and look the same way.

    Args:
        points: [n, 3] metres.
        normals: [n, 3] unit.
        vertices: [V, 3] of the other surface, metres.
        faces: [F, 3] of it; those without area are no neighbours.
    """
    expect_shapes(points=(points, "n 3"), normals=(normals, "n 3"), vertices=(vertices, "V 3"))
    corners = vertices[faces].astype(np.float64)
    areas = np.linalg.norm(
        np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
    )
    solid = faces[areas > _LEAST_AREA_M2]
    if len(solid) == 0 or len(points) == 0:
        return Neighbours(*_none())
    found = closest_on_mesh(points, vertices, solid)
    near = np.linalg.norm(found.points - points, axis=1) < _FARTHEST_M
    alike = (found.normals * normals).sum(1) > _MOST_APART
    rows = np.flatnonzero(near & alike).astype(np.int32)
    about = solid[found.triangles[rows]]
    return Neighbours(rows, about, _barycentric(found.points[rows], vertices[about]))


def _none() -> tuple[Int32, Int32, Float32]:
    return np.zeros(0, np.int32), np.zeros((0, 3), np.int32), np.zeros((0, 3), np.float32)


def _barycentric(points: Float32, corners: Float32) -> Float32:
    """[n, 3] places in triangles [n, 3, 3] on which the points lie."""
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    edges = np.stack([first, second], -1).astype(np.float64)
    offset = (points - corners[:, 0]).astype(np.float64)
    normal = edges.transpose(0, 2, 1) @ edges
    right = edges.transpose(0, 2, 1) @ offset[:, :, None]
    shares = np.linalg.solve(normal, right)[:, :, 0]
    return np.column_stack([1 - shares.sum(1), shares]).astype(np.float32)
