"""HeadSpace: from the world of a performing avatar into the space of its neutral head, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from avatar_core.frame import AvatarFrame
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.geometry import Float32

_MOST_SAMPLES = 4096


@dataclass(frozen=True, slots=True, eq=False)
class HeadSpace:
    """How the hair as a whole is turned and placed at one moment.

    Args:
        turn: [3, 3] a rotation.
        shift: [3] metres; a place x of the neutral head is at turn x + shift.
    """

    turn: Float32
    shift: Float32

    @classmethod
    def of(cls, frame: AvatarFrame, base: GaussianCloud) -> Self:
        """That of a frame evaluated for the hairstyle `base` without edits."""
        u, _, vt = np.linalg.svd(frame.hair_turn.astype(np.float64))
        turn = np.asarray(u @ vt, np.float32)
        every = max(len(base) // _MOST_SAMPLES, 1)
        moved = frame.hair_means[::every] - (base.means[::every] @ turn.T)
        # The median, because single Gaussians deform as they like.
        shift = np.median(moved, axis=0) if len(moved) else np.zeros(3)
        return cls(turn, np.asarray(shift, np.float32))

    def local(self, points: Float32) -> Float32:
        """Places [..., 3] of the world in the space of the neutral head."""
        return np.asarray((points - self.shift) @ self.turn, np.float32)

    def local_direction(self, directions: Float32) -> Float32:
        """Directions [..., 3] of the world in the space of the neutral head."""
        return np.asarray(directions @ self.turn, np.float32)

    def world(self, points: Float32) -> Float32:
        """Places [..., 3] of the neutral head's space in the world."""
        return np.asarray(points @ self.turn.T + self.shift, np.float32)
