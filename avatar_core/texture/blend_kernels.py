"""Compiled blending of rows of texels. Importing this module loads numba.

All write what is below in place: premultiplied colours [n, 4] and `covered` [n], how much of what
lies lowest is covered so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numba
import numpy as np
from numba import types

from avatar_core.project.paint import FULL
from avatar_core.texture.blend_formulas import adjusted, blended

if TYPE_CHECKING:
    from avatar_core.geometry import Float32, UInt8
    from avatar_core.project.paint import UInt16

# What comes from files may not be written; kernels that only read say so.
_STORED = types.Array(types.uint16, 2, "C", readonly=True)
_FLOATS = types.Array(types.float32, 2, "C", readonly=True)
_HIDDEN = types.Array(types.uint16, 1, "C", readonly=True)
_NUMBERS = types.Array(types.float32, 1, "C", readonly=True)
_Texel: TypeAlias = tuple[float, float, float, float]

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
