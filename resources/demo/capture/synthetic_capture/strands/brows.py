"""Brow strands: a soft arc with a short tail on each side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.mesh.triangles import planar_barycentrics, vertex_normals

if TYPE_CHECKING:
    from synthetic_capture.head.head_model import HeadModel
    from synthetic_capture.mesh.arrays import Float, Int

_POINTS = 5


def brows(model: HeadModel, posed_dm: Float, count: int = 420, seed: int = 1) -> Float:
    """Strands on a posed head.

    Args:
        model: the head.
        posed_dm: [V, 3] its vertices with an expression, MakeHuman frame.
        count: strands of one brow.
        seed: of everything random.

    Returns:
        At most [2 * count, 5, 3] dm.
    """
    generator = np.random.default_rng(seed)
    share = generator.random(count) ** 0.9
    left = _places(share, generator)
    faces = _brow_faces(model)
    corners = model.topology.base_points[faces]
    normals = vertex_normals(posed_dm, model.topology.faces)
    strands = []
    for side in (1.0, -1.0):
        for along, place in zip(share, left * (side, 1), strict=True):
            hit = _foremost(place, corners)
            if hit is None:
                continue
            face, weights = hit
            root, normal = weights @ posed_dm[faces[face]], weights @ normals[faces[face]]
            strands.append(_strand(root, normal, side, along, generator))
    return np.array(strands).reshape(-1, _POINTS, 3)


def _places(share: Float, generator: np.random.Generator) -> Float:
    """[N, 2] base-mesh x and y on the left brow, from the nose (share 0) to the tail (1)."""
    tail = np.clip(share - 0.68, 0, 1) / 0.32
    arch = 0.055 * np.sin(np.clip(share / 0.68, 0, 1) * np.pi / 2) - 0.075 * tail * 0.9
    width = 0.052 * (1 - 0.72 * share**1.6) * np.clip(share * 6 + 0.55, 0, 1)
    y = 7.475 + arch + (generator.random(len(share)) - 0.5) * width
    return np.stack([0.125 + 0.355 * share, y], 1)


def _brow_faces(model: HeadModel) -> Int:
    """[F, 3] triangles of the skin about the brows."""
    faces = model.topology.faces_of("skin")
    middle = model.topology.base_points[faces].mean(1)
    y, z = middle[:, 1], middle[:, 2]
    return faces[(y > 7.25) & (y < 7.9) & (z > 0.95)]


def _foremost(place: Float, corners: Float) -> tuple[int, Float] | None:
    """The foremost triangle of [F, 3, 3] over a place [2], and the barycentric weights there."""
    weights = planar_barycentrics(place, corners[:, :, :2])
    hits = np.flatnonzero((weights >= 0).all(1))
    if not len(hits):
        return None
    best = hits[(corners[hits, :, 2] * weights[hits]).sum(1).argmax()]
    return int(best), weights[best]


def _strand(
    root: Float, normal: Float, side: float, along: float, generator: np.random.Generator
) -> Float:
    """[5, 3] dm: upwards near the nose, outwards and down at the tail, close to the skin."""
    direction = np.array([side * (0.30 + 0.95 * along), 0.85 - 1.25 * along, -0.2 * along])
    direction += generator.normal(size=3) * 0.12
    direction -= normal * (direction @ normal)
    direction /= np.linalg.norm(direction)
    length = 0.075 * (0.75 + 0.45 * generator.random()) * (1 - 0.25 * along)
    share = np.linspace(0, 1, _POINTS)[:, None]
    strand: Float = (
        root + direction * length * share + normal * (0.008 + 0.018 * share * (1 - share))
    )
    return strand
