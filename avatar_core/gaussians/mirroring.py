"""Gaussians in a mirror: what is on the left as it looks on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians.harmonics import harmonics
from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

MIRROR = np.array([-1, 1, 1], np.float32)
"""Factors of x, y, z that mirror points across the plane x = 0."""


def mirrored_quats(quats: Float32) -> Float32:
    """Turns [N, 4] wxyz of Gaussians mirrored across the plane x = 0.

    A mirrored Gaussian is as long, along mirrored axes; which way along an axis makes no
    difference, so a turn will do: F R F, where F mirrors.
    """
    expect_shapes(quats=(quats, "N 4"))
    return quats * np.array([1, 1, -1, -1], np.float32)


def mirrored_sh(sh: Float32) -> Float32:
    """Coefficients [N, K, 3] of Gaussians mirrored across the plane x = 0.

    Returns:
        [N, K, 3]: `seen_colours(mirrored_sh(sh), F d)` equals `seen_colours(sh, d)`.
    """
    sizes = expect_shapes(sh=(sh, "N K 3"))
    return sh * _PARITIES[: sizes["K"], None]


# Each harmonic is even or odd in x: its value in the mirror tells.
_ANYWHERE = np.array([0.6, 0.64, 0.48])
_PARITIES = np.sign(harmonics(_ANYWHERE * MIRROR, 3) / harmonics(_ANYWHERE, 3)).astype(np.float32)
