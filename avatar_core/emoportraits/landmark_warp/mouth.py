"""Coordinates inside the mouth, in which teeth stay with the skull while lips move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.landmark_warp.features import LIPS_LOWER, LIPS_UPPER

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64


_SLIDE = 0.07
"""Of half the mouth's width: what lies this near the lower lip's edge is often still teeth."""


class MouthFrame:
    """The mouth of one photograph.

    Args:
        landmarks: [478, 3] of the photograph, pixels.
    """

    def __init__(self, landmarks: Float64) -> None:
        upper, lower = landmarks[LIPS_UPPER, :2], landmarks[LIPS_LOWER, :2]
        across = upper[-1] - upper[0]
        half_px = 0.5 * max(float(np.linalg.norm(across)), 1e-6)
        right = across / (2 * half_px)
        down = np.array([-right[1], right[0]])
        self._axes = np.stack([right, down], axis=1) / half_px
        self.down_px: Float64 = half_px * down
        """[2] half of the mouth's width, downwards, pixels."""
        self._middle = 0.5 * (upper[0] + upper[-1])
        self._upper = self._local(upper)
        self._lower = self._local(lower)
        self._lower_px: Float64 = lower

    def coordinates(self, places: Float64, shares: Float64) -> Float64:
        """[P, 4] as `WarpMesh.mouth` of places [P, 2] in the picture.

        Args:
            places: pixels.
            shares: [P] of the way from the upper to the lower lip.
        """
        across, down = self._local(places).T
        root = np.interp(across, *_rising(self._upper))
        floor = np.interp(across, *_rising(self._lower))
        return np.stack([across, down - root, shares, np.maximum(floor - root, 0)], axis=1)

    def parted(self, upper: Float64, lower: Float64) -> float:
        """How far lips whose edges are at [C, 2] pixels have come apart, in halves of the width."""
        up = (self._upper - self._local(upper))[:, 1]
        down = (self._local(lower) - self._lower)[:, 1]
        return float(np.maximum(up + down, np.abs(up)).max())

    def lip_places(self, upper: Float64, lower: Float64) -> Float64:
        """[C, 2] places in the picture that the lower lip's edge shows.

        When the mouth opens further than in the picture it begins a little below its landmarks,
        or else it takes along what it touched of the teeth.

        Args:
            upper: [C, 2] where the edges of the lips have moved in the picture, pixels.
            lower: the same of the lower lip.
        """
        gap = self._local(lower)[:, 1] - self._local(upper)[:, 1]
        opened = gap - (self._lower - self._upper)[:, 1]
        slide = np.clip(0.3 * opened, 0, _SLIDE)
        places: Float64 = self._lower_px + slide[:, None] * self.down_px
        return places

    def _local(self, places: Float64) -> Float64:
        local: Float64 = (places - self._middle) @ self._axes
        return local


def _rising(chain: Float64) -> tuple[Float64, Float64]:
    order = np.argsort(chain[:, 0], kind="stable")
    return chain[order, 0], chain[order, 1]
