"""Compiled loop of the CPU mesh rasteriser: horizontal bands, one thread each, no races."""

from __future__ import annotations

import numba
import numpy as np

_F = np.float32
_MIN_DEPTH_M = np.float32(1e-4)


@numba.njit(cache=True, parallel=True, fastmath=True, nogil=True, error_model="numpy")
def fill_bands(pixels, depths, faces, bands, face_ids, barycentrics, image_depths):  # type: ignore[no-untyped-def]
    """Nearest triangle per pixel.

    Args:
        pixels: [V, 2] vertex positions in the image.
        depths: [V] metres along z; triangles with a vertex at or behind the camera are left out.
        faces: [F, 3].
        bands: number of horizontal bands.
        face_ids: [H, W] int32, written: triangle or -1.
        barycentrics: [H, W, 3], written: perspective-correct weights of the triangle's corners.
        image_depths: [H, W], written: metres along z, 0 off the mesh.
    """
    height, width = face_ids.shape
    for band in numba.prange(bands):
        top = band * height // bands
        bottom = (band + 1) * height // bands
        nearest = np.zeros((bottom - top, width), np.float32)  # inverse depth
        face_ids[top:bottom] = -1
        barycentrics[top:bottom] = _F(0)
        image_depths[top:bottom] = _F(0)
        for k in range(faces.shape[0]):
            i, j, m = faces[k, 0], faces[k, 1], faces[k, 2]
            if min(depths[i], depths[j], depths[m]) <= _MIN_DEPTH_M:
                continue
            ax, ay = pixels[i, 0], pixels[i, 1]
            bx, by = pixels[j, 0], pixels[j, 1]
            cx, cy = pixels[m, 0], pixels[m, 1]
            lowest = min(ay, by, cy)
            highest = max(ay, by, cy)
            if highest < top or lowest > bottom:
                continue
            area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
            if abs(area) < _F(1e-9):
                continue
            inverse = _F(1) / area
            x0 = max(0, int(np.ceil(min(ax, bx, cx) - _F(0.5))))
            x1 = min(width - 1, int(np.floor(max(ax, bx, cx) - _F(0.5))))
            y0 = max(top, int(np.ceil(lowest - _F(0.5))))
            y1 = min(bottom - 1, int(np.floor(highest - _F(0.5))))
            za, zb, zc = _F(1) / depths[i], _F(1) / depths[j], _F(1) / depths[m]
            for y in range(y0, y1 + 1):
                py = y + _F(0.5)
                for x in range(x0, x1 + 1):
                    px = x + _F(0.5)
                    a = ((bx - px) * (cy - py) - (by - py) * (cx - px)) * inverse
                    b = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) * inverse
                    c = _F(1) - a - b
                    if a < 0 or b < 0 or c < 0:
                        continue
                    closeness = a * za + b * zb + c * zc
                    if closeness > nearest[y - top, x]:
                        nearest[y - top, x] = closeness
                        face_ids[y, x] = k
                        barycentrics[y, x, 0] = a * za / closeness
                        barycentrics[y, x, 1] = b * zb / closeness
                        barycentrics[y, x, 2] = c * zc / closeness
                        image_depths[y, x] = _F(1) / closeness
