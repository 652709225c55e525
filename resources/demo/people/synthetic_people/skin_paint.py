"""Colour and relief of skin: tone, blotches, spots, lines, make-up, painted hair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from synthetic_people.hair_regions import beard_density, brow_density, scalp_cover
from synthetic_people.noise import fractal_noise

if TYPE_CHECKING:
    from synthetic_capture.mesh.arrays import Float
    from synthetic_capture.paint.texels import Texels

    from synthetic_people.traits import Traits

_CHEEK = (0.46, 6.92, 1.28)
_NOSE_TIP = (0.0, 7.02, 1.66)
_CHIN = (0.0, 6.36, 1.5)
_UNDER_EYE = (0.30, 7.13, 1.4)
_LID = (0.31, 7.36, 1.4)
_EYE = (0.29, 7.26, 1.36)


def skin_paint(texels: Texels, traits: Traits) -> tuple[Float, Float]:
    """Colours [N, 3] sRGB and relief [N], about zero, as if every texel were skin."""
    points, skin, seed = texels.points, traits.skin, traits.seed * 101
    mirrored = np.c_[np.abs(points[:, 0]), points[:, 1:]]
    coarse, middle, fine = (
        fractal_noise(points, frequency, octaves, seed + k)[:, None]
        for k, (frequency, octaves) in enumerate(((4, 3), (24, 3), (130, 2)))
    )
    tone = np.array(skin.tone)
    darkness = 1 - tone.mean()
    colour = tone * (1 + skin.blotches * (0.10 * coarse + 0.09 * middle) + 0.06 * fine)
    blush = 0.7 * _blob(mirrored, _CHEEK, 0.24) + 0.6 * _blob(mirrored, _NOSE_TIP, 0.15)
    blush += 0.3 * _blob(mirrored, _CHIN, 0.16) + 0.6 * texels.ears
    blush = blush[:, None] + 0.8 * skin.blotches * coarse + 0.5 * skin.blotches * middle
    colour += skin.redness * blush * np.array([0.022, -0.042, -0.038]) * (1 - 0.5 * darkness)
    shade = _blob(mirrored, _UNDER_EYE, 0.085) + 0.6 * _blob(mirrored, _LID, 0.08)
    colour *= 1 - skin.eye_shade * shade[:, None] * np.array([0.22, 0.30, 0.24])
    colour += _makeup(mirrored, colour, traits)
    colour *= 1 - _freckles(points, mirrored, traits)[:, None] * np.array([0.16, 0.28, 0.36])
    colour *= 1 - _age_spots(points, traits)[:, None] * np.array([0.22, 0.30, 0.36])
    colour *= 1 - _moles(points, traits)[:, None] * np.array([0.55, 0.66, 0.7])
    wrinkles = _wrinkles(points, mirrored, traits)
    colour *= 1 - wrinkles[:, None] * np.array([0.20, 0.26, 0.26])
    lips = np.clip(texels.lips * 1.15, 0, 1)[:, None]
    lip_colour = np.array(skin.lips) * (1 + 0.14 * middle + 0.10 * fine)
    share = lips * max(skin.lip_strength, skin.lipstick)
    colour = colour * (1 - share) + lip_colour * share
    relief = 0.35 * fine[:, 0] + 0.4 * middle[:, 0] - 0.9 * wrinkles
    colour, hairy = _facial_hair(points, colour, texels, traits)
    colour = _scalp(points, colour, texels, traits)
    return colour, relief + 0.3 * hairy * fine[:, 0]


def _makeup(mirrored: Float, colour: Float, traits: Traits) -> Float:
    """[N, 3] to be added."""
    skin = traits.skin
    lid = np.clip(1.6 * _blob(mirrored, (0.30, 7.36, 1.42), 0.075), 0, 1) * skin.eye_shadow_strength
    added = lid[:, None] * (np.array(skin.eye_shadow) * colour.mean() * 1.6 - colour)
    away = mirrored - np.array(_EYE)
    liner = np.exp(-(((np.hypot(away[:, 0] / 1.55, away[:, 1]) - 0.10) / 0.013) ** 2)) * (
        mirrored[:, 2] > 1.1
    )
    added -= 0.6 * skin.eyeliner * liner[:, None] * colour
    blusher = skin.blusher * _blob(mirrored, (0.52, 6.98, 1.2), 0.17)
    total: Float = added + blusher[:, None] * np.array([0.03, -0.075, -0.05])
    return total


def _freckles(points: Float, mirrored: Float, traits: Traits) -> Float:
    spots = np.clip((fractal_noise(points, 40, 2, traits.seed + 7) - 0.30) / 0.18, 0, 1)
    where = 0.25 + np.clip(1.3 * _blob(mirrored, (0.33, 7.02, 1.45), 0.28), 0, 1)
    freckles: Float = traits.skin.freckles * spots * where * (points[:, 1] > 5.9)
    return freckles


def _age_spots(points: Float, traits: Traits) -> Float:
    if not traits.skin.age_spots:
        return np.zeros(len(points))
    spots = np.clip((fractal_noise(points, 9, 3, traits.seed + 17) - 0.33) / 0.1, 0, 1)
    marks: Float = traits.skin.age_spots * spots
    return marks


def _moles(points: Float, traits: Traits) -> Float:
    rng = np.random.default_rng([traits.seed, 21])
    face = np.flatnonzero((points[:, 2] > 0.9) & (points[:, 1] > 6.2) & (points[:, 1] < 7.8))
    total = np.zeros(len(points))
    for index in rng.choice(face, traits.skin.moles):
        away = np.linalg.norm(points - points[index], axis=1)
        total += np.clip((rng.uniform(0.012, 0.03) - away) / 0.01, 0, 1) * rng.uniform(0.4, 1)
    return np.clip(total, 0, 1)


def _wrinkles(points: Float, mirrored: Float, traits: Traits) -> Float:
    """[N] 0..1 depth of lines: forehead, crow's feet, from nose to mouth."""
    age = traits.skin.wrinkles
    if age <= 0:
        return np.zeros(len(points))
    wobble = 0.02 * fractal_noise(points, 5, 2, traits.seed + 31)
    x, y = mirrored[:, 0], mirrored[:, 1] + wobble
    rows = np.exp(-(((((y * 11) % 1) - 0.5) / 0.13) ** 2))
    forehead = rows * _blob(mirrored * (0.55, 1, 1), (0, 7.72, 1.45), 0.11)
    angle = np.arctan2(y - 7.25, x - 0.36)
    feet = np.exp(-(((((angle * 3.2) % 1) - 0.5) / 0.16) ** 2)) * _blob(
        mirrored, (0.54, 7.24, 1.2), 0.07
    )
    line = np.abs((x - 0.17) - 0.62 * (6.92 - y)) / 1.2
    fold = (
        np.exp(-((line / 0.022) ** 2))
        * np.clip((y - 6.52) / 0.1, 0, 1)
        * np.clip((6.95 - y) / 0.08, 0, 1)
    )
    bags = (
        np.exp(-(((np.hypot((x - 0.29) / 1.5, y - 7.27) - 0.155) / 0.016) ** 2))
        * (y < 7.22)
        * (mirrored[:, 2] > 1.1)
    )
    return np.clip(age * (forehead + feet + 0.8 * fold + 0.6 * bags), 0, 1)


def _facial_hair(
    points: Float, colour: Float, texels: Texels, traits: Traits
) -> tuple[Float, Float]:
    """Brows as fine strokes and stubble as dots, painted."""
    skin_only = np.clip(1 - 1.5 * texels.lips, 0, 1)
    # Strokes lean along the brow: the noise is stretched across them.
    side = np.sign(points[:, 0])
    leaning = np.c_[
        points[:, 0] * 26 - side * points[:, 1] * 14,
        points[:, 1] * 9 + side * points[:, 0] * 5,
        points[:, 2] * 4,
    ]
    strokes = 0.5 + 1.2 * fractal_noise(leaning, 2.2, 2, traits.seed + 41)
    brow = brow_density(points, traits)
    cover = np.clip(brow * (0.55 * traits.brows.density + 0.5 * (strokes - 0.5)), 0, 0.92)
    dark = np.array(traits.brows.colour) * (0.75 + 0.5 * strokes)[:, None]
    colour = colour * (1 - cover[:, None]) + dark * cover[:, None]
    dots = np.clip(0.6 + 1.4 * fractal_noise(points, 70, 2, traits.seed + 43), 0, 1.4)
    grown = traits.beard.stubble * beard_density(points, "full")
    if traits.beard.kind != "none":
        grown = np.maximum(
            grown, 0.85 * traits.beard.density * beard_density(points, traits.beard.kind)
        )
    beard = np.clip(0.75 * grown * dots * skin_only, 0, 0.9)
    hair = np.array(traits.hair.colour) * 0.8
    colour = colour * (1 - beard[:, None]) + hair * beard[:, None]
    return colour, np.clip(cover + beard, 0, 1)


def _scalp(points: Float, colour: Float, texels: Texels, traits: Traits) -> Float:
    """Skin darkened by the hair that roots in it."""
    cover = scalp_cover(points, traits) * (1 - np.clip(texels.ears * 2, 0, 1))
    if traits.hair.kind == "bald":
        cover = cover * 0.25
    is_thin = traits.hair.kind in ("buzz", "bald")
    dots = np.clip(
        (0.75 if is_thin else 0.95) + 0.5 * fractal_noise(points, 80, 2, traits.seed + 47), 0, 1
    )
    share = (np.clip(cover, 0, 1) * (0.75 if is_thin else 0.97) * dots)[:, None]
    covered: Float = colour * (1 - share) + np.array(traits.hair.colour) * 0.75 * share
    return covered


def _blob(points: Float, centre: tuple[float, float, float], radius: float) -> Float:
    x, y, z = (points[:, k] - np.float32(centre[k]) for k in range(3))
    spot: Float = np.exp((x * x + y * y + z * z) * np.float32(-0.5 / (radius * radius)))
    return spot
