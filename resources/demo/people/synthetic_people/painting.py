"""Paints the atlas of a person: skin, eyes, mouth, clothes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from synthetic_capture.head.atlas import ISLANDS
from synthetic_capture.head.eyeballs import gaze_angle_deg
from synthetic_capture.head.regions import above_neckline

from synthetic_people.noise import fractal_noise
from synthetic_people.skin_paint import skin_paint

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Bool, Float, Float32, UInt8
    from synthetic_capture.paint.texels import Texels

    from synthetic_people.traits import Traits

_IRIS_DEG, _PUPIL_DEG = 25.0, 9.5


def painted_atlas(texels: Texels, traits: Traits) -> UInt8:
    """[S, S, 4] sRGB and relief (128 is level), bottom row first."""
    points = texels.points
    colour, relief = skin_paint(texels, traits)
    for part, paint in _mouth(points, traits.seed).items():
        mine = texels.of(part)
        colour[mine], relief[mine] = paint[mine], 0
    mine = texels.of("garment")
    colour[mine], relief[mine] = _garment(points[mine], traits)
    for part in ("eye_left", "eye_right"):
        mine = texels.of(part)
        colour[mine], relief[mine] = _eye(ISLANDS[part].own(texels.atlas[mine]), traits), 0
    painted = np.c_[np.clip(colour, 0, 1), np.clip(0.5 + 0.5 * relief, 0, 1)]
    image = np.zeros((*texels.is_used.shape, 4), np.uint8)
    image[texels.is_used] = (painted * 255 + 0.5).astype(np.uint8)
    nearest = ndimage.distance_transform_edt(
        ~texels.is_used, return_distances=False, return_indices=True
    )
    return np.ascontiguousarray(image[tuple(nearest)])


def _mouth(points: Float, seed: int) -> dict[str, Float]:
    fine = fractal_noise(points, 60, 2, 77)[:, None]
    z = points[:, 2:]
    rng = np.random.default_rng([seed, 61])
    white = np.array([0.93, 0.90, 0.84]) * rng.uniform(0.86, 1.03) - (0, 0, rng.uniform(0, 0.09))
    tooth = white * (1 - 0.25 * np.clip((1.5 - z) / 0.5, 0, 1)) * (1 + 0.04 * fine)
    return {
        "mouth_inside": np.array([0.45, 0.17, 0.16]) * np.clip((z - 0.55) / 0.75, 0.1, 1),
        "tongue": np.array([0.72, 0.36, 0.36]) * (1 + 0.2 * fine),
        "gums": np.array([0.70, 0.36, 0.36]) * (1 + 0.15 * fine),
        "teeth_upper": tooth,
        "teeth_lower": tooth * 0.95,
    }


def _garment(points: Float, traits: Traits) -> tuple[Float, Float32]:
    below = -above_neckline(points)
    weave = fractal_noise(points, 90, 2, traits.seed + 71)
    cloth = np.array(traits.garment) * (1 + 0.25 * weave)[:, None]
    if traits.garment_stripe is not None:
        rng = np.random.default_rng([traits.seed, 73])
        tilt, period = rng.uniform(-1, 1), rng.uniform(2, 9)
        wave = np.sin((points[:, 1] + tilt * points[:, 0]) * period * 6.28)
        share = np.clip(wave * 4, 0, 1)[:, None]
        cloth = (
            cloth * (1 - share)
            + np.array(traits.garment_stripe) * (1 + 0.25 * weave)[:, None] * share
        )
    is_collar: Bool = np.asarray(below < 0.16)
    rib = 0.95 + 0.08 * np.sin(np.arctan2(points[:, 0], points[:, 2] - 0.1) * 160)
    cloth = np.where(is_collar[:, None], cloth * rib[:, None], cloth)
    cloth *= 1 - 0.4 * np.exp(-(((below[:, None] - 0.165) / 0.014) ** 2))
    return cloth, weave


def _eye(uv: Float, traits: Traits) -> Float:
    away = (uv - 0.5) * 2
    radius, azimuth = np.hypot(away[:, 0], away[:, 1]), np.arctan2(away[:, 1], away[:, 0])
    angle = gaze_angle_deg(radius / 2)
    veins = fractal_noise(np.c_[away * 6, np.zeros(len(away))], 3, 4, traits.seed + 81)
    outer = np.clip((angle - 36) / 40, 0, 1)[:, None]
    white = np.array([0.93, 0.91, 0.89]) * traits.sclera - 0.14 * outer * np.array([0.3, 1, 1])
    white = white - np.clip(veins[:, None] * 0.10, 0, 1) * np.array([0, 1, 1])
    ring = np.stack([np.cos(azimuth) * 9, np.sin(azimuth) * 9, radius * 2], 1)
    fibres = 0.5 + 0.8 * fractal_noise(ring, 2, 3, traits.seed + 83)
    glow = np.exp(-(((angle - 12) / 5) ** 2))[:, None]
    iris = (
        np.array(traits.iris) * (0.55 + 0.9 * fibres[:, None]) * (1 + 0.5 * glow * (1.2, 0.8, 0.3))
    )
    mix = np.clip((_IRIS_DEG - angle) / 2.2, 0, 1)[:, None]
    colour = white * (1 - mix) + iris * mix
    colour *= 1 - 0.55 * np.exp(-(((angle - _IRIS_DEG) / 2.8) ** 2))[:, None]
    pupil = np.clip((_PUPIL_DEG - angle) / 1.3, 0, 1)[:, None]
    painted: Float = colour * (1 - pupil) + 0.012 * pupil
    return painted
