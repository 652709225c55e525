"""Mouth space: the coordinates of a face that speech moves, and the rest it leaves alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import expect_shapes
from avatar_core.motion import ARKIT_UNITS, ChannelGroup
from avatar_core.motion.channels import group_of_unit

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

_MOUTH_GROUPS = {ChannelGroup.JAW, ChannelGroup.LIPS, ChannelGroup.TONGUE}

IS_MOUTH_UNIT = np.array(
    [group_of_unit(name) in _MOUTH_GROUPS or name == "cheekPuff" for name in ARKIT_UNITS]
)
"""[52] which ARKit units belong to the mouth."""


@dataclass(frozen=True, slots=True, eq=False)
class MouthSpace:
    """Principal components of mouths in motion.

    A face splits into its mouth coordinates and a complement, which holds brows, lids, gaze, and
    what of the mouth no speech ever moves.

    Args:
        mean: [52] weights in the middle of the mouths it was made from.
        basis: [K, 52] orthonormal rows, zero for units that are none of the mouth.
        scale: [K] spread of each coordinate; coordinates are given in these.

    Source:
        Drobyshev et al. 2024, EMOPortraits, arXiv:2404.19110, supplement: components of
        expressions of a moving mouth isolate what speech moves.
    """

    mean: Float32
    basis: Float32
    scale: Float32

    def __post_init__(self) -> None:
        expect_shapes(mean=(self.mean, "52"), basis=(self.basis, "K 52"), scale=(self.scale, "K"))

    @property
    def size(self) -> int:
        return len(self.scale)

    @classmethod
    def of(cls, weights: Float32, size: int) -> MouthSpace:
        """The `size` strongest components of weights [T, 52], T >= size.

        Components that do not vary at all get the scale 1, so that dividing by it is safe.
        """
        expect_shapes(weights=(weights, "T 52"))
        mouths = np.where(IS_MOUTH_UNIT, weights, 0).astype(np.float64)
        mean = mouths.mean(0)
        covariance = np.cov((mouths - mean).T)
        variances, vectors = np.linalg.eigh(covariance)
        strongest = np.argsort(-variances)[:size]
        basis = np.where(IS_MOUTH_UNIT, vectors[:, strongest].T, 0)
        # The sign of a component is arbitrary: its largest part is made positive.
        largest = np.take_along_axis(basis, np.abs(basis).argmax(1)[:, None], 1)
        scale = np.sqrt(np.maximum(variances[strongest], 0))
        return cls(
            mean=mean.astype(np.float32),
            basis=(basis * np.sign(largest)).astype(np.float32),
            scale=np.where(scale > 1e-6, scale, 1).astype(np.float32),
        )

    def coordinates(self, weights: Float32) -> Float32:
        """Mouth coordinates [..., K] of weights [..., 52]."""
        coordinates = ((weights - self.mean) @ self.basis.T) / self.scale
        return coordinates.astype(np.float32)

    def weights(self, coordinates: Float32) -> Float32:
        """Weights [..., 52], 0..1, of mouth coordinates [..., K]; zero outside the mouth."""
        weights = self.mean + (coordinates * self.scale) @ self.basis
        return np.clip(weights, 0.0, 1.0).astype(np.float32)

    def mixed(self, face: Float32, speech: Float32, share: float) -> Float32:
        """A face with the mouth coordinates of another one; its complement stays.

        Args:
            face: [..., 52] weights, of a picture.
            speech: [..., 52] weights, of the sound.
            share: 0..1 how much of the mouth coordinates the sound takes.
        """
        moved = np.float32(share) * ((speech - face) @ self.basis.T) @ self.basis
        return np.clip(face + moved, 0.0, 1.0).astype(np.float32)
