"""Make-up as ordinary layers, drawn by rule on any head with 68 landmarks.

See `face_map` for how it finds its place, `marks` for what it is made of.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.project.paint import SIZES, PaintLayer, TexturePart
from avatar_core.texture.presets.eyes import eyeliner, eyeshadow
from avatar_core.texture.presets.face_map import FaceMap
from avatar_core.texture.presets.face_paint import clown, tiger
from avatar_core.texture.presets.hair_strokes import brows, stubble
from avatar_core.texture.presets.lips import lipstick
from avatar_core.texture.presets.make_up import MakeUp
from avatar_core.texture.presets.skin import blush, freckles, scar

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.heads import HeadTopology
    from avatar_core.texture.presets.make_up import Rgb

__all__ = ["PRESETS", "MakeUp", "made_up"]

PRESETS: tuple[MakeUp, ...] = (
    MakeUp("lipstick", "Lipstick", "Full colour with a soft liner and a shine on top",
           ((0.66, 0.07, 0.13), (0.79, 0.33, 0.36), (0.45, 0.05, 0.16), (0.85, 0.25, 0.20),
            (0.62, 0.37, 0.30)), 0.88, lipstick),
    MakeUp("eyeliner", "Eyeliner", "A line along the lashes that ends in a wing",
           ((0.04, 0.03, 0.035), (0.20, 0.11, 0.07), (0.06, 0.10, 0.26)), 0.95, eyeliner),
    MakeUp("eyeshadow", "Eyeshadow", "Colour on the lids, deeper in the crease",
           ((0.47, 0.30, 0.26), (0.44, 0.27, 0.48), (0.20, 0.36, 0.44), (0.62, 0.42, 0.22),
            (0.24, 0.23, 0.25)), 0.75, eyeshadow),
    MakeUp("blush", "Blush", "A glow on the cheeks",
           ((0.86, 0.36, 0.38), (0.88, 0.46, 0.34), (0.66, 0.22, 0.30)), 0.55, blush),
    MakeUp("brows", "Brows", "Fuller brows, hair by hair",
           ((0.13, 0.085, 0.06), (0.30, 0.19, 0.11), (0.05, 0.045, 0.045), (0.42, 0.24, 0.13)),
           0.85, brows),
    MakeUp("freckles", "Freckles", "Spots over nose and cheeks, no two alike",
           ((0.68, 0.47, 0.34), (0.56, 0.36, 0.25)), 0.9, freckles),
    MakeUp("stubble", "Stubble", "Three days' growth, hair by hair",
           ((0.09, 0.075, 0.07), (0.25, 0.17, 0.11), (0.45, 0.43, 0.42)), 0.85, stubble),
    MakeUp("scar", "Scar", "A healed cut over brow and cheek, sunk into the skin",
           ((0.87, 0.66, 0.60), (0.72, 0.44, 0.40)), 0.85, scar),
    MakeUp("tiger", "Tiger", "Face paint: orange, white and black stripes",
           ((0.93, 0.42, 0.05), (0.93, 0.92, 0.90)), 0.95, tiger),
    MakeUp("clown", "Clown", "Face paint: white, red nose, diamonds over the eyes",
           ((0.10, 0.28, 0.72), (0.08, 0.50, 0.24), (0.45, 0.12, 0.55)), 0.95, clown),
)  # fmt: skip
"""What there is, in the order of the menu."""


def made_up(
    preset: MakeUp,
    topology: HeadTopology,
    size: int,
    colour: Rgb | None = None,
    seed: int = 0,
    vertices: Float32 | None = None,
) -> tuple[PaintLayer, ...]:
    """A preset on a head, the lowest layer first.

    Args:
        preset: one of `PRESETS`.
        topology: of the head, with 68 landmarks (iBUG).
        size: side of the painting, texels.
        colour: display RGB 0..1; None for the preset's usual one.
        seed: another gives other hairs and spots; the same, the same to the last bit.
        vertices: [V, 3] of the neutral head, metres: with them, make-up of the eyes follows the
            lids as they are seen, which may roll over their landmarks.

    Raises:
        AssetError: the head has no 68 landmarks, or these do not lie as on a face.
    """
    if size not in SIZES:
        raise ValueError(f"size: expected one of {SIZES}, got {size}")
    face = FaceMap.of(topology, size, vertices)
    layers = preset.artist(face, colour or preset.colours[0], np.random.default_rng(seed))
    return tuple(
        replace(layer, opacity=preset.strength) if layer.part is TexturePart.COLOUR else layer
        for layer in layers
    )
