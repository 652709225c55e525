"""Lips of a photograph: they never cross, and they close when its smile goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.expression import WIDE_MOUTH
from avatar_core.emoportraits.landmark_warp.face_motion import load_face_motion
from avatar_core.emoportraits.landmark_warp.features import (
    LIPS_LOWER,
    LIPS_LOWER_ROWS,
    LIPS_UPPER,
    LIPS_UPPER_ROWS,
)
from avatar_core.motion import UNIT_INDEX

if TYPE_CHECKING:
    from avatar_core.emoportraits.landmark_warp.source_face import SourceFace
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

_INNER = slice(1, -1)
_FAINT, _CLEAR = 0.1, 0.35
# Weight of a wide mouth in the photograph between which it is taken to be what parts the lips.
_CLOSED_AT = 0.65  # share of a smile that is gone when nothing of it parts the lips any more
_OPEN_JAW = 0.8  # weight at which the jaw parts the lips, smile or not
_JAW = UNIT_INDEX["jawOpen"]
_UPPER_SHARE = 0.4  # of closing lips; the lower one does the rest


class Lips:
    """The mouth of one photograph.

    Weights do not say how far lips are parted: two smiles of equal weights show teeth or none. So
    what parts them in the photograph goes as far as its smile does, down to what the weights that
    are left ask for.

    Args:
        face: the photograph's face.
        weights: [52] what it shows.
    """

    def __init__(self, face: SourceFace, weights: Float32) -> None:
        units = face.turned(load_face_motion().units)
        self._down: Float64 = -face.turn[:, 1]
        self._opening: Float64 = (units[:, LIPS_LOWER] - units[:, LIPS_UPPER]) @ self._down
        self._crossed = np.minimum(self._gaps(face.points), 0)
        self._wide = float(weights[WIDE_MOUTH].max())

    def close(self, points: Float64, weights: Float32) -> None:
        """Move the lips as an expression wants them; `points` [478, 3] is written."""
        gaps = self._gaps(points)
        asked = np.maximum(weights @ self._opening, 0)
        closing = self._closing(weights) * np.maximum(gaps - asked, 0)
        crossing = np.maximum(self._crossed - (gaps - closing), 0)
        rows = closing[:, None] * self._down
        points[LIPS_UPPER_ROWS[:, _INNER]] += _UPPER_SHARE * rows[_INNER]
        points[LIPS_LOWER_ROWS[:, _INNER]] -= (1 - _UPPER_SHARE) * rows[_INNER]
        apart = 0.5 * crossing[_INNER, None] * self._down
        points[LIPS_UPPER[_INNER]] -= apart
        points[LIPS_LOWER[_INNER]] += apart

    def _gaps(self, points: Float64) -> Float64:
        gaps: Float64 = (points[LIPS_LOWER] - points[LIPS_UPPER]) @ self._down
        return gaps

    def _closing(self, weights: Float32) -> float:
        """0..1, how much of what parts the lips in the photograph has gone with its smile."""
        if self._wide <= _FAINT:
            return 0.0
        gone = 1 - float(weights[WIDE_MOUTH].max()) / self._wide
        sure = min((self._wide - _FAINT) / (_CLEAR - _FAINT), 1.0)
        shut = 1 - min(float(weights[_JAW]) / _OPEN_JAW, 1.0)
        return min(max(gone, 0.0) / _CLOSED_AT, 1.0) * sure * shut
