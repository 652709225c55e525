"""Colours of an eyeball: white with veins, iris with fibres, pupil."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthetic_capture.head.eyeballs import gaze_angle_deg
from synthetic_capture.paint.noise import fractal_noise

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float
    from synthetic_capture.paint.look import Look

_IRIS_DEG = 26
_PUPIL_DEG = 10
_PUPIL_GREY = 0.012


def eye_paint(uv: Float, look: Look) -> Float:
    """Colours [N, 3] sRGB at uvs [N, 2] of the eye's island, 0..1."""
    away = (uv - 0.5) * 2
    radius, azimuth = np.hypot(away[:, 0], away[:, 1]), np.arctan2(away[:, 1], away[:, 0])
    angle = gaze_angle_deg(radius / 2)
    colour = _white(away, angle, look.seed)
    mix = np.clip((_IRIS_DEG - angle) / 1.8, 0, 1)[:, None]
    colour = colour * (1 - mix) + _iris(azimuth, radius, angle, look) * mix
    colour *= 1 - 0.6 * np.exp(-(((angle - _IRIS_DEG) / 2.6) ** 2))[:, None]
    pupil = np.clip((_PUPIL_DEG - angle) / 1.2, 0, 1)[:, None]
    return colour * (1 - pupil) + _PUPIL_GREY * pupil


def _white(away: Float, angle: Float, seed: int) -> Float:
    """Yellowing and then reddening away from the gaze, with faint veins."""
    veins = fractal_noise(np.c_[away * 6, np.zeros(len(away))], 3, 4, seed)
    outer = np.clip((angle - 40) / 40, 0, 1)[:, None]
    white = np.array([0.90, 0.875, 0.85]) * (1 - 0.12 * outer * np.array([0.3, 1, 1]))
    red: Float = np.clip(0.05 * (veins - 0.6), 0, 1)[:, None] * np.array([0, 2.5, 2.5])
    return white - red


def _iris(azimuth: Float, radius: Float, angle: Float, look: Look) -> Float:
    """Radial fibres, warmer about the pupil."""
    ring = np.stack([np.cos(azimuth) * 9, np.sin(azimuth) * 9, radius * 2], 1)
    fibres = fractal_noise(ring, 2, 4, look.seed + 5)
    iris = np.array(look.iris) * (0.35 + 1.3 * fibres[:, None])
    glow = np.exp(-(((angle - 12) / 5) ** 2))[:, None]
    warm: Float = iris * (1 + 0.5 * glow * np.array([1.2, 0.8, 0.3]))
    return warm
