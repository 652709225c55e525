"""Colour and relief of skin and lips, as functions of base-mesh positions (dm)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.head.regions import hairline
from synthetic_capture.paint.noise import fractal_noise, value_noise

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float
    from synthetic_capture.paint.look import Look
    from synthetic_capture.paint.texels import Texels

_BLUSH = (  # strength, centre, radius; both sides of the face alike
    (0.75, (0.48, 6.95, 1.3), 0.2),
    (0.55, (0, 7.05, 1.65), 0.13),
    (0.3, (0, 6.4, 1.5), 0.16),
    (0.35, (0.14, 7.2, 1.45), 0.07),
)
_SHADE = ((0.35, (0.3, 7.14, 1.4), 0.08), (0.30, (0.32, 7.40, 1.4), 0.07))
"""Around the eyes."""
_FRECKLED = (0.38, 7.0, 1.45), 0.22
_EAR_BLUSH = 0.55
_LIP_MIX = 0.85


def skin_paint(texels: Texels, look: Look) -> tuple[Float, Float]:
    """Colours [N, 3] sRGB and relief [N], about zero, as if every texel were skin."""
    points = texels.points
    mirrored = np.c_[np.abs(points[:, 0]), points[:, 1:]]
    coarse = fractal_noise(points, 6, 4, look.seed + 1) - 0.5
    middle = fractal_noise(points, 30, 4, look.seed + 9) - 0.5
    fine = fractal_noise(points, 140, 2, look.seed + 20) - 0.5
    blush = _blobs(mirrored, _BLUSH) + _EAR_BLUSH * texels.ears + 0.9 * coarse + 0.6 * middle
    colour = np.array(look.skin) + blush[:, None] * np.array([0.02, -0.04, -0.034])
    colour *= (1 + 0.06 * coarse + 0.07 * middle + 0.06 * fine)[:, None]
    colour *= 1 - _blobs(mirrored, _SHADE)[:, None] * np.array([0.14, 0.2, 0.16])
    freckles = look.freckles * _freckles(points, mirrored, look.seed + 40)
    colour *= 1 - freckles[:, None] * np.array([0.10, 0.18, 0.24])
    lips = np.array(look.lips) * (1 + 0.16 * middle + 0.12 * fine)[:, None]
    mix = _LIP_MIX * np.clip(texels.lips * 1.15, 0, 1)[:, None]
    colour = colour * (1 - mix) + lips * mix
    above = np.clip((points[:, 1] - hairline(points[:, 2])) / 0.25, 0, 1) * (1 - texels.ears)
    colour *= 1 - 0.06 * above[:, None]
    return colour, fine + 0.6 * middle


def _freckles(points: Float, mirrored: Float, seed: int) -> Float:
    """[N] 0..1, on nose and cheeks."""
    spots = np.clip((value_noise(points, 55, seed) - 0.82) / 0.08, 0, 1)
    freckles: Float = spots * np.clip(_blob(mirrored, *_FRECKLED), 0, 1)
    return freckles


def _blobs(
    points: Float, blobs: tuple[tuple[float, tuple[float, float, float], float], ...]
) -> Float:
    """[N] sum of round spots of (strength, centre, radius)."""
    spots = (strength * _blob(points, centre, radius) for strength, centre, radius in blobs)
    return sum(spots, np.zeros(len(points)))


def _blob(points: Float, centre: tuple[float, float, float], radius: float) -> Float:
    away = points - np.array(centre)
    spot: Float = np.exp(-(away * away).sum(-1) / (2 * radius * radius))
    return spot
