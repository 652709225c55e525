"""Procedural teeth and gums along MakeHuman's helper teeth, in base-mesh coordinates (dm)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.mesh.triangles import grid_triangles, outward

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float, Int

_ARCH_X = np.array([0, 0.09, 0.17, 0.22, 0.25, 0.28, 0.30, 0.31, 0.315])
_ARCH_Z = np.array([1.475, 1.46, 1.41, 1.34, 1.26, 1.17, 1.10, 1.04, 0.96])
_EDGE_Y = np.array([6.615, 6.615, 6.625, 6.64, 6.655, 6.675, 6.69, 6.70, 6.715])
"""Outer edge of the helper teeth from the midline to the last molar; y is the biting edge."""
_UPPER_WIDTHS_MM = np.array([8.6, 6.6, 7.8, 7.2, 7.0, 10.0, 9.6])
_LOWER_WIDTHS_MM = np.array([5.6, 6.2, 7.2, 7.4, 7.4, 11.0, 10.5])
"""From the incisor to the second molar."""
_TEETH = 7
_INCISORS_AND_CANINE = 3
_RING_ANGLES_DEG = (0, 10, 26, 58, 92, 135, 180)
_TOOTH_SEGMENTS = 10
_GUM_SEGMENTS = 10
_UP = np.array([0, 1.0, 0])


@dataclass(frozen=True)
class _HalfArch:
    """One side of a dental arch: `points` [N, 3] from the midline backwards, `lengths` [N]."""

    points: Float
    lengths: Float

    def at(self, length: float) -> Float:
        return np.array([np.interp(length, self.lengths, self.points[:, k]) for k in range(3)])

    def evenly(self, count: int) -> Float:
        shares = self.lengths / self.lengths[-1]
        places = np.linspace(0, 1, count)
        return np.stack([np.interp(places, shares, self.points[:, k]) for k in range(3)], 1)


def tooth_row(is_upper: bool) -> tuple[Float, Int, Float]:
    """Fourteen rounded teeth.

    Returns:
        Vertices [N, 3] dm, triangles [F, 3], and uvs [N, 2] in a strip of 14 x 1 cells, 0..1.
    """
    widths = _UPPER_WIDTHS_MM if is_upper else _LOWER_WIDTHS_MM
    vertices, uvs = [], []
    for side in (1.0, -1.0):
        arch = _half_arch(side, 0.0 if is_upper else 0.045)
        edges = np.r_[0, np.cumsum(widths)] / widths.sum() * arch.lengths[-1]
        for i in range(_TEETH):
            vertices.append(_tooth(arch, i, edges[i], edges[i + 1], side, is_upper))
            uvs.append(_tooth_uv(i if side > 0 else _TEETH + i))
    block = len(vertices[0])
    one = grid_triangles(len(_RING_ANGLES_DEG), _TOOTH_SEGMENTS)
    triangles = np.concatenate([one + k * block for k in range(len(vertices))])
    points = np.concatenate(vertices)
    return points, outward(points, triangles, block), np.concatenate(uvs)


def gum_row(is_upper: bool) -> tuple[Float, Int, Float]:
    """A tube along the roots: vertices [N, 3] dm, triangles [F, 3], uvs [N, 2] 0..1."""
    right, left = (_half_arch(side, 0.03 if is_upper else 0.075).evenly(22) for side in (-1.0, 1.0))
    path = np.concatenate([right[:0:-1], left])
    tangent = np.gradient(path, axis=0) * (1, 0, 1)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    forward = np.cross(_UP, tangent) * -1
    if forward[len(path) // 2, 2] < 0:
        forward = -forward
    azimuths = np.linspace(0, 2 * np.pi, _GUM_SEGMENTS + 1)[:-1]
    half_height, half_depth = 0.07, 0.045
    path[:, 1] += 0.142 if is_upper else -0.135
    tube = (
        path[:, None]
        + half_depth * np.cos(azimuths)[None, :, None] * forward[:, None]
        + (half_height * np.sin(azimuths))[None, :, None] * _UP
    )
    u = np.linspace(0.02, 0.98, len(path))
    v = 0.05 + 0.9 * np.abs(np.linspace(-1, 1, _GUM_SEGMENTS + 1)[:-1])
    uv = np.stack(np.broadcast_arrays(u[:, None], v[None]), -1)
    vertices = tube.reshape(-1, 3)
    triangles = outward(vertices, grid_triangles(len(path), _GUM_SEGMENTS), len(vertices))
    return vertices, triangles, uv.reshape(-1, 2)


def _half_arch(side: float, inset: float, count: int = 400) -> _HalfArch:
    """A smooth half arch on one side (+1 is the person's left), moved inwards by `inset` dm."""
    knots, places = np.linspace(0, 1, len(_ARCH_X)), np.linspace(0, 1, count)
    x, z, y = (np.interp(places, knots, values) for values in (_ARCH_X, _ARCH_Z, _EDGE_Y))
    x, z, y = _smooth(x, -1), _smooth(z, 1), _smooth(y, 1)
    tangent = np.gradient(np.stack([x, z], 1), axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    x, z = np.maximum(x + inset * tangent[:, 1], 0), z - inset * tangent[:, 0]
    points = np.stack([side * x, y, z], 1)
    steps = np.linalg.norm(np.diff(points[:, [0, 2]], axis=0), axis=1)
    return _HalfArch(points, np.r_[0, np.cumsum(steps)])


def _smooth(values: Float, parity: int) -> Float:
    """Values [N] smoothed over 41 samples; even (1) or odd (-1) about the midline."""
    kernel = np.hanning(41) / np.hanning(41).sum()
    before, after = parity * values[40:0:-1], 2 * values[-1] - values[-2:-42:-1]
    return np.convolve(np.r_[before, values, after], kernel, "same")[40:-40]


def _tooth(
    arch: _HalfArch, index: int, start: float, end: float, side: float, is_upper: bool
) -> Float:
    """Rings of one tooth [R * S, 3] dm between two arc lengths, from biting edge to root."""
    middle = (start + end) / 2
    centre = arch.at(middle)
    tangent = (arch.at(middle + 0.01) - centre) * (1, 0, 1)
    tangent /= np.linalg.norm(tangent)
    forward = np.cross(tangent, _UP) * -side
    half_width = (end - start) / 2 * 1.12
    depth = np.interp(index, [0, 2, 3, 5, 6], [0.032, 0.036, 0.042, 0.05, 0.05])
    height = np.interp(index, [0, 1, 2, 3, 6], [0.125, 0.115, 0.125, 0.105, 0.085])
    height *= 1 if is_upper else 0.9
    centre[1] -= np.interp(index, [0, 6], [0.045, 0.015]) if is_upper else 0.012
    set_back = np.interp(index, [0, 1, 2, 3], [0.0, 0.006, -0.002, 0.006])  # canines are longer
    angles = np.radians(_RING_ANGLES_DEG)
    azimuths = np.linspace(0, 2 * np.pi, _TOOTH_SEGMENTS + 1)[:-1]
    swell, cosine = np.abs(np.sin(angles)) ** 0.28, np.cos(angles)
    along = np.sign(cosine) * np.abs(cosine) ** 0.75  # from 1 at the biting edge to -1 at the root
    is_front = index < _INCISORS_AND_CANINE
    thin = (1 - 0.45 * np.clip(along, 0, 1)) if is_front else np.ones(len(angles))
    sideways = half_width * (swell * (0.9 + 0.1 * along))[:, None] * _rounded(np.cos(azimuths))
    outwards = depth * (swell * thin)[:, None] * _rounded(np.sin(azimuths))
    outwards = outwards + 0.006 * (1 - along**2)[:, None]
    up = 1.0 if is_upper else -1.0
    upwards = up * (set_back + height / 2 * (1 - along))[:, None] + 0 * azimuths
    points = (
        centre
        - forward * depth * 0.95
        + sideways[..., None] * tangent
        + outwards[..., None] * forward
        + upwards[..., None] * _UP
    )
    return points.reshape(-1, 3)


def _tooth_uv(cell: int) -> Float:
    azimuths = np.linspace(0, 2 * np.pi, _TOOTH_SEGMENTS + 1)[:-1]
    u = (cell / (2 * _TEETH)) + (0.07 + 0.86 * np.abs(azimuths / np.pi - 1)) / (2 * _TEETH)
    v = 0.05 + 0.9 * np.radians(_RING_ANGLES_DEG) / np.pi
    return np.stack(np.broadcast_arrays(u[None], v[:, None]), -1).reshape(-1, 2)


def _rounded(circle: Float) -> Float:
    """Sine or cosine bent so that a circle becomes a rounded square."""
    return np.sign(circle) * np.abs(circle) ** 0.62
