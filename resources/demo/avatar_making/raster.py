"""Triangles to pixels: nearest triangle, its barycentrics and depth, at pixel centres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Camera, Float32, Int32


@numba.njit(cache=True)
def _fill(corners: Any, depths: Any, ids: Any, weights: Any, buffer: Any) -> None:
    height, width = ids.shape
    for face in range(corners.shape[0]):
        ax, ay = corners[face, 0, 0], corners[face, 0, 1]
        bx, by = corners[face, 1, 0], corners[face, 1, 1]
        cx, cy = corners[face, 2, 0], corners[face, 2, 1]
        za, zb, zc = depths[face, 0], depths[face, 1], depths[face, 2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-12 or min(za, zb, zc) <= 0:
            continue
        left = max(0, int(np.ceil(min(ax, bx, cx) - 0.5)))
        right = min(width - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        top = max(0, int(np.ceil(min(ay, by, cy) - 0.5)))
        bottom = min(height - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                px, py = x + 0.5, y + 0.5
                u = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area
                v = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area
                w = 1 - u - v
                if u < -1e-7 or v < -1e-7 or w < -1e-7:
                    continue
                inverse = u / za + v / zb + w / zc
                z = 1 / inverse
                if z < buffer[y, x]:
                    buffer[y, x] = z
                    ids[y, x] = face
                    weights[y, x, 0] = u / za * z
                    weights[y, x, 1] = v / zb * z
                    weights[y, x, 2] = w / zc * z


def rasterized(
    corners: Float32, depths: Float32, height: int, width: int
) -> tuple[Int32, Float32, Float32]:
    """Nearest triangle of each pixel.

    Args:
        corners: [F, 3, 2] pixels (x right, y down; the top left pixel's centre is (0.5, 0.5)).
        depths: [F, 3] metres, positive; triangles that reach behind the camera are left out.
        height: rows.
        width: columns.

    Returns:
        face ids [H, W] (-1 where there is none), perspective-correct barycentrics [H, W, 3] and
        depths [H, W] metres (infinite where there is none).
    """
    ids = np.full((height, width), -1, np.int32)
    weights = np.zeros((height, width, 3), np.float32)
    buffer = np.full((height, width), np.inf, np.float32)
    _fill(corners.astype(np.float64), depths.astype(np.float64), ids, weights, buffer)
    return ids, weights, buffer


def rasterized_view(
    vertices: Float32, faces: Int32, camera: Camera, finer: int = 1
) -> tuple[Int32, Float32, Float32]:
    """`rasterized` for a mesh seen by a camera, with `finer` samples along each pixel side."""
    pixels, depths = camera.project(vertices)
    return rasterized(
        pixels[faces] * finer, depths[faces], camera.height_px * finer, camera.width_px * finer
    )


def rasterized_atlas(uv: Float32, uv_faces: Int32, size_px: int) -> tuple[Int32, Float32]:
    """Which triangle each texel shows, and where in it: ids [S, S], barycentrics [S, S, 3].

    Args:
        uv: [T, 2] 0..1, origin bottom left.
        uv_faces: [F, 3].
        size_px: side of the texture, top row first.
    """
    pixels = np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1) * size_px
    ids, weights, _ = rasterized(
        pixels[uv_faces].astype(np.float32), np.ones(uv_faces.shape, np.float32), size_px, size_px
    )
    return ids, weights
