"""What each part of the head is made of, as plain numbers for the renderer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthetic_capture.paint.look import Colour, Look


@dataclass(frozen=True)
class Material:
    """Settings of Blender's Principled shader, 0..1; `has_relief` shows the painted bumps."""

    roughness: float
    specular: float
    subsurface: float = 0.0
    coat: float = 0.0
    has_relief: bool = False


@dataclass(frozen=True)
class StrandMaterial:
    """Settings of Blender's Principled Hair shader, 0..1."""

    melanin: float
    redness: float
    roughness: float


@dataclass(frozen=True)
class Light:
    """A square light that faces the head: position in metres, watts, side in metres, colour."""

    position: tuple[float, float, float]
    power_w: float
    size_m: float
    colour: Colour


MATERIALS = {
    "skin": Material(0.47, 0.40, 0.30, has_relief=True),
    "lips": Material(0.38, 0.45, 0.25, has_relief=True),
    "garment": Material(0.85, 0.15, has_relief=True),
    "eye": Material(0.3, 0.5, coat=1.0),
    "teeth": Material(0.22, 0.5, 0.1),
    "mouth": Material(0.35, 0.5, 0.1),
    "cavity": Material(0.6, 0.3),
}
MATERIAL_OF_PART = {
    "skin": "skin",
    "scalp": "skin",
    "ear": "skin",
    "neck": "skin",
    "lips": "lips",
    "garment": "garment",
    "eye_left": "eye",
    "eye_right": "eye",
    "teeth_upper": "teeth",
    "teeth_lower": "teeth",
    "gums": "mouth",
    "tongue": "mouth",
    "mouth_inside": "cavity",
}
LIGHTS = (
    Light((0.80, 0.65, 1.15), 15, 0.9, (1, 0.96, 0.92)),
    Light((-1.1, 0.25, 0.95), 8, 1.0, (0.92, 0.96, 1)),
    Light((-0.4, 0.65, -1.1), 11, 0.7, (1, 1, 1)),
    Light((0.9, 0.2, -0.8), 6, 0.7, (1, 0.94, 0.87)),
)
LIT_POINT_M = (0, -0.03, 0)
SKY_COLOUR: Colour = (0.85, 0.88, 0.92)
SKY_STRENGTH = 0.38


def strand_materials(look: Look) -> dict[str, StrandMaterial]:
    """Those of hair, brows (a little darker) and lashes (nearly black)."""
    return {
        "hair": StrandMaterial(look.melanin, look.redness, 0.30),
        "brows": StrandMaterial(min(1, look.melanin + 0.12), look.redness * 0.7, 0.45),
        "lashes": StrandMaterial(0.97, 0.15, 0.45),
    }
