"""Lids of a photograph, closed by the share of its own opening that a unit would leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.landmark_warp.face_motion import load_face_motion
from avatar_core.emoportraits.landmark_warp.features import CREASES, LIDS_LOWER, LIDS_UPPER
from avatar_core.emoportraits.landmark_warp.strips import strip_triangles
from avatar_core.motion import UNIT_INDEX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry import Float32, Int32
    from avatar_core.geometry.shapes import Float64

_MIDDLE = slice(2, 7)  # of a chain of nine; the corners say little about the opening
_SHUT_AT = 0.75
# Weight of eyeBlink at which lids meet: trackers seldom say more of a closed eye.
_SHUT = 0.06
_WIDEST = 1.7
_OVERLAP = 0.12
# Of the opening: landmarks of lids lie a little inside them, and a closed eye shows no white.
_CREASE_SHARE = 0.3
_LASHES = 0.5  # of the way from the edge of the lid to its crease


class Lids:
    """Both eyes of one photograph.

    An average face says which share of the opening an expression leaves; the photograph's own
    opening is closed or widened by that share, so that lids meet whatever the eye's shape. A row
    of vertices of its own above each upper lid keeps the lashes as they are and lets the skin
    above them stretch.

    Args:
        points: [478, 3] landmarks before the camera.
        weights: [52] what the photograph shows.
    """

    row_size = LIDS_UPPER.size
    """How many vertices `rows` gives."""

    def __init__(self, points: Float64, weights: Float32) -> None:
        motion = load_face_motion()
        upper, lower = LIDS_UPPER[:, _MIDDLE], LIDS_LOWER[:, _MIDDLE]
        neutral, units = motion.neutral[..., 1], motion.units[..., 1].astype(np.float64)
        self._opening: Float64 = (neutral[upper] - neutral[lower]).mean(1).astype(np.float64)
        self._closing: Float64 = (units[:, upper] - units[:, lower]).mean(2)
        for eye, blink in enumerate((UNIT_INDEX["eyeBlinkLeft"], UNIT_INDEX["eyeBlinkRight"])):
            self._closing[blink] = 0
            self._closing[blink, eye] = -self._opening[eye] / _SHUT_AT
        self._shown = np.maximum(self._openings(weights), 0.25 * self._opening)
        self._gaps = points[LIDS_UPPER] - points[LIDS_LOWER]
        self._lashes = _LASHES * (points[CREASES] - points[LIDS_UPPER])
        self._heights = np.linalg.norm(self._lashes, axis=2, keepdims=True) / _LASHES

    def _openings(self, weights: Float32) -> Float64:
        openings: Float64 = self._opening + weights @ self._closing
        return openings

    def shares(self, weights: Float32) -> Float64:
        """[2] of the photograph's opening that an expression leaves to the (left, right) eye."""
        share = np.clip(self._openings(weights) / self._shown, 0.0, _WIDEST)
        # Nearly shut is shut: a slit of one pixel flickers.
        left: Float64 = np.where(share < 1, np.maximum(share - _SHUT, 0) / (1 - _SHUT), share)
        return left

    def close(self, points: Float64, shares: Float64) -> None:
        """Put the upper lids where shares [2] of the opening are left; writes `points` [478, 3]."""
        shares = shares[:, None, None]
        reach = shares - _OVERLAP * np.maximum(1 - shares, 0)
        wanted = points[LIDS_LOWER] + reach * self._gaps
        moved = wanted - points[LIDS_UPPER]
        points[LIDS_UPPER] = wanted
        # The skin above comes along, so that the lid stretches evenly.
        points[CREASES] += _CREASE_SHARE * moved

    def rows(self, points: Float64) -> Float64:
        """[18, 3] vertices above the lashes of both eyes, of landmarks that `close` has moved."""
        edge, crease = points[LIDS_UPPER], points[CREASES]
        height = np.linalg.norm(crease - edge, axis=2, keepdims=True)
        rows = edge + self._lashes * np.minimum(height / np.maximum(self._heights, 1e-9), 1)
        # At the corners they lie on the line between both, where other triangles join.
        ends = [0, -1]
        rows[:, ends] = edge[:, ends] + _LASHES * (crease - edge)[:, ends]
        return np.asarray(rows, np.float64).reshape(-1, 3)

    @staticmethod
    def triangles(first: int) -> Int32:
        """[F, 3] from the lids' edges over the rows, numbered from `first` on, to the creases."""
        strips = []
        for eye in range(2):
            row = first + eye * LIDS_UPPER.shape[1] + np.arange(LIDS_UPPER.shape[1])
            strips.append(strip_triangles(np.stack([LIDS_UPPER[eye], row, CREASES[eye]])))
        return np.concatenate(strips)

    @staticmethod
    def replaced(triangles: Int32) -> NDArray[np.bool_]:
        """[F] which triangles between landmarks `triangles` takes the place of."""
        groups = np.concatenate([LIDS_UPPER, CREASES], axis=1)
        between = [np.isin(triangles, group).all(axis=1) for group in groups]
        return np.asarray(np.stack(between).any(axis=0), np.bool_)
