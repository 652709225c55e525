"""A face of which everything is known: a bent sheet, symmetric about x = 0, in two charts.

The left half (x < 0) lies upright in the left of the atlas, the right half is turned by a quarter
and lies in the right, so the seam x = 0 joins texels of different directions.
"""

from __future__ import annotations

import numpy as np

from avatar_core.heads import HeadTopology
from avatar_core.project import Painting
from avatar_core.texture.atlas import AtlasMap
from avatar_core.texture.bleed import SeamBleed
from avatar_core.texture.canvas import PaintCanvas

HALF_M = 0.08
STEPS = 8
"""Squares along half a side."""


def sheet(bend: float = 0.0) -> tuple[HeadTopology, np.ndarray]:
    """Topology, and vertices [V, 3]: z = -bend x², corners at x, y = -HALF_M and HALF_M."""
    axis = np.linspace(-HALF_M, HALF_M, 2 * STEPS + 1)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    vertices = np.stack([x, y, -bend * x**2], axis=-1).reshape(-1, 3).astype(np.float32)
    row, column = np.meshgrid(np.arange(2 * STEPS), np.arange(2 * STEPS), indexing="ij")
    a = (row * (2 * STEPS + 1) + column).ravel()
    b, c, d = a + 1, a + 2 * STEPS + 2, a + 2 * STEPS + 1
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32)
    middles = vertices[faces].mean(axis=1)
    is_left = middles[:, 0] < 0
    count = len(vertices)
    uv = np.concatenate([left_uv(vertices[:, :2]), right_uv(vertices[:, :2])]).astype(np.float32)
    uv_faces = np.where(is_left[:, None], faces, faces + count).astype(np.int32)
    topology = HeadTopology(
        faces=faces,
        uv=uv,
        uv_faces=uv_faces,
        part_names=("skin", "lips"),
        face_part=(middles[:, 1] < -0.04).astype(np.uint8),
        scalp_vertex_ids=np.zeros(0, np.int32),
        landmark_face_ids=np.zeros(0, np.int32),
        landmark_barycentric=np.zeros((0, 3), np.float32),
    )
    return topology, vertices


def left_uv(places: np.ndarray) -> np.ndarray:
    """[n, 2] of places [n, 2] with x <= 0: 0.05..0.45 across, 0.1..0.9 up."""
    x, y = places.T
    return np.stack([0.45 + 0.4 * x / HALF_M, 0.5 + 0.4 * y / HALF_M], axis=1)


def right_uv(places: np.ndarray) -> np.ndarray:
    """[n, 2] of places [n, 2] with x >= 0: v falls with x, u rises with y, half as large."""
    x, y = places.T
    return np.stack([0.75 + 0.2 * y / HALF_M, 0.7 - 0.2 * x / HALF_M], axis=1)


def sheet_atlas(size: int = 512, bend: float = 0.0) -> tuple[AtlasMap, np.ndarray]:
    """The atlas of the sheet, and its vertices."""
    topology, vertices = sheet(bend)
    return AtlasMap.of(topology, size, vertices), vertices


def sheet_canvas(atlas: AtlasMap, **options) -> PaintCanvas:
    """A new layer on an empty painting."""
    bleed = SeamBleed(atlas.bleed_texels, atlas.bleed_sources, atlas.size)
    return PaintCanvas(Painting(atlas.size), bleed=bleed, **options)


def triangles(
    corners: list[list[tuple[float, float]]], heights: list[float]
) -> tuple[HeadTopology, np.ndarray]:
    """Separate triangles by their corners in uv, each at a height z of its own; x, y are uv."""
    uv = np.array(corners, np.float32).reshape(-1, 2)
    z = np.repeat(np.array(heights, np.float32), 3)
    faces = np.arange(len(uv), dtype=np.int32).reshape(-1, 3)
    topology = HeadTopology(
        faces=faces,
        uv=uv,
        uv_faces=faces,
        part_names=("skin",),
        face_part=np.zeros(len(faces), np.uint8),
        scalp_vertex_ids=np.zeros(0, np.int32),
        landmark_face_ids=np.zeros(0, np.int32),
        landmark_barycentric=np.zeros((0, 3), np.float32),
    )
    return topology, np.concatenate([uv, z[:, None]], axis=1)
