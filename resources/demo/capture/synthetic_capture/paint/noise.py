"""Value noise in space, the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float, Int


def value_noise(points: Float, frequency: float, seed: int) -> Float:
    """Smooth noise [N], 0..1, at points [N, 3]; `frequency` cells to a unit of length."""
    scaled = points * frequency
    cell = np.floor(scaled).astype(np.int64)
    t = scaled - cell
    t = t * t * (3 - 2 * t)
    total = np.zeros(len(points))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, t, 1 - t), axis=1)
        total += weight * _hashed(cell + corner, seed)
    return total


def fractal_noise(points: Float, frequency: float, octaves: int, seed: int) -> Float:
    """Noise [N], 0..1: octaves of doubling frequency and half the strength each."""
    gains = [0.5**k for k in range(octaves)]
    layers = (
        gain * value_noise(points, frequency * 2**k, seed + k) for k, gain in enumerate(gains)
    )
    total: Float = sum(layers, np.zeros(len(points))) / sum(gains)
    return total


def _hashed(cell: Int, seed: int) -> Float:
    """[N] 0..1 of integer cells [N, 3]: multiply and shift, as in integer hash tables."""
    factors = np.array([374761393, 668265263, 2147483647])
    h = ((cell * factors).sum(1) + seed * 974634777) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    fraction: Float = ((h ^ (h >> 16)) & 0xFFFFFF) / float(0xFFFFFF)
    return fraction
