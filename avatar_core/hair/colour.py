"""Colour as people see it: OKLab, in which equal steps look equal.

Lightness L runs from 0 (black) to 1 (white); a and b are 0 for greys; chroma is how far from grey,
the hue the angle of a and b. Functions take and give [..., 3] float32.

Source:
    Ottosson 2020, "A perceptual color space for image processing"; IEC 61966-2-1 for sRGB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from avatar_core.geometry.shapes import Float32, Float64

CONES_FROM_LINEAR = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LAB_FROM_ROOTS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_LINEAR_FROM_CONES = np.linalg.inv(CONES_FROM_LINEAR)
_ROOTS_FROM_LAB = np.linalg.inv(LAB_FROM_ROOTS)

_WARM_LIGHT = np.array([1.0995, 0.9842, 0.6987])
"""What the cones get of daylight of 4000 K, as shares of equally bright daylight of 6500 K."""

_GAMUT_SLACK = 1e-4
_HALVINGS = 12


def oklab_from_srgb(colours: ArrayLike) -> Float32:
    """OKLab of display RGB; RGB outside 0..1 is carried on beyond."""
    rgb = np.asarray(colours, np.float32)
    size = np.abs(rgb)
    linear = np.where(
        size <= np.float32(0.04045), size / np.float32(12.92), ((size + 0.055) / 1.055) ** 2.4
    )
    cones = _mapped(np.copysign(linear, rgb), CONES_FROM_LINEAR)
    return _mapped(np.cbrt(cones), LAB_FROM_ROOTS)


def displayable(lab: ArrayLike) -> Float32:
    """Display RGB 0..1 of OKLab, paler where a display cannot show it; hue and lightness stay."""
    lab = np.asarray(lab, np.float32)
    shown = lab.reshape(-1, 3).copy()
    shown[:, 0] = shown[:, 0].clip(0, 1)
    outside = np.flatnonzero(~_is_inside(_linear(shown)))
    if len(outside):
        shown[outside, 1:] *= _largest_share(shown[outside])[:, None]
    return _encoded(_linear(shown).clip(0, 1)).reshape(lab.shape)


def warming(temperature: float) -> Float64:
    """What warmer or colder light does to OKLab, as a matrix [3, 3]; lightness is left alone.

    Light scales what each kind of cone gets (von Kries), so that OKLab changes linearly.

    Args:
        temperature: 1 is daylight of 4000 K on a display balanced for 6500 K, -1 as much colder.
    """
    gains = np.cbrt(_WARM_LIGHT) ** temperature
    matrix = LAB_FROM_ROOTS @ np.diag(gains) @ _ROOTS_FROM_LAB
    matrix[0] = [1.0, 0.0, 0.0]
    return matrix


def _linear(lab: Float32) -> Float32:
    """Linear RGB of OKLab."""
    roots = _mapped(lab, _ROOTS_FROM_LAB)
    return _mapped(roots * roots * roots, _LINEAR_FROM_CONES)


def _encoded(linear: Float32) -> Float32:
    size = np.abs(linear)
    shown = np.where(
        size <= np.float32(0.0031308), size * np.float32(12.92), 1.055 * size ** (1 / 2.4) - 0.055
    )
    return np.copysign(shown, linear).astype(np.float32)


def _mapped(vectors: Float32, matrix: Float64) -> Float32:
    return vectors @ matrix.T.astype(np.float32)


def _is_inside(linear: Float32) -> np.ndarray:
    inside = (linear >= -_GAMUT_SLACK) & (linear <= 1 + _GAMUT_SLACK)
    return inside[:, 0] & inside[:, 1] & inside[:, 2]


def _largest_share(lab: Float32) -> Float32:
    """[n] how much of its chroma each colour can keep: found by halving, since greys do fit."""
    low, step = np.zeros(len(lab), np.float32), np.float32(1)
    trial = lab.copy()
    for _ in range(_HALVINGS):
        step = step / np.float32(2)
        trial[:, 1:] = lab[:, 1:] * (low + step)[:, None]
        low += step * _is_inside(_linear(trial))
    return low
