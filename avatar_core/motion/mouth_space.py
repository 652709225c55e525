"""Mouth space: the coordinates of a face that speech moves, and the rest it leaves alone."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import WeightsError
from avatar_core.geometry import expect_shapes
from avatar_core.motion.channels import ChannelGroup, group_of_unit
from avatar_core.motion.motion import ARKIT_UNITS
from avatar_core.resources import resource_path

if TYPE_CHECKING:
    from avatar_core.geometry import Float32

SPACE_ARRAYS = ("mouth_mean", "mouth_basis", "mouth_scale")
"""What the arrays of a space are called in files."""

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

    def exchanged(self, difference: Float32, share: Float32 | float) -> Float32:
        """What a face [..., 52] gains that takes mouth coordinates from another one.

        Args:
            difference: [..., 52] weights of the other face less those of this one.
            share: 0..1 how much of the coordinates it takes; one for all units, or [52] for each:
                those of 0 neither count nor move.
        """
        root = np.sqrt(share)
        gained = root * ((root * difference) @ self.basis.T @ self.basis)
        return gained.astype(np.float32)

    def mixed(self, face: Float32, speech: Float32, share: float) -> Float32:
        """A face with the mouth coordinates of another one; its complement stays.

        Args:
            face: [..., 52] weights, of a picture.
            speech: [..., 52] weights, of the sound.
            share: 0..1 how much of the mouth coordinates the sound takes.
        """
        mixed: Float32 = np.clip(face + self.exchanged(speech - face, share), 0.0, 1.0)
        return mixed.astype(np.float32)


@cache
def spoken_space() -> MouthSpace:
    """What speech alone moves, in a face without a mood: what it takes of a mouth it shares.

    `resources/models/make_spoken_mouth.py` makes it.

    Raises:
        AvatarError: the file of it is missing or damaged.
    """
    path = resource_path("models", "spoken_mouth.npz")
    try:
        with np.load(path, allow_pickle=False) as file:
            return MouthSpace(*(np.asarray(file[name], np.float32) for name in SPACE_ARRAYS))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as reason:
        raise WeightsError(f"{path.name} is damaged.", "Reinstall avatar-studio.") from reason
