"""The colours of a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Colour: TypeAlias = tuple[float, float, float]
"""sRGB, 0..1."""


@dataclass(frozen=True)
class Look:
    """Colours of skin, lips, iris and garment, and the pigment of the hair.

    Args:
        melanin: of the hair, 0 white to 1 black (Cycles' Principled Hair).
        redness: of that melanin, 0..1.
        freckles: 0 none to 1 strong.
        seed: of all patterns.
    """

    skin: Colour = (0.87, 0.69, 0.60)
    lips: Colour = (0.72, 0.38, 0.37)
    iris: Colour = (0.26, 0.42, 0.42)
    garment: Colour = (0.20, 0.33, 0.38)
    melanin: float = 0.62
    redness: float = 0.45
    freckles: float = 0.55
    seed: int = 0
