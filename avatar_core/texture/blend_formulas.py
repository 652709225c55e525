"""How two colours blend and how one is adjusted, texel by texel. Importing this module loads numba.

W3C, Compositing and Blending Level 1, sections 9.1 (separable) and 9.2 (non-separable); `add` and
`subtract`, which it does not name, are clipped sums and differences. Colours are straight, 0..1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numba
import numpy as np

from avatar_core.project.paint import Blend

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

_Colour: TypeAlias = tuple[float, float, float]

CODES = {blend: code for code, blend in enumerate(Blend)}
"""Numbers of the blend modes."""

_NORMAL = CODES[Blend.NORMAL]
_MULTIPLY, _SCREEN, _OVERLAY = CODES[Blend.MULTIPLY], CODES[Blend.SCREEN], CODES[Blend.OVERLAY]
_DARKEN, _LIGHTEN = CODES[Blend.DARKEN], CODES[Blend.LIGHTEN]
_DODGE, _BURN = CODES[Blend.COLOUR_DODGE], CODES[Blend.COLOUR_BURN]
_HARD_LIGHT, _SOFT_LIGHT = CODES[Blend.HARD_LIGHT], CODES[Blend.SOFT_LIGHT]
_DIFFERENCE, _EXCLUSION = CODES[Blend.DIFFERENCE], CODES[Blend.EXCLUSION]
_ADD, _SUBTRACT = CODES[Blend.ADD], CODES[Blend.SUBTRACT]
_HUE, _SATURATION = CODES[Blend.HUE], CODES[Blend.SATURATION]
_COLOUR, _LUMINOSITY = CODES[Blend.COLOUR], CODES[Blend.LUMINOSITY]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _luminosity(colour: _Colour) -> float:
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _with_luminosity(colour: _Colour, light: float) -> _Colour:
    """The colour made lighter or darker, and greyer where it could not be that otherwise."""
    shift = light - _luminosity(colour)
    red, green, blue = colour[0] + shift, colour[1] + shift, colour[2] + shift
    least, most = min(red, green, blue), max(red, green, blue)
    share = 1.0
    if least < 0:
        share = min(share, light / max(light - least, 1e-12))
    if most > 1:
        share = min(share, (1 - light) / max(most - light, 1e-12))
    return (
        light + (red - light) * share,
        light + (green - light) * share,
        light + (blue - light) * share,
    )


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _saturation(colour: _Colour) -> float:
    most: float = max(colour[0], colour[1], colour[2])
    return most - min(colour[0], colour[1], colour[2])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _with_saturation(colour: _Colour, saturation: float) -> _Colour:
    least = min(colour[0], colour[1], colour[2])
    spread = max(colour[0], colour[1], colour[2]) - least
    share = saturation / spread if spread > 0 else 0.0
    return (colour[0] - least) * share, (colour[1] - least) * share, (colour[2] - least) * share


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _hard_light(below: float, above: float) -> float:
    if above <= 0.5:
        return below * 2 * above
    above = 2 * above - 1
    return below + above - below * above


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _soft_light(below: float, above: float) -> float:
    if above <= 0.5:
        return below - (1 - 2 * above) * below * (1 - below)
    curve = ((16 * below - 12) * below + 4) * below if below <= 0.25 else np.sqrt(below)
    return below + (2 * above - 1) * (curve - below)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _dodge(below: float, above: float) -> float:
    if below <= 0:
        return 0.0
    return 1.0 if above >= 1 else min(1.0, below / (1 - above))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _separable(mode: int, below: float, above: float) -> float:
    mixed = above
    if mode == _MULTIPLY:
        mixed = below * above
    elif mode == _SCREEN:
        mixed = below + above - below * above
    elif mode == _OVERLAY:
        mixed = _hard_light(above, below)
    elif mode == _DARKEN:
        mixed = min(below, above)
    elif mode == _LIGHTEN:
        mixed = max(below, above)
    elif mode == _DODGE:
        mixed = _dodge(below, above)
    elif mode == _BURN:
        mixed = 1 - _dodge(1 - below, 1 - above)
    elif mode == _HARD_LIGHT:
        mixed = _hard_light(below, above)
    elif mode == _SOFT_LIGHT:
        mixed = _soft_light(below, above)
    elif mode == _DIFFERENCE:
        mixed = abs(below - above)
    elif mode == _EXCLUSION:
        mixed = below + above - 2 * below * above
    elif mode == _ADD:
        mixed = min(1.0, below + above)
    elif mode == _SUBTRACT:
        mixed = max(0.0, below - above)
    return mixed


@numba.njit(cache=True, nogil=True, error_model="numpy")
def blended(mode: int, below: _Colour, above: _Colour) -> _Colour:
    """What `above` does to `below`: B(Cb, Cs)."""
    if mode == _NORMAL:
        return above
    if mode == _HUE:
        hue = _with_saturation(above, _saturation(below))
        return _with_luminosity(hue, _luminosity(below))
    if mode == _SATURATION:
        return _with_luminosity(_with_saturation(below, _saturation(above)), _luminosity(below))
    if mode == _COLOUR:
        return _with_luminosity(above, _luminosity(below))
    if mode == _LUMINOSITY:
        return _with_luminosity(below, _luminosity(above))
    return (
        _separable(mode, below[0], above[0]),
        _separable(mode, below[1], above[1]),
        _separable(mode, below[2], above[2]),
    )


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _level(numbers: Float32, value: float) -> float:
    value = (value - numbers[0]) / (numbers[1] - numbers[0])
    level: float = min(max(value, 0.0), 1.0) ** (1 / numbers[2])
    return level


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _turned(colour: _Colour, turn: float) -> _Colour:
    """The colour of another hue, with the same largest and smallest channel (HSV)."""
    least, most = min(colour[0], colour[1], colour[2]), max(colour[0], colour[1], colour[2])
    spread = most - least
    if spread <= 0:
        return colour
    if colour[0] == most:
        sixth = (colour[1] - colour[2]) / spread
    elif colour[1] == most:
        sixth = 2 + (colour[2] - colour[0]) / spread
    else:
        sixth = 4 + (colour[0] - colour[1]) / spread
    sixth += turn * 3 / np.pi
    red = min(max(abs(sixth % 6 - 3) - 1, 0.0), 1.0)
    green = min(max(2 - abs(sixth % 6 - 2), 0.0), 1.0)
    blue = min(max(2 - abs(sixth % 6 - 4), 0.0), 1.0)
    return least + spread * red, least + spread * green, least + spread * blue


@numba.njit(cache=True, nogil=True, error_model="numpy")
def adjusted(numbers: Float32, colour: _Colour) -> _Colour:
    """A colour adjusted by [6] numbers, in this order.

    Levels black and white, gamma, turn of the hue (radians), saturation, lightness: `Adjustment`.
    """
    colour = (
        _level(numbers, colour[0]), _level(numbers, colour[1]), _level(numbers, colour[2])
    )  # fmt: skip
    light = _luminosity(colour)
    if numbers[3] != 0:
        colour = _with_luminosity(_turned(colour, numbers[3]), light)
    if numbers[4] != 0:
        share = 1 + numbers[4]
        colour = _with_luminosity(
            (
                light + share * (colour[0] - light),
                light + share * (colour[1] - light),
                light + share * (colour[2] - light),
            ),
            light,
        )
    if numbers[5] < 0:
        dark = 1 + numbers[5]
        return colour[0] * dark, colour[1] * dark, colour[2] * dark
    bright = numbers[5]
    return (
        colour[0] + bright * (1 - colour[0]),
        colour[1] + bright * (1 - colour[1]),
        colour[2] + bright * (1 - colour[2]),
    )
