"""How different two colours look: CIEDE2000 between display colours.

Source:
    Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula: implementation notes, supplementary
    test data, and mathematical observations", 2005; CIELAB under D65, 2 degrees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import AnyArray, Float64

_XYZ_FROM_LINEAR = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
_LINEAR_BELOW = 0.008856
_FAR = 25.0**7
_SMALL = 1e-3
_LEAST_CHROMA = 1e-6


def lab_from_display(colours: AnyArray) -> Float64:
    """CIELAB [..., 3] of sRGB [..., 3] 0..1."""
    values = np.asarray(colours, np.float64)
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    relative = (linear @ _XYZ_FROM_LINEAR.T) / _WHITE
    f = np.where(relative > _LINEAR_BELOW, np.cbrt(relative), 7.787 * relative + 16.0 / 116.0)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], -1)


def delta_e_2000(first: AnyArray, second: AnyArray) -> Float64:
    """CIEDE2000 [...] between CIELAB colours [..., 3]; about 1 is just visible."""
    l1, a1, b1 = np.moveaxis(np.asarray(first, np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(second, np.float64), -1, 0)
    mean_chroma = 0.5 * (np.hypot(a1, b1) + np.hypot(a2, b2))
    stretch = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + _FAR))
    a1, a2 = a1 * stretch, a2 * stretch
    chroma1, chroma2 = np.hypot(a1, b1), np.hypot(a2, b2)
    hue1, hue2 = np.degrees(np.arctan2(b1, a1)) % 360.0, np.degrees(np.arctan2(b2, a2)) % 360.0
    is_grey = chroma1 * chroma2 == 0.0
    turn = np.where(is_grey, 0.0, (hue2 - hue1 + 180.0) % 360.0 - 180.0)
    # Half a turn apart, the published formula goes the way that the plain difference has.
    turn = np.where(~is_grey & (hue2 - hue1 == 180.0), 180.0, turn)
    hue = _mean_hue(hue1, hue2, is_grey)
    lightness, chroma = 0.5 * (l1 + l2), 0.5 * (chroma1 + chroma2)
    weight = (
        1.0
        - 0.17 * np.cos(np.radians(hue - 30.0))
        + 0.24 * np.cos(np.radians(2.0 * hue))
        + 0.32 * np.cos(np.radians(3.0 * hue + 6.0))
        - 0.20 * np.cos(np.radians(4.0 * hue - 63.0))
    )
    middle = (lightness - 50.0) ** 2
    by_lightness = (l2 - l1) / (1.0 + 0.015 * middle / np.sqrt(20.0 + middle))
    by_chroma = (chroma2 - chroma1) / (1.0 + 0.045 * chroma)
    across = 2.0 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(0.5 * turn))
    by_hue = across / (1.0 + 0.015 * chroma * weight)
    blue = 60.0 * np.exp(-(((hue - 275.0) / 25.0) ** 2))
    mixed = -2.0 * np.sqrt(chroma**7 / (chroma**7 + _FAR)) * np.sin(np.radians(blue))
    squared = by_lightness**2 + by_chroma**2 + by_hue**2 + mixed * by_chroma * by_hue
    difference: Float64 = np.sqrt(np.maximum(squared, 0.0))
    return difference


def display_difference(first: AnyArray, second: AnyArray) -> Float64:
    """CIEDE2000 [...] between sRGB colours [..., 3] 0..1."""
    return delta_e_2000(lab_from_display(first), lab_from_display(second))


def _mean_hue(hue1: Float64, hue2: Float64, is_grey: AnyArray) -> Float64:
    total = hue1 + hue2
    is_near = np.abs(hue1 - hue2) <= 180.0
    away = np.where(total < 360.0, 0.5 * (total + 360.0), 0.5 * (total - 360.0))
    mean: Float64 = np.where(is_grey, total, np.where(is_near, 0.5 * total, away))
    return mean


def difference_metric(colours: AnyArray) -> Float32:
    """[N, 3, 3] matrices M so that |M d| is the CIEDE2000 of a small difference d, in hundreds.

    Lightness, chroma and hue are weighed as CIEDE2000 does; its correction for blues is left out.

    Args:
        colours: [N, 3] sRGB 0..1 that the differences are taken from.
    """
    values = np.asarray(colours, np.float64)
    lab = lab_from_display(values)
    slopes = [(lab_from_display(values + _SMALL * axis) - lab) / _SMALL for axis in np.eye(3)]
    chroma = np.maximum(np.hypot(lab[:, 1], lab[:, 2]), _LEAST_CHROMA)
    cosine, sine = lab[:, 1] / chroma, lab[:, 2] / chroma
    middle = (lab[:, 0] - 50.0) ** 2
    by_lightness = 1.0 + 0.015 * middle / np.sqrt(20.0 + middle)
    by_chroma, by_hue = 1.0 + 0.045 * chroma, 1.0 + 0.015 * chroma
    turn = np.zeros((len(values), 3, 3))
    turn[:, 0, 0] = 1.0 / by_lightness
    turn[:, 1, 1], turn[:, 1, 2] = cosine / by_chroma, sine / by_chroma
    turn[:, 2, 1], turn[:, 2, 2] = -sine / by_hue, cosine / by_hue
    metric: Float32 = (0.01 * turn @ np.stack(slopes, -1)).astype(np.float32)
    return metric
