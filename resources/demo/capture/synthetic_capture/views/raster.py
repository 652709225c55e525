"""Readable CPU rasteriser: depth and faces of a mesh, coverage of strands.

Square pictures with the principal point in the middle; the centre of the top left pixel is
(0.5, 0.5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from synthetic_capture.views.cameras import in_camera

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float, Int, Int32
    from synthetic_capture.strands.strands import Strands

_NEAR_M = 0.05
_STRAND_BIAS_M = 0.0015
"""Strands lie this much deeper before the mesh hides them: roots sit in the skin."""
_FINER = 4
"""Strands are drawn with this many samples along each side of a pixel."""


def mesh_depth(
    vertices: Float, faces: Int, world_from_camera: Float, focal_px: float, size_px: int
) -> tuple[Float, Int32]:
    """What is seen at the centre of each pixel.

    Args:
        vertices: [V, 3] metres.
        faces: [F, 3]; both sides are drawn.
        world_from_camera: [4, 4], OpenGL axes.
        focal_px: focal length.
        size_px: side of the picture.

    Returns:
        Depth [S, S] along the view axis, metres, infinite off the mesh; face ids [S, S], -1 there.
    """
    depth = np.full((size_px, size_px), np.inf)
    ids = np.full((size_px, size_px), -1, np.int32)
    points = in_camera(vertices, world_from_camera)
    _fill_mesh(points, faces.astype(np.int64), focal_px, depth, ids)
    return depth, ids


def strand_cover(
    strands: Strands, world_from_camera: Float, focal_px: float, depth: Float
) -> Float:
    """Share [S, S], 0..1, of each pixel that strands cover before the mesh of `depth` [S, S]."""
    size = len(depth)
    is_covered = np.zeros((size * _FINER, size * _FINER), np.bool_)
    points = in_camera(strands.points, world_from_camera)
    _fill_strands(points, strands.radii, focal_px, depth, is_covered)
    share: Float = is_covered.reshape(size, _FINER, size, _FINER).mean((1, 3))
    return share


@numba.njit
def _fill_mesh(points: Any, faces: Any, focal: Any, depth: Any, ids: Any) -> None:
    size = depth.shape[0]
    middle = size / 2
    for f in range(faces.shape[0]):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        za, zb, zc = points[i, 2], points[j, 2], points[k, 2]
        if min(za, zb, zc) < _NEAR_M:
            continue
        ax, ay = focal * points[i, 0] / za + middle, focal * points[i, 1] / za + middle
        bx, by = focal * points[j, 0] / zb + middle, focal * points[j, 1] / zb + middle
        cx, cy = focal * points[k, 0] / zc + middle, focal * points[k, 1] / zc + middle
        area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy)
        if abs(area) < 1e-12:
            continue
        left = max(0, int(np.floor(min(ax, bx, cx) - 0.5)))
        right = min(size - 1, int(np.ceil(max(ax, bx, cx) - 0.5)))
        top = max(0, int(np.floor(min(ay, by, cy) - 0.5)))
        bottom = min(size - 1, int(np.ceil(max(ay, by, cy) - 0.5)))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                u = ((by - cy) * (x + 0.5 - cx) + (cx - bx) * (y + 0.5 - cy)) / area
                v = ((cy - ay) * (x + 0.5 - cx) + (ax - cx) * (y + 0.5 - cy)) / area
                w = 1 - u - v
                if u >= -1e-9 and v >= -1e-9 and w >= -1e-9:
                    z = 1 / (u / za + v / zb + w / zc)
                    if z < depth[y, x]:
                        depth[y, x] = z
                        ids[y, x] = f


@numba.njit
def _fill_strands(points: Any, radii: Any, focal: Any, depth: Any, is_covered: Any) -> None:
    size = is_covered.shape[0]
    finer = size // depth.shape[0]
    for s in range(points.shape[0]):
        for k in range(points.shape[1] - 1):
            za, zb = points[s, k, 2], points[s, k + 1, 2]
            if za < _NEAR_M or zb < _NEAR_M:
                continue
            ax = finer * focal * points[s, k, 0] / za + size / 2
            ay = finer * focal * points[s, k, 1] / za + size / 2
            bx = finer * focal * points[s, k + 1, 0] / zb + size / 2
            by = finer * focal * points[s, k + 1, 1] / zb + size / 2
            half = max(0.5, finer * focal * radii[k] / za)
            steps = int(max(abs(bx - ax), abs(by - ay))) + 1
            for q in range(steps + 1):
                t = q / steps
                x, y, z = ax + t * (bx - ax), ay + t * (by - ay), za + t * (zb - za)
                left, right = int(np.ceil(x - half - 0.5)), int(np.floor(x + half - 0.5))
                top, bottom = int(np.ceil(y - half - 0.5)), int(np.floor(y + half - 0.5))
                for row in range(max(0, top), min(size - 1, bottom) + 1):
                    for column in range(max(0, left), min(size - 1, right) + 1):
                        if z < depth[row // finer, column // finer] + _STRAND_BIAS_M:
                            is_covered[row, column] = True
