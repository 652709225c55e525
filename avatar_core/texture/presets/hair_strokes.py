"""Brows and stubble, hair by hair."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_core.project.paint import Blend
from avatar_core.texture.presets.face_map import BOARD
from avatar_core.texture.presets.lips import lip_cover
from avatar_core.texture.presets.make_up import layer_of
from avatar_core.texture.presets.marks import (
    hairs,
    mirrored,
    noise,
    sampled,
    scattered,
    smooth_line,
    step,
    tapered,
)

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.project.paint import PaintLayer
    from avatar_core.texture.presets.face_map import FaceMap
    from avatar_core.texture.presets.make_up import Rgb

_BROW_HAIRS = 520
_HAIR = 0.0075
_COOL = np.array([0.38, 0.37, 0.40], np.float32)
"""What skin looks like over hairs below it."""

_STUBBLE_APART = 0.027
_STUBBLE_WIDTH = 0.0032
_WIDTHS = ([0, 0.12, 0.45, 0.75, 1], [0.085, 0.125, 0.115, 0.065, 0.012])
"""How high a brow is along its length."""


def brows(face: FaceMap, colour: Rgb, rng: np.random.Generator) -> tuple[PaintLayer, ...]:
    """Full brows: hairs that stand at the nose and lie down outwards, over a soft shade."""
    line = smooth_line(BOARD[22:27])
    share = np.linspace(0, 1, len(line), dtype=np.float32)
    high = 0.9 * np.interp(share, *_WIDTHS).astype(np.float32)
    shade = np.maximum(tapered(face, line, high, 0.09), tapered(face, mirrored(line), high, 0.09))
    left = _brow_hairs(line, rng)
    # Brows are sisters, not twins: the other one has hairs of its own.
    right = _brow_hairs(line, rng)
    cover = np.maximum(
        hairs(face, left.roots, left.ways, left.bends, _HAIR),
        hairs(face, mirrored(right.roots), mirrored(right.ways), -right.bends, _HAIR),
    )
    return (layer_of(face, "Brows", np.maximum(0.42 * shade, 0.8 * cover + 0.15 * shade), colour),)


class _Hairs(NamedTuple):
    """See `marks.hairs`."""

    roots: Float32
    ways: Float32
    bends: Float32


def _brow_hairs(line: Float32, rng: np.random.Generator) -> _Hairs:
    """Those of the person's left brow."""
    share = np.linspace(0, 1, len(line))
    along = rng.uniform(0, 0.97, _BROW_HAIRS)
    height = rng.uniform(-0.5, 0.42, _BROW_HAIRS)
    roots = np.stack([np.interp(along, share, line[:, axis]) for axis in (0, 1)], axis=-1)
    roots[:, 1] += 0.8 * height * np.interp(along, *_WIDTHS)
    ahead = np.gradient(line, axis=0)
    tilt = np.interp(along, share, np.arctan2(ahead[:, 1], ahead[:, 0]))
    rise = np.interp(along, [0, 0.15, 0.5, 1], [1.15, 0.62, 0.28, 0.05])
    # Above the middle hairs lie down to meet those from below.
    angle = tilt + rise - 1.3 * np.maximum(height + 0.15, 0) * np.clip(along / 0.2, 0, 1)
    angle += rng.normal(0, 0.13, _BROW_HAIRS)
    length = np.interp(along, [0, 0.3, 1], [0.075, 0.11, 0.07]) * rng.uniform(
        0.75, 1.2, _BROW_HAIRS
    )
    ways = length[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    bends = -rng.normal(0.06, 0.05, _BROW_HAIRS)
    return _Hairs(*(each.astype(np.float32) for each in (roots, ways, bends)))


def stubble(face: FaceMap, colour: Rgb, rng: np.random.Generator) -> tuple[PaintLayer, ...]:
    """Three days' growth on lip, chin, jaw and throat, over its shadow in the skin."""
    grows = _beard(face)
    patchy = grows * (0.72 + 0.28 * noise(face, rng, 0.16))
    places = scattered(rng, (-2.7, -3.3), (2.7, 0.2), _STUBBLE_APART)
    places = places[rng.random(len(places)) < sampled(face, patchy, places)]
    down = np.arctan2(-1.0, 0.35 * np.clip(places[:, 0], -1, 1)) + rng.normal(0, 0.4, len(places))
    length = 0.028 * rng.uniform(0.5, 1.3, len(places))
    ways = length[:, None] * np.stack([np.cos(down), np.sin(down)], axis=-1)
    bends = rng.normal(0, 0.12, len(places)).astype(np.float32)
    growth = hairs(face, places, ways.astype(np.float32), bends, _STUBBLE_WIDTH)
    shadow = 0.38 * patchy * (0.85 + 0.15 * noise(face, rng, 0.02))
    return (
        layer_of(face, "Beard shadow", shadow, (_COOL + colour) / 2, Blend.MULTIPLY),
        layer_of(face, "Stubble", 0.85 * growth, colour),
    )


def _beard(face: FaceMap) -> Float32:
    """[h, w] how thick a beard grows."""
    across, y = np.abs(face.x), face.y
    # From the sideburn down the cheek to the corner of the mouth, then up to the nose.
    cheek = np.interp(across, [0, 0.25, 0.42, 0.75, 1.2, 1.8, 2.2, 2.5],
                      [-1.10, -1.06, -1.10, -1.36, -1.40, -1.05, -0.45, 0.15])  # fmt: skip
    below = step(0.06, -0.14, (y - cheek).astype(np.float32))
    throat = step(-3.1, -2.55, y)
    ears = step(2.62, 2.42, across)
    philtrum = 1 - 0.55 * step(0.1, 0.03, across) * step(-1.32, -1.24, y)
    bare = step(0.13, 0.03, np.hypot((across - 0.32) / 1.5, y + 1.86).astype(np.float32))
    lips = step(0.0, 0.35, lip_cover(face, 0.08))
    thick = below * throat * ears * philtrum * (1 - 0.7 * bare) * (1 - lips)
    return np.asarray(thick, np.float32)
