"""Harmonics of Gaussians that were turned and dyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.gaussians import rotated_sh
from avatar_core.gaussians.harmonics import BAND_0
from avatar_core.geometry import matrix_from_quat

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

_IDENTITY = np.array([1, 0, 0, 0], np.float32)

_DARKEST = 0.02
"""Basic colours below this give no ratio worth following."""

_BAND_GAINS = (0.0, 2.0)
"""Of dark hair dyed blond, more than twice the shine comes out as patches of colour."""


def turned_and_dyed(sh: Float32, turns: Float32, colours: Float32, shifts: Float32) -> Float32:
    """Harmonics of Gaussians that were turned and whose basic colour changed.

    Bands above the constant one are scaled as the basic colour was, so that shine stays shine.

    Args:
        sh: [n, K, 3] before.
        turns: [n, 4] wxyz.
        colours: [n, 3] basic colours before, display RGB.
        shifts: [n, 3] added to them.

    Returns:
        [n, K, 3].
    """
    result = np.array(sh, np.float32)
    dyed = np.flatnonzero(shifts.any(axis=1))
    if len(dyed):
        before = np.maximum(colours[dyed], _DARKEST)
        gains = ((colours[dyed] + shifts[dyed]) / before).clip(*_BAND_GAINS)
        result[dyed, 0] += shifts[dyed] / np.float32(BAND_0)
        result[dyed, 1:] *= gains[:, None]
    if sh.shape[1] > 1:
        turned = np.flatnonzero((turns != _IDENTITY).any(axis=1))
        if len(turned):
            result[turned] = rotated_sh(result[turned], matrix_from_quat(turns[turned]))
    return result
