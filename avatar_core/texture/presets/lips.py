"""Lipstick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.project.paint import TexturePart
from avatar_core.texture.presets.face_map import BOARD
from avatar_core.texture.presets.make_up import layer_of, mixed, share_layer
from avatar_core.texture.presets.marks import area, blurred, bump, noise, smooth_line, step

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.project.paint import PaintLayer
    from avatar_core.texture.presets.face_map import FaceMap
    from avatar_core.texture.presets.make_up import Rgb

_GAP = 0.3
"""Openings of the mesh up to this wide count as lips: paint goes on into the mouth."""


def lip_cover(face: FaceMap, soft: float) -> Float32:
    """[h, w] the lips with the mouth's opening: the head's own part, or what landmarks enclose."""
    import cv2

    part = face.part("lips")
    if part is None or not part.any():
        return area(face, [smooth_line(BOARD[48:60], is_closed=True)], soft)
    side = 2 * round(_GAP * face.unit_texels / 2) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    closed = cv2.morphologyEx(part, cv2.MORPH_CLOSE, kernel).astype(np.float32)
    # The rim follows triangles: rounded off first, then as soft as asked for.
    rounded = step(0.3, 0.7, blurred(face, closed, 0.045))
    return blurred(face, rounded, soft / 2)


def lipstick(face: FaceMap, colour: Rgb, rng: np.random.Generator) -> tuple[PaintLayer, ...]:
    """Full colour with a liner's darker rim, creases, and a shine on top."""
    lips = lip_cover(face, 0.035)
    creases = noise(face, rng, 0.035, 6.0)
    rim = lips * (1 - step(0.55, 0.95, lip_cover(face, 0.2)))
    light = bump(face, (0, -1.6), (0.22, 0.05)) + 0.6 * bump(face, (0, -1.33), (0.14, 0.03))
    dark = np.array(colour, np.float32) * 0.62
    bright = np.array(colour, np.float32) * 0.82 + 0.18
    paint = mixed(mixed(colour, dark, 0.85 * rim + 0.12 * creases), bright, 0.55 * light)
    cover = lips * (0.97 - 0.12 * creases)
    shine = blurred(face, lips, 0.03) * (0.75 + 0.25 * creases)
    return (
        layer_of(face, "Lipstick", cover, paint),
        share_layer(face, "Lip gloss", shine, 0.85, TexturePart.GLOSS),
    )
