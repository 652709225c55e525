"""How long Gaussians are while the hair they are part of is bent and stretched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32
    from avatar_core.hair.canvas import HairCanvas
    from avatar_core.hair.edited import EditedHair

_SHOWN_BEND_RAD = 0.3
"""A Gaussian whose deviation spans more of a bend than this would stick out like a spike."""

_MOST_SPAN_RAD = 4 * _SHOWN_BEND_RAD
_LEAST_CHANGE = 1e-3


class GaussianLengths:
    """Lengths of the Gaussians of a canvas during a stroke, along their long axes.

    Args:
        hair: when the stroke begins.
    """

    def __init__(self, hair: EditedHair) -> None:
        self._axes = hair.base.scales.argmax(axis=1)[hair.rows]
        self._deviations_m = hair.base.scales.max(axis=1)[hair.rows]
        self._most = np.maximum(1 / hair.size_factors.min(axis=1), 1)
        self._now = np.ones(len(hair.rows), np.float32)

    def when_bent(self, rows: NDArray[np.int32], bends: Float32) -> Float32:
        """Lengths [n] of Gaussians, as shares of those when the stroke began.

        Gaussians are straight: the sharper the bend the shorter they have to be. Where hair is
        straightened again they get longer, but not longer than they were before any edit.

        Args:
            rows: [n].
            bends: [n, 2] radians per metre when the stroke began, and now.
        """
        spans_rad = self._deviations_m[rows][:, None] * bends
        then, now = (_SHOWN_BEND_RAD / spans_rad.clip(_SHOWN_BEND_RAD, _MOST_SPAN_RAD)).T
        lengths: Float32 = np.minimum(now / then, self._most[rows])
        return lengths

    def resize(self, canvas: HairCanvas, rows: NDArray[np.int32], lengths: Float32) -> None:
        """Give Gaussians lengths [n], as shares of those when the stroke began."""
        lengths = 1 + canvas.mask[rows] * (lengths - 1)
        factors = lengths / self._now[rows]
        changed = np.abs(factors - 1) > _LEAST_CHANGE
        rows = rows[changed]
        if len(rows):
            self._now[rows] = lengths[changed]
            each = np.ones((len(rows), 3), np.float32)
            each[np.arange(len(rows)), self._axes[rows]] = factors[changed]
            canvas.resize(rows, each)


def bends_of(nodes: Float32) -> Float32:
    """[g, K] radians per metre by which curves [g, K, 3] are bent at and around their nodes."""
    parts = np.diff(nodes, axis=1)
    lengths = np.linalg.norm(parts, axis=2)
    directions = parts / np.maximum(lengths, np.float32(1e-9))[..., None]
    cosines = np.einsum("gki,gki->gk", directions[:, 1:], directions[:, :-1])
    angles = np.arccos(cosines.clip(-1, 1))
    spans = np.maximum(0.5 * (lengths[:, 1:] + lengths[:, :-1]), np.float32(1e-4))
    bends = np.pad(angles / spans, ((0, 0), (2, 2)))
    smooth = 0.25 * bends[:, :-2] + 0.5 * bends[:, 1:-1] + 0.25 * bends[:, 2:]
    return np.asarray(smooth, np.float32)
