"""3D Gaussians as plain arrays, linear values, RGB."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, UInt8, expect_shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

SELECTED, HIDDEN, LOCKED, DELETED = 1, 2, 4, 8
"""Bits of `GaussianCloud.flags`."""

CLOUD_ARRAYS = ("means", "quats", "scales", "opacities", "sh", "flags")
"""Of a `GaussianCloud`, in its order."""


@dataclass(frozen=True, slots=True, eq=False)
class GaussianCloud:
    """N anisotropic Gaussians. Logs, logits and BGR exist only inside file readers.

    Args:
        means: [N, 3] metres.
        quats: [N, 4] unit quaternions wxyz, Gaussian axes to world.
        scales: [N, 3] standard deviations along the axes, metres, positive.
        opacities: [N] 0..1.
        sh: [N, K, 3] RGB harmonic coefficients, K = 1, 4, 9 or 16;
            colour = 0.5 + sum of coefficient times basis, display values 0..1.
        flags: [N] bits SELECTED, HIDDEN, LOCKED, DELETED.

    Raises:
        ShapeError: arrays disagree in N or K is no square of 1..4.
    """

    means: Float32
    quats: Float32
    scales: Float32
    opacities: Float32
    sh: Float32
    flags: UInt8

    def __post_init__(self) -> None:
        sizes = expect_shapes(
            means=(self.means, "N 3"),
            quats=(self.quats, "N 4"),
            scales=(self.scales, "N 3"),
            opacities=(self.opacities, "N"),
            sh=(self.sh, "N K 3"),
            flags=(self.flags, "N"),
        )
        degree_from_coefficients(sizes["K"])

    @classmethod
    def empty(cls, coefficients: int = 1) -> GaussianCloud:
        """A cloud without Gaussians."""
        return cls(
            np.zeros((0, 3), np.float32),
            np.zeros((0, 4), np.float32),
            np.zeros((0, 3), np.float32),
            np.zeros(0, np.float32),
            np.zeros((0, coefficients, 3), np.float32),
            np.zeros(0, np.uint8),
        )

    def __len__(self) -> int:
        return len(self.means)

    @property
    def degree(self) -> int:
        """Degree of the spherical harmonics, 0..3."""
        return degree_from_coefficients(self.sh.shape[1])

    def subset(self, index: Any) -> GaussianCloud:
        """The Gaussians picked by an index array, a boolean mask or a slice."""
        return GaussianCloud(*(getattr(self, name)[index] for name in CLOUD_ARRAYS))

    def followed_by(self, other: GaussianCloud) -> GaussianCloud:
        """These Gaussians and then others, which have as many coefficients."""
        return joined([self, other])

    def is_same_as(self, other: GaussianCloud) -> bool:
        """Whether both hold the very same numbers."""
        return self is other or all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in CLOUD_ARRAYS
        )

    def moved(self, means: Float32, quats: Float32) -> GaussianCloud:
        """The same Gaussians elsewhere. The caller rotates `sh` when it matters."""
        return replace(self, means=means, quats=quats)


def joined(clouds: Sequence[GaussianCloud]) -> GaussianCloud:
    """Clouds, one or more with as many coefficients, as one, in their order."""
    return GaussianCloud(
        *(np.concatenate([getattr(each, name) for each in clouds]) for name in CLOUD_ARRAYS)
    )


def degree_from_coefficients(coefficients: int) -> int:
    """Degree 0..3 of a set of K = (degree + 1)^2 coefficients.

    Raises:
        ShapeError: K is not 1, 4, 9 or 16.
    """
    degrees = {1: 0, 4: 1, 9: 2, 16: 3}
    if coefficients not in degrees:
        raise ShapeError(f"sh: expected 1, 4, 9 or 16 coefficients, got {coefficients}")
    return degrees[coefficients]
