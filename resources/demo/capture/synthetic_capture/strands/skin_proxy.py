"""What strands must not grow into: samples of the head's surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from synthetic_capture.mesh.triangles import vertex_normals

if TYPE_CHECKING:
    from synthetic_capture.head.head_model import HeadModel
    from synthetic_capture.mesh.arrays import Float

_SAMPLES_PER_FACE = 3
_NEIGHBOURS = 4
_SOLID_PARTS = ("skin", "scalp", "ear", "neck", "garment", "lips")


class SkinProxy:
    """Points and normals scattered over the outer skin and the garment.

    Args:
        model: the head.
        generator: picks the points.
    """

    def __init__(self, model: HeadModel, generator: np.random.Generator) -> None:
        faces = model.topology.faces_of(*_SOLID_PARTS)
        normals = vertex_normals(model.points_dm, faces)
        weights = generator.dirichlet([1, 1, 1], (len(faces), _SAMPLES_PER_FACE))
        self._points = _sampled(weights, model.points_dm[faces])
        self._normals = _sampled(weights, normals[faces])
        self._normals /= np.linalg.norm(self._normals, axis=1, keepdims=True)
        self._tree = cKDTree(self._points)

    def height_above(self, points: Float) -> tuple[Float, Float]:
        """Heights [N] above the skin (dm, negative inside) and the skin's normals [N, 3] below."""
        distances, ids = self._tree.query(points, k=_NEIGHBOURS)
        weights = 1 / (distances + 1e-3)
        weights /= weights.sum(1, keepdims=True)
        normals = (self._normals[ids] * weights[..., None]).sum(1)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
        foot = (self._points[ids] * weights[..., None]).sum(1)
        return ((points - foot) * normals).sum(1), normals

    def pushed_out(self, points: Float, clearance: Float) -> Float:
        """Points [N, 3] moved to at least `clearance` [N] dm above the skin."""
        heights, normals = self.height_above(points)
        moved: Float = points + normals * np.maximum(0, clearance - heights)[:, None]
        return moved


def _sampled(weights: Float, corners: Float) -> Float:
    """[F * S, 3] mixtures of values [F, 3, 3] at triangle corners; weights [F, S, 3]."""
    samples: Float = np.einsum("fsk,fkc->fsc", weights, corners).reshape(-1, 3)
    return samples
