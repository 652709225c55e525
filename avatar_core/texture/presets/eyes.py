"""Eyeliner and eyeshadow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.project.paint import TexturePart
from avatar_core.texture.presets.face_map import BOARD
from avatar_core.texture.presets.lids import Lids
from avatar_core.texture.presets.make_up import darker, layer_of, mixed, share_layer
from avatar_core.texture.presets.marks import area, mirrored, noise, smooth_line, step, tapered

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.project.paint import PaintLayer
    from avatar_core.texture.presets.face_map import FaceMap
    from avatar_core.texture.presets.make_up import Rgb

_WING = np.array([[1.02, 0.055], [1.13, 0.06], [1.27, 0.11]], np.float32)
_LEAVES_AT = 0.86
"""Where the line leaves the rim of the lid for the wing."""

_BROW = BOARD[22:27]


def on_both(face: FaceMap, line: Float32, widths: Float32, soft: float) -> Float32:
    """A tapered line on either half."""
    ours = tapered(face, line, widths, soft)
    theirs = tapered(face, mirrored(line), widths, soft)
    return np.maximum(ours, theirs)


def eyeliner(face: FaceMap, colour: Rgb, rng: np.random.Generator) -> tuple[PaintLayer, ...]:
    """A line along the upper lashes that ends in a wing, and a fine one below."""
    lids = Lids.of(face)
    rim = lids.upper[lids.upper[:, 0] < _LEAVES_AT]
    upper = smooth_line(np.concatenate([rim[::6], _WING]))
    share = np.linspace(0, 1, len(upper), dtype=np.float32)
    swell = np.interp(share, [0, 0.2, 0.6, 0.8, 1], [0.03, 0.055, 0.085, 0.07, 0.004])
    raised = upper + np.stack([np.zeros(len(upper)), 0.2 * swell], axis=-1)
    line = on_both(face, raised.astype(np.float32), swell.astype(np.float32), 0.02)
    # What lies between rim and eyeball is the lashes' own place.
    roll = np.concatenate([lids.upper, _landmarks_of(lids)[::-1]])
    line = np.maximum(line, area(face, [roll, mirrored(roll)], 0.015))
    lower = lids.lower[: round(0.3 * len(lids.lower)) : -1]
    fine = np.interp(np.linspace(0, 1, len(lower)), [0, 0.3, 1], [0.045, 0.03, 0.004])
    below = on_both(face, lower, fine.astype(np.float32), 0.035)
    uneven = 1 - 0.12 * noise(face, rng, 0.05)
    return (layer_of(face, "Eyeliner", np.maximum(line, 0.75 * below) * uneven, colour),)


def eyeshadow(face: FaceMap, colour: Rgb, rng: np.random.Generator) -> tuple[PaintLayer, ...]:
    """Colour on the lid, deeper in the crease and outwards, fading to the brow."""
    lids = Lids.of(face)
    across = np.abs(face.x)
    rim = lids.upper_at(across)
    brow = np.interp(across, _BROW[:, 0], _BROW[:, 1])
    # 0 at the rim of the lid, 1 in the brow.
    height = (face.y - rim) / (brow - rim)
    width = step(0.26, 0.5, across) * step(1.34, 1.0, across)
    on_lid = step(-0.22, -0.03, height) * width
    wash = np.exp(-0.5 * (np.maximum(height, 0) / 0.30) ** 2)
    crease = np.exp(-0.5 * ((height - 0.27) / 0.13) ** 2) * step(0.45, 0.95, across)
    outer = np.exp(-0.5 * (((across - 0.98) / 0.15) ** 2 + ((height - 0.12) / 0.18) ** 2))
    deep = np.clip(0.6 * crease + 0.9 * outer, 0, 1)
    under = face.y - lids.lower_at(across) + 0.02
    smudge = np.exp(-0.5 * (under / 0.05) ** 2) * step(0.5, 0.95, across) * step(1.2, 1.0, across)
    grain = 1 - 0.15 * noise(face, rng, 0.02)
    paint = mixed(colour, darker(colour, 0.42), deep)
    cover = np.maximum(on_lid * np.clip(0.72 * wash + 0.5 * deep, 0, 0.95), 0.5 * smudge) * grain
    shimmer = 0.6 * on_lid * wash * (1 - deep)
    return (
        layer_of(face, "Eyeshadow", cover.astype(np.float32), paint),
        share_layer(face, "Eyeshadow shimmer", shimmer.astype(np.float32), 0.75,
                    TexturePart.GLOSS),
    )  # fmt: skip


def _landmarks_of(lids: Lids) -> Float32:
    """The upper lid where it meets the eyeball, at the places of its rim."""
    x = lids.upper[:, 0]
    curve = smooth_line(BOARD[[42, 43, 44, 45]])
    return np.stack([x, np.interp(x, curve[:, 0], curve[:, 1])], axis=-1).astype(np.float32)
