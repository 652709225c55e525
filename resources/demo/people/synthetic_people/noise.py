"""Value noise in space, compiled; the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float, Float32


def fractal_noise(points: Float, frequency: float, octaves: int, seed: int) -> Float32:
    """Noise [N], -1..1 and mostly within half of it, at points [N, 3].

    Args:
        points: where.
        frequency: cells of the first octave to a unit of length.
        octaves: of doubling frequency and half the strength each.
        seed: of the lattice.
    """
    out = np.empty(len(points), np.float32)
    _fill(np.ascontiguousarray(points, np.float64), frequency, octaves, seed, out)
    return out


@numba.njit(cache=True)
def _hashed(x: int, y: int, z: int, seed: int) -> float:
    h = (x * 374761393 + y * 668265263 + z * 2147483647 + seed * 974634777) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFFFF) / 8388607.5 - 1.0


@numba.njit(cache=True)
def _fill(points: Any, frequency: float, octaves: int, seed: int, out: Any) -> None:
    norm = 2.0 - 0.5 ** (octaves - 1)
    for n in range(points.shape[0]):
        total = 0.0
        for octave in range(octaves):
            scale = frequency * 2.0**octave
            x, y, z = points[n, 0] * scale, points[n, 1] * scale, points[n, 2] * scale
            i, j, k = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
            u, v, w = x - i, y - j, z - k
            u, v, w = u * u * (3 - 2 * u), v * v * (3 - 2 * v), w * w * (3 - 2 * w)
            value = 0.0
            for a in range(2):
                for b in range(2):
                    for c in range(2):
                        weight = (u if a else 1 - u) * (v if b else 1 - v) * (w if c else 1 - w)
                        value += weight * _hashed(i + a, j + b, k + c, seed + octave)
            total += value * 0.5**octave
        out[n] = total / norm
