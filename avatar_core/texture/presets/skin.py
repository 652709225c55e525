"""Blush, freckles and a scar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.project.paint import SCULPT_RANGE_M, Blend, TexturePart
from avatar_core.texture.presets.make_up import darker, layer_of, mixed, share_layer
from avatar_core.texture.presets.marks import (
    blurred,
    bump,
    noise,
    sampled,
    scattered,
    smooth_line,
    spots,
    step,
    tapered,
)

if TYPE_CHECKING:
    from avatar_core.project.paint import PaintLayer
    from avatar_core.texture.presets.face_map import FaceMap
    from avatar_core.texture.presets.make_up import Rgb

_FRECKLES_APART = 0.044
_SCAR = np.array(
    [[0.50, 1.10], [0.60, 0.74], [0.68, 0.40], [0.76, 0.0], [0.84, -0.42], [1.04, -1.02]],
    np.float32,
)
_SCAR_DEPTH_M = 0.0009


def blush(face: FaceMap, colour: Rgb, rng: np.random.Generator) -> tuple[PaintLayer, ...]:
    """A glow on the apples of the cheeks, swept up along the bones, a breath on the nose."""
    cheeks = np.zeros(face.shape, np.float32)
    for side in (-1, 1):
        for share in np.linspace(0, 1, 7):
            centre = (side * (0.98 + 0.72 * share), -0.74 + 0.42 * share**1.3)
            cheeks += 0.24 * (1 - 0.45 * share) * bump(face, centre, (0.26, 0.20), side * 0.5)
    glow = cheeks + 0.2 * bump(face, (0, -0.62), (0.2, 0.12))
    mottled = 0.85 + 0.15 * noise(face, rng, 0.09) - 0.08 * noise(face, rng, 0.02)
    return (layer_of(face, "Blush", 0.6 * glow * mottled, colour),)


def freckles(face: FaceMap, colour: Rgb, rng: np.random.Generator) -> tuple[PaintLayer, ...]:
    """Spots of many sizes and two tints, thick over nose and cheeks, few elsewhere."""
    dense = 0.9 * bump(face, (0, -0.40), (0.32, 0.28)) + 0.06 * bump(face, (0, 0.9), (0.9, 0.35))
    for side in (-1, 1):
        dense += 0.85 * bump(face, (side * 0.85, -0.55), (0.45, 0.26), side * 0.2)
        dense += 0.12 * bump(face, (side * 1.3, -1.1), (0.4, 0.4))
    patchy = dense * (0.35 + 1.1 * noise(face, rng, 0.22))
    eyes = step(0.1, 0.3, np.hypot((np.abs(face.x) - 0.68) / 1.6, face.y).astype(np.float32))
    places = scattered(rng, (-2.2, -2.0), (2.2, 1.6), _FRECKLES_APART)
    chance = sampled(face, (patchy * eyes).astype(np.float32), places)
    places = places[rng.random(len(places)) < 0.75 * chance]
    rng.shuffle(places)
    count = len(places)
    radii = np.clip(0.0062 * np.exp(0.5 * rng.standard_normal(count)), 0.003, 0.019)
    depths = rng.uniform(0.2, 0.8, count) * np.clip(1.15 - 14 * radii, 0.6, 1)
    is_dark = rng.random(count) < 0.3
    layers = []
    for name, chosen, tint in (
        ("Freckles", ~is_dark, colour),
        ("Dark freckles", is_dark, darker(colour, 0.72)),
    ):
        cover = spots(face, places[chosen], radii[chosen], depths[chosen], rng)
        layers.append(layer_of(face, name, cover, tint, Blend.MULTIPLY))
    return tuple(layers)


def scar(face: FaceMap, colour: Rgb, rng: np.random.Generator) -> tuple[PaintLayer, ...]:
    """A healed cut over brow and cheek that missed the eye: pale, reddened at its rims, sunk in."""
    line = smooth_line(_SCAR)
    wobble = np.cumsum(rng.normal(0, 1, (len(line), 2)), axis=0)
    wobble -= np.linspace(0, 1, len(line))[:, None] * wobble[-1]
    line = (line + 0.0022 * wobble).astype(np.float32)
    share = np.linspace(0, 1, len(line), dtype=np.float32)
    swell = np.sin(np.pi * np.clip(share, 0.02, 0.98)) ** 0.6
    swell *= 0.8 + 0.35 * np.interp(share, np.linspace(0, 1, 14), rng.random(14))
    is_off_eye = step(0.24, 0.36, np.abs(face.y))
    cut = tapered(face, line, (0.050 * swell).astype(np.float32), 0.02) * is_off_eye
    flush = tapered(face, line, (0.11 * swell).astype(np.float32), 0.07) * is_off_eye
    rough = 0.75 + 0.25 * noise(face, rng, 0.03)
    red = np.array(colour, np.float32) * np.array([0.78, 0.42, 0.40], np.float32)
    cover = np.maximum(0.92 * cut, 0.55 * flush * rough)
    paint = mixed(red, colour, cut * (0.8 + 0.2 * noise(face, rng, 0.02)))
    groove = _SCAR_DEPTH_M / SCULPT_RANGE_M / 2
    rise = blurred(face, flush, 0.01)
    height = 0.5 - groove * blurred(face, cut, 0.006) + 0.4 * groove * (rise - cut).clip(0, 1)
    touched = step(0.0, 0.05, blurred(face, np.maximum(flush, cut), 0.03))
    return (
        layer_of(face, "Scar", cover, paint),
        share_layer(face, "Scar's groove", touched, height, TexturePart.SCULPT),
        share_layer(face, "Scar's shine", cut, 0.7, TexturePart.GLOSS),
    )
