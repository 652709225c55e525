"""Where colours of dye come from: a list of names, and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import expect_shapes
from avatar_core.hair.colour import displayable, oklab_from_srgb

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, UInt8

_MOST_SAMPLES = 4096
_ROUNDS = 12
_JUST_NOTICEABLE = 0.02


@dataclass(frozen=True, slots=True)
class HairColour:
    """A colour with a name.

    Args:
        name: as a hairdresser would say.
        rgb: display RGB 0..1.
    """

    name: str
    rgb: tuple[float, float, float]


HAIR_COLOURS: tuple[HairColour, ...] = (
    HairColour("Black", (0.08, 0.07, 0.07)),
    HairColour("Dark brown", (0.21, 0.15, 0.12)),
    HairColour("Brown", (0.33, 0.23, 0.16)),
    HairColour("Light brown", (0.46, 0.34, 0.24)),
    HairColour("Chestnut", (0.38, 0.21, 0.14)),
    HairColour("Auburn", (0.43, 0.18, 0.11)),
    HairColour("Copper", (0.64, 0.32, 0.15)),
    HairColour("Ginger", (0.74, 0.44, 0.23)),
    HairColour("Strawberry blond", (0.80, 0.58, 0.42)),
    HairColour("Dark blond", (0.56, 0.45, 0.32)),
    HairColour("Golden blond", (0.79, 0.64, 0.41)),
    HairColour("Ash blond", (0.72, 0.65, 0.54)),
    HairColour("Platinum", (0.89, 0.84, 0.75)),
    HairColour("Silver", (0.70, 0.71, 0.73)),
    HairColour("White", (0.92, 0.92, 0.90)),
    HairColour("Burgundy", (0.36, 0.08, 0.15)),
    HairColour("Rose", (0.85, 0.52, 0.58)),
    HairColour("Violet", (0.40, 0.22, 0.56)),
    HairColour("Blue", (0.14, 0.30, 0.66)),
    HairColour("Teal", (0.10, 0.47, 0.50)),
)
"""From dark to light, then those that do not grow."""


def sampled(image: UInt8, x: float, y: float, radius_px: int = 3) -> Float32:
    """The colour of a picture around a pixel.

    Args:
        image: [H, W, 3] sRGB.
        x: from the left, pixels; outside, the nearest pixel counts.
        y: from the top, pixels.
        radius_px: half the side of the square whose median is taken: one bright hair is no colour.

    Returns:
        [3] display RGB 0..1.

    Raises:
        ShapeError: the picture is empty.
    """
    sizes = expect_shapes(image=(image, "H W 3"))
    if not image.size:
        raise ShapeError("image: expected pixels, got none")
    column, row = int(np.clip(x, 0, sizes["W"] - 1)), int(np.clip(y, 0, sizes["H"] - 1))
    patch = image[
        max(row - radius_px, 0) : row + radius_px + 1,
        max(column - radius_px, 0) : column + radius_px + 1,
    ]
    return np.asarray(np.median(patch.reshape(-1, 3), axis=0) / 255, np.float32)


def palette_of_image(image: UInt8, count: int = 6) -> Float32:
    """The main colours of a picture.

    Args:
        image: [H, W, 3] sRGB.
        count: at most so many; fewer where the picture has fewer.

    Returns:
        [n, 3] display RGB 0..1, the most common first.

    Source:
        k-means in OKLab (Lloyd 1982), started from the colours farthest apart (Gonzalez 1985).
    """
    expect_shapes(image=(image, "H W 3"))
    pixels = image.reshape(-1, 3)
    picked = np.linspace(0, len(pixels) - 1, min(len(pixels), _MOST_SAMPLES)).astype(np.intp)
    samples = oklab_from_srgb(pixels[picked] / np.float32(255))
    centres = _farthest_apart(samples, count)
    shares = np.zeros(len(centres), np.intp)
    for _ in range(_ROUNDS if len(centres) else 0):
        nearest = _squares(samples, centres).argmin(axis=1)
        shares = np.bincount(nearest, minlength=len(centres))
        sums = np.stack(
            [np.bincount(nearest, samples[:, axis], len(centres)) for axis in range(3)], -1
        )
        filled = shares > 0
        centres[filled] = sums[filled] / shares[filled, None]
    order = np.argsort(-shares, kind="stable")
    return displayable(centres[order[shares[order] > 0]])


def _farthest_apart(samples: Float32, count: int) -> Float32:
    """Samples [n, 3], each as unlike those before as there is, from the one nearest the mean."""
    if not len(samples) or count < 1:
        return np.zeros((0, 3), np.float32)
    first = _squares(samples, samples.mean(axis=0, keepdims=True))[:, 0].argmin()
    chosen = [samples[first]]
    away = _squares(samples, samples[first : first + 1])[:, 0]
    while len(chosen) < count and away.max() > _JUST_NOTICEABLE**2:
        farthest = away.argmax()
        chosen.append(samples[farthest])
        away = np.minimum(away, _squares(samples, samples[farthest : farthest + 1])[:, 0])
    return np.stack(chosen)


def _squares(samples: Float32, centres: Float32) -> Float32:
    """[n, m] squared distances."""
    squares: Float32 = ((samples[:, None] - centres[None]) ** 2).sum(axis=2)
    return squares
