"""Strands as strips of triangles whose vertices lie left and right in turn.

The edges are zigzags, but narrower than a pixel; it takes half of what a ribbon does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float, Float32, Int32

MOVING = np.dtype([("position", "3f4"), ("tangent", "3f4")])
FIXED = np.dtype(
    [
        ("neutral", "3f4"),
        ("colour", "3f4"),
        ("visibility", "4f4"),
        ("half_width", "f4"),
        ("side", "f4"),
    ]
)


def tangents(points: Float32) -> Float32:
    """Unit directions [N, K, 3] along polylines [N, K, 3]."""
    steps = np.diff(points, axis=1)
    along = np.concatenate([steps[:, :1], steps[:, :-1] + steps[:, 1:], steps[:, -1:]], 1)
    unit: Float32 = along / (np.linalg.norm(along, axis=2, keepdims=True) + 1e-12)
    return unit


def ribbon_triangles(count: int, points: int) -> Int32:
    """[count * (points - 2), 3] for vertices in the order strand, point."""
    first = ((np.arange(count) * points)[:, None] + np.arange(points - 2)).reshape(-1)
    return np.stack([first, first + 1, first + 2], 1).astype(np.int32)


def moving_rows(points: Float32) -> np.ndarray:
    """What changes with the face: rows of MOVING for polylines [N, K, 3]."""
    rows = np.empty(points.shape[:2], MOVING)
    rows["position"] = points
    rows["tangent"] = tangents(points)
    return rows


def fixed_rows(
    neutral: Float, colours: Float32, half_width: Float32, visibility: Float32
) -> np.ndarray:
    """What stays: rows of FIXED for [N, K, 3], [N, K, 3], [K] and [N, K, 4]."""
    rows = np.empty(neutral.shape[:2], FIXED)
    rows["neutral"] = neutral
    rows["colour"] = colours
    rows["visibility"] = visibility
    rows["half_width"] = half_width
    rows["side"] = 1 - 2 * (np.arange(neutral.shape[1]) % 2)
    return rows
