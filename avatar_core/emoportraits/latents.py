"""Expression latents of a portrait model: how wide their space is, and sliders to move in it.

A latent is a vector without metric meaning; `latent_map` leads to it from the 52 weights that drive
everything else in the studio.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry.shapes import Float64

_STILL = 1e-12
"""Variance below which a number of the latent counts as never moving."""


def auc_z(latents: Float32) -> float:
    """How narrow the space of latents is, 0.5 (all directions alike) to 1 (one direction).

    The mean over i of the variance that the first i principal components explain, each number of
    the latent counting alike. Lower is wider and more expressive.

    Args:
        latents: [N, Z] of many expressions, N > 1.

    Source:
        Drobyshev et al., EMOPortraits, arXiv:2404.19110, equation 1; 0.80 there for the full
        model, 0.89 for MegaPortraits fine-tuned on the same data.
    """
    return float(np.cumsum(_explained(latents)).mean())


def components_for(latents: Float32, share: float = 0.99) -> int:
    """How many principal components of standardised latents [N, Z] explain a share of the variance.

    The released code logs 0.99, 0.999 and 0.9999.
    """
    return int(np.searchsorted(np.cumsum(_explained(latents)), share - 1e-9)) + 1


def _explained(latents: Float32) -> Float64:
    """Share of the variance along each principal component [Z], largest first."""
    count = expect_shapes(latents=(latents, "N Z"))["N"]
    if count < 2:
        raise ShapeError(f"latents: expected at least 2, got {count}")
    local = latents.astype(np.float64) - latents.mean(0, dtype=np.float64)
    variance = local.var(0)
    moving = variance > _STILL
    if not moving.any():
        raise ShapeError("latents: all are the same")
    standard = local[:, moving] / np.sqrt(variance[moving])
    shares = np.zeros(len(variance))
    found = np.linalg.eigvalsh(standard.T @ standard)[::-1].clip(0)
    shares[: len(found)] = found / found.sum()
    return shares


@dataclass(frozen=True, slots=True, eq=False)
class LatentBasis:
    """Principal components of expression latents, as sliders.

    Args:
        mean: [Z].
        axes: [K, Z] orthonormal, the strongest first.
        deviations: [K] standard deviation along each; what a slider at 1 moves.
    """

    mean: Float32
    axes: Float32
    deviations: Float32

    def __post_init__(self) -> None:
        expect_shapes(
            mean=(self.mean, "Z"), axes=(self.axes, "K Z"), deviations=(self.deviations, "K")
        )

    def to_sliders(self, latent: Float32) -> Float32:
        """Places [..., K] of latents [..., Z] in standard deviations."""
        return ((latent - self.mean) @ self.axes.T / self.deviations).astype(np.float32)

    def from_sliders(self, sliders: Float32, latent: Float32 | None = None) -> Float32:
        """The latent [..., Z] at these sliders [..., K].

        Args:
            sliders: in standard deviations.
            latent: [..., Z] from which all is kept that no slider reaches; the mean without it.
        """
        if latent is None:
            latent = self.mean
        change = (sliders - self.to_sliders(latent)) * self.deviations
        return (latent + change @ self.axes).astype(np.float32)


def fit_latent_basis(latents: Float32, count: int = 12) -> LatentBasis:
    """The strongest principal components of latents.

    Directions are turned so that the largest number of each is positive: fitting again does not
    flip sliders.

    Args:
        latents: [N, Z], N > 1.
        count: most components wanted; fewer come where the latents move in fewer directions.
    """
    rows = expect_shapes(latents=(latents, "N Z"))["N"]
    if rows < 2:
        raise ShapeError(f"latents: expected at least 2, got {rows}")
    mean = latents.mean(0, dtype=np.float64)
    _, singular, axes = np.linalg.svd(latents - mean, full_matrices=False)
    deviations = singular / np.sqrt(rows)
    kept = int((deviations[:count] ** 2 > _STILL).sum())
    largest = np.abs(axes[:kept]).argmax(1)
    axes = axes[:kept] * np.sign(axes[np.arange(kept), largest])[:, None]
    return LatentBasis(
        mean.astype(np.float32), axes.astype(np.float32), deviations[:kept].astype(np.float32)
    )
