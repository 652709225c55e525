"""Pictures that carry their number, so that it can be read back from an encoded clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, UInt8

_BITS = 16
_COLUMNS = 8
_DARK, _BRIGHT = 16, 235


class MarkedPictures:
    """A soft portrait-like scene with grain, a moving disc, and its number in black and white.

    The number stands as 2 x 8 large squares in the top eighth, which survive strong compression.

    Args:
        width, height: pixels, at least 64.
        seed: of the grain.
    """

    def __init__(self, width: int, height: int, seed: int = 0) -> None:
        self._width, self._height = width, height
        y, x = np.mgrid[:height, :width].astype(np.float32)
        x, y = x / width, y / height
        grain = np.random.default_rng(seed).normal(scale=1.5, size=(height, width, 1))
        shading: Float32 = np.stack([0.3 + 0.5 * x, 0.3 + 0.4 * y, 0.5 - 0.2 * x * y], axis=-1)
        self._scene = np.clip(255 * shading + grain, 0, 255).astype(np.uint8)
        self._radius = min(width, height) // 6

    def picture(self, number: int) -> UInt8:
        """[height, width, 3] with a number 0..65535 in it."""
        image = self._scene.copy()
        angle, radius = 0.1 * number, self._radius
        centre_x = int(self._width * (0.5 + 0.25 * np.cos(angle)))
        centre_y = int(self._height * (0.6 + 0.15 * np.sin(angle)))
        patch = image[centre_y - radius : centre_y + radius, centre_x - radius : centre_x + radius]
        y, x = np.mgrid[-1 : 1 : patch.shape[0] * 1j, -1 : 1 : patch.shape[1] * 1j]
        inside = x * x + y * y < 1
        patch[inside] = 255 - patch[inside]
        for bit, (rows, columns) in enumerate(_cells(image)):
            image[rows, columns] = _BRIGHT if number >> bit & 1 else _DARK
        return image


def number_in(image: UInt8) -> int:
    """The number in a picture [H, W, 3] that was decoded from a clip."""
    number = 0
    for bit, (rows, columns) in enumerate(_cells(image)):
        number |= int(image[rows, columns].mean() > 128) << bit
    return number


def _cells(image: UInt8) -> list[tuple[slice, slice]]:
    """Where each bit stands, the lowest first."""
    height, width = image.shape[0] // 16, image.shape[1] // _COLUMNS
    return [
        (
            slice(bit // _COLUMNS * height, (bit // _COLUMNS + 1) * height),
            slice(bit % _COLUMNS * width, (bit % _COLUMNS + 1) * width),
        )
        for bit in range(_BITS)
    ]
