"""Compiled blending of texels, and how colours blend. Importing this module loads numba.

W3C, Compositing and Blending Level 1, sections 5.1 (simple alpha compositing), 9.1 (separable
modes) and 9.2 (non-separable); `add` and `subtract`, which it does not name, are clipped sums and
differences. All in one file, because numba's cache does not see changes in other ones.

The kernels at the end write what is below in place: premultiplied colours [n, 4] and `covered` [n],
how much of what lies lowest is covered so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numba
import numpy as np
from numba import types

from avatar_core.project.paint import FULL, Blend

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.project.paint import UInt16

_Colour: TypeAlias = tuple[float, float, float]
_Texel: TypeAlias = tuple[float, float, float, float]

_IN_ORDER = (
    Blend.NORMAL, Blend.MULTIPLY, Blend.SCREEN, Blend.OVERLAY, Blend.DARKEN, Blend.LIGHTEN,
    Blend.COLOUR_DODGE, Blend.COLOUR_BURN, Blend.HARD_LIGHT, Blend.SOFT_LIGHT, Blend.DIFFERENCE,
    Blend.EXCLUSION, Blend.ADD, Blend.SUBTRACT, Blend.HUE, Blend.SATURATION, Blend.COLOUR,
    Blend.LUMINOSITY,
)  # fmt: skip

CODES = {blend: code for code, blend in enumerate(_IN_ORDER)}
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


# What comes from files may not be written; kernels that only read say so.
_STORED = types.Array(types.uint16, 2, "C", readonly=True)
_FLOATS = types.Array(types.float32, 2, "C", readonly=True)
_HIDDEN = types.Array(types.uint16, 1, "C", readonly=True)
_NUMBERS = types.Array(types.float32, 1, "C", readonly=True)

_BELOW = types.float32[:, ::1]
_COVERED = types.float32[::1]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _over(mode: int, below: _Texel, above: _Texel, alpha: float) -> _Texel:
    """A premultiplied colour over another (W3C sections 5.1 and 9).

    Args:
        mode: how they blend.
        below: premultiplied.
        above: premultiplied, not clear.
        alpha: how much of it there is, the share included that is shown.
    """
    under, rest = below[3], 1 - alpha
    part = 1 / above[3]
    red = min(above[0] * part, 1.0)
    green = min(above[1] * part, 1.0)
    blue = min(above[2] * part, 1.0)
    if mode != 0 and under > 0:
        part = 1 / under if under < 1 else 1.0
        straight = (min(below[0] * part, 1.0), min(below[1] * part, 1.0), min(below[2] * part, 1.0))
        mixed = blended(mode, straight, (red, green, blue))
        red += under * (mixed[0] - red)
        green += under * (mixed[1] - green)
        blue += under * (mixed[2] - blue)
    return (
        alpha * red + rest * below[0],
        alpha * green + rest * below[1],
        alpha * blue + rest * below[2],
        alpha + rest * under,
    )


@numba.njit(
    types.void(types.int64, types.float64, _BELOW, _COVERED, _STORED, _HIDDEN),
    cache=True, nogil=True, error_model="numpy",
)  # fmt: skip
def blend_stored(
    mode: int, opacity: float, below: Float32, covered: Float32, source: UInt16, hidden: UInt16
) -> None:
    """Blend texels [n, 4] as they are stored; `hidden` [n] or [0] for a layer without a mask."""
    scale = 1 / FULL
    for row in range(len(below)):
        shown = opacity * (1 - hidden[row] * scale) if len(hidden) > 0 else opacity
        above = (
            source[row, 0] * scale, source[row, 1] * scale, source[row, 2] * scale,
            source[row, 3] * scale,
        )  # fmt: skip
        alpha = above[3] * shown
        if alpha > 0:
            under = (below[row, 0], below[row, 1], below[row, 2], below[row, 3])
            mixed = _over(mode, under, above, alpha)
            for channel in range(4):
                below[row, channel] = mixed[channel]
            covered[row] = alpha + (1 - alpha) * covered[row]


@numba.njit(
    types.void(types.int64, types.float64, _BELOW, _COVERED, _FLOATS, _HIDDEN),
    cache=True, nogil=True, error_model="numpy",
)  # fmt: skip
def blend_floats(
    mode: int, opacity: float, below: Float32, covered: Float32, source: Float32, hidden: UInt16
) -> None:
    """Blend premultiplied texels [n, 4], or one [1, 4] for all; `hidden` as in `blend_stored`."""
    scale = 1 / FULL
    many = len(source) > 1
    for row in range(len(below)):
        shown = opacity * (1 - hidden[row] * scale) if len(hidden) > 0 else opacity
        at = row if many else 0
        above = (source[at, 0], source[at, 1], source[at, 2], source[at, 3])
        alpha = above[3] * shown
        if alpha > 0:
            under = (below[row, 0], below[row, 1], below[row, 2], below[row, 3])
            mixed = _over(mode, under, above, alpha)
            for channel in range(4):
                below[row, channel] = mixed[channel]
            covered[row] = alpha + (1 - alpha) * covered[row]


@numba.njit(
    types.void(_NUMBERS, types.float64, _BELOW, _COVERED, _HIDDEN),
    cache=True,
    nogil=True,
    error_model="numpy",
)
def adjust(
    numbers: Float32, opacity: float, below: Float32, covered: Float32, hidden: UInt16
) -> None:
    """Adjust what is below.

    Args:
        numbers: [6] levels black and white, gamma, turn of the hue (radians), saturation and
            lightness, see `Adjustment`; they act in this order.
        opacity: how much of it counts.
        below: [n, 4] premultiplied.
        covered: [n].
        hidden: [n], or [0] for no mask.
    """
    scale = 1 / FULL
    for row in range(len(below)):
        shown = opacity * (1 - hidden[row] * scale) if len(hidden) > 0 else opacity
        alpha = float(below[row, 3])
        if alpha <= 0 or shown <= 0:
            continue
        before = (below[row, 0] / alpha, below[row, 1] / alpha, below[row, 2] / alpha)
        after = adjusted(numbers, before)
        for channel in range(3):
            step = shown * (after[channel] - before[channel])
            below[row, channel] = alpha * (before[channel] + step)
        covered[row] = shown + (1 - shown) * covered[row]


@numba.njit(
    types.void(_FLOATS, _NUMBERS, _FLOATS, types.uint8[:, ::1]),
    cache=True,
    nogil=True,
    error_model="numpy",
)
def paint_bytes(result: Float32, covered: Float32, base: Float32, paint: UInt8) -> None:
    """Write paint [n, 4], premultiplied, that over `base` gives `result`.

    Args:
        result: [n, 4] opaque.
        covered: [n] 0..1, how much of the base is covered.
        base: [n, 3].
        paint: [n, 4] written.
    """
    for row in range(len(result)):
        alpha = float(covered[row])
        for channel in range(3):
            value = result[row, channel] - (1 - alpha) * base[row, channel]
            paint[row, channel] = np.uint8(min(max(value, 0.0), alpha) * 255 + 0.5)
        paint[row, 3] = np.uint8(alpha * 255 + 0.5)
