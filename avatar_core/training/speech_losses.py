"""What a spoken mouth is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from avatar_core.driving.speech.visemes import Viseme, lip_gap
from avatar_core.motion import ARKIT_UNITS, UNIT_INDEX
from avatar_core.motion.mouth_space import IS_MOUTH_UNIT

if TYPE_CHECKING:
    from torch import Tensor

    from avatar_core.motion.mouth_space import MouthSpace

_LEADING = 8
"""Components that count for the loss in mouth space, as published."""

_JAW = UNIT_INDEX["jawOpen"]


@dataclass(frozen=True, slots=True)
class SpeechWeights:
    """How much each term counts.

    Args:
        units: mean difference of the mouth's units, of the jaw once more.
        leading: mean difference of the leading mouth coordinates, in units.
        gap: difference between the lips' distances, all the time and once more where they are
            together: a lip that nearly closes for a "p" looks wrong.
        speed: difference of what changes from one moment to the next.
        visemes: cross entropy of the helper head.
    """

    units: float = 10.0
    leading: float = 3.0
    gap: float = 3.0
    speed: float = 15.0
    visemes: float = 1.0


class MouthJudge:
    """The terms of a speech model's loss.

    Args:
        space: of its mouth coordinates.
        weights: of the terms.
        device: where it judges.
    """

    def __init__(
        self, space: MouthSpace, weights: SpeechWeights, device: torch.device | None = None
    ) -> None:
        self._weights = weights
        self.mean, self.basis, self.scale = (
            torch.from_numpy(array).to(device) for array in (space.mean, space.basis, space.scale)
        )
        self._mouth = torch.from_numpy(np.flatnonzero(IS_MOUTH_UNIT)).to(device)
        # The distance of the lips is linear in the weights: its coefficients are its values there.
        gaps = lip_gap(np.eye(len(ARKIT_UNITS), dtype=np.float32))
        self._gap_of_unit = torch.from_numpy(gaps.astype(np.float32)).to(device)

    def weights_of(self, coordinates: Tensor) -> Tensor:
        """ARKit weights [..., 52] of mouth coordinates [..., K], beyond 0..1 where they are."""
        return self.mean + (coordinates * self.scale) @ self.basis

    def coordinates_of(self, weights: Tensor) -> Tensor:
        """Mouth coordinates [..., K] of ARKit weights [..., 52]."""
        return ((weights - self.mean) @ self.basis.T) / self.scale

    def terms(
        self, coordinates: Tensor, scores: Tensor, wanted: Tensor, visemes: Tensor
    ) -> dict[str, Tensor]:
        """The weighted terms by name.

        Args:
            coordinates: [B, T, K] given.
            scores: [B, T, V] of the helper head.
            wanted: [B, T, 52] weights.
            visemes: [B, T] int64 class of each moment.
        """
        given = self.weights_of(coordinates)
        off = (given - wanted).abs()
        aside = (coordinates - self.coordinates_of(wanted)) * self.scale
        change = given.diff(dim=1) - wanted.diff(dim=1)
        gap = ((given - wanted) @ self._gap_of_unit).abs()
        closed = (visemes == Viseme.CLOSED) | (visemes == Viseme.TEETH_ON_LIP)
        w = self._weights
        return {
            "units": w.units * (off[..., self._mouth].mean() + off[..., _JAW].mean() / 4),
            "leading": w.leading * aside[..., :_LEADING].abs().mean(),
            "gap": w.gap * (gap * (1 + 2 * closed)).mean(),
            "speed": w.speed * change[..., self._mouth].abs().mean(),
            "visemes": w.visemes
            * functional.cross_entropy(
                scores.flatten(0, 1), visemes.flatten(), label_smoothing=0.05
            ),
        }
