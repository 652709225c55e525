"""Tips: how a brush covers what is under it, from its middle to its rim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

_SIDE = 64
_BRISTLES = 40
_SPECKLES = 26


@dataclass(frozen=True, slots=True, eq=False)
class Tip:
    """What one stamp leaves.

    Args:
        hardness: 0..1, the share of the radius that is covered wholly; beyond it fades.
        image: [h, w] 0..1, row 0 at the top, over the square around the brush; None for plain.

    Raises:
        ValueError: the hardness is not 0..1.
        ShapeError: the image has another number of axes.
    """

    hardness: float = 0.5
    image: Float32 | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.hardness <= 1:
            raise ValueError(f"hardness: expected 0..1, got {self.hardness}")
        if self.image is not None:
            expect_shapes(image=(self.image, "h w"))


def bristle_tip(seed: int = 0) -> Float32:
    """[64, 64] image of a worn brush: the ends of its bristles."""
    rng = np.random.default_rng(seed)
    radii = np.sqrt(rng.random(_BRISTLES)) * 0.85
    angles = rng.uniform(0, 2 * np.pi, _BRISTLES)
    return _dots(radii, angles, rng.uniform(0.06, 0.14, _BRISTLES))


def speckle_tip(seed: int = 0) -> Float32:
    """[64, 64] image of scattered specks of all sizes: freckles, pores, stubble, spray."""
    rng = np.random.default_rng(seed)
    radii = np.sqrt(rng.random(_SPECKLES)) * 0.9
    angles = rng.uniform(0, 2 * np.pi, _SPECKLES)
    return _dots(radii, angles, 0.03 + 0.05 * rng.random(_SPECKLES) ** 2)


def _dots(radii: Float64, angles: Float64, sizes: Float64) -> Float32:
    """Soft dots around the middle; lengths in units of half the side."""
    axis = (np.arange(_SIDE) + 0.5) / (0.5 * _SIDE) - 1
    x, y = np.meshgrid(axis, axis)
    image = np.zeros((_SIDE, _SIDE))
    for radius, angle, size in zip(radii, angles, sizes, strict=True):
        away = np.hypot(x - radius * np.cos(angle), y - radius * np.sin(angle))
        image = np.maximum(image, np.clip(1.5 - away / size, 0, 1))
    return image.astype(np.float32)


TIPS: dict[str, tuple[str, Float32 | None]] = {
    "round": ("Round", None),
    "bristle": ("Bristles", bristle_tip()),
    "speckle": ("Speckles", speckle_tip()),
}
"""Label and image of the tips that come with the studio, by id."""
