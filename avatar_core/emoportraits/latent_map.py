"""From weights to the expression latents of a portrait model, and regions of the face in a latent.

With the map, sliders, takes, phones and speech drive portraits as they drive avatars. The other way
it tells what part of a latent belongs to the mouth or the lids.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.geometry import Float32, expect_shapes
from avatar_core.motion import ARKIT_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from avatar_core.geometry.shapes import AnyArray, Float64

_LEAST = 1e-12
_RIDGES = 10.0 ** np.arange(-7, 3)
"""Strengths that are tried, in mean variances of the inputs."""
_RECOGNITION_RIDGE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class LatentMap:
    """From weights to the latent of a model: what lets sliders, takes and phones drive a portrait.

    Args:
        neutral: [Z] latent of all weights at zero.
        slopes: [K, Z] what each weight adds.
        products: [K (K + 1) / 2, Z] what each product of two weights adds, in the order of
            `numpy.triu_indices`; no rows for a linear map.
        explained: [1] share of the latents' variance that the map explains, as generalised
            cross-validation expects it for other latents.
    """

    neutral: Float32
    slopes: Float32
    products: Float32
    explained: Float32

    def __post_init__(self) -> None:
        sizes = expect_shapes(
            neutral=(self.neutral, "Z"),
            slopes=(self.slopes, "K Z"),
            products=(self.products, "P Z"),
            explained=(self.explained, "1"),
        )
        pairs = sizes["K"] * (sizes["K"] + 1) // 2
        if sizes["P"] not in (0, pairs):
            raise ShapeError(f"products: expected 0 or {pairs} rows, got {sizes['P']}")

    def apply(self, weights: Float32) -> Float32:
        """Latents [..., Z] of weights [..., K]."""
        latent = self.neutral + weights @ self.slopes
        if len(self.products):
            latent = latent + _products(weights) @ self.products
        return latent.astype(np.float32)

    def arrays(self) -> dict[str, Float32]:
        """What a file keeps of it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, AnyArray]) -> LatentMap:
        """The map that `arrays` came from.

        Raises:
            KeyError: one is missing.
            ShapeError: they do not fit together.
        """
        return cls(*(np.asarray(arrays[field.name], np.float32) for field in fields(cls)))


def fit_latent_map(
    weights: Float32, latents: Float32, *, quadratic: bool = False, ridge: float | None = None
) -> LatentMap:
    """A map from weights to latents, by ridge regression on frames where both are known.

    Args:
        weights: [N, K], N > 1; the 52 of `ARKIT_UNITS` first, then others (gaze) if any.
        latents: [N, Z] what the model sees in the same frames.
        quadratic: products of two weights count too: an open mouth smiles otherwise.
        ridge: strength in mean variances of the inputs; chosen by generalised cross-validation
            where it is left out.

    Source:
        Golub, Heath, Wahba 1979, Generalized cross-validation as a method for choosing a good
        ridge parameter.
    """
    sizes = expect_shapes(weights=(weights, "N K"), latents=(latents, "N Z"))
    if sizes["N"] < 2:
        raise ShapeError(f"weights: expected at least 2 rows, got {sizes['N']}")
    inputs = weights.astype(np.float64)
    if quadratic:
        inputs = np.concatenate([inputs, _products(inputs)], 1)
    middle, target_middle = inputs.mean(0), latents.mean(0, dtype=np.float64)
    local, target = inputs - middle, latents - target_middle
    strengths, axes = np.linalg.eigh(local.T @ local)
    strengths = strengths.clip(0)
    seen = axes.T @ (local.T @ target)
    unit = max(float(strengths.sum() / len(strengths)), _LEAST)
    errors = [_expected_error(strengths, seen, target, unit * r) for r in _RIDGES]
    chosen = unit * (ridge if ridge is not None else float(_RIDGES[int(np.argmin(errors))]))
    matrix = axes @ (seen / (strengths + chosen)[:, None])
    variance = max(float((target**2).sum()), _LEAST)
    explained = 1 - _expected_error(strengths, seen, target, chosen) / variance
    return LatentMap(
        neutral=(target_middle - middle @ matrix).astype(np.float32),
        slopes=matrix[: sizes["K"]].astype(np.float32),
        products=matrix[sizes["K"] :].astype(np.float32),
        explained=np.array([explained], np.float32),
    )


def _expected_error(strengths: Float64, seen: Float64, target: Float64, ridge: float) -> float:
    """Squared error over all rows that generalised cross-validation expects."""
    power = (seen**2).sum(1) / np.maximum(strengths, _LEAST)
    used = strengths > _LEAST
    share = np.where(used, strengths / (strengths + ridge), 0)
    left = (target**2).sum() - (power * (1 - (1 - share) ** 2))[used].sum()
    freedom = max(1 - (share.sum() + 1) / len(target), 1e-3)
    return float(max(left, 0) / freedom**2)


def _products(weights: NDArray[np.floating[Any]]) -> Float64:
    """Products [..., K (K + 1) / 2] of every two weights, squares included."""
    first, second = np.triu_indices(weights.shape[-1])
    return (weights[..., first] * weights[..., second]).astype(np.float64)


REGIONS: dict[str, tuple[str, ...]] = {
    "mouth": ("jaw", "mouth", "tongue", "cheekPuff"),
    "upper face": ("brow", "cheekSquint", "noseSneer"),
    "lids": ("eyeBlink", "eyeSquint", "eyeWide"),
    "gaze": ("eyeLook",),
}
"""How names of units begin that belong to a region; each unit belongs to one."""


def region_units(region: str, inputs: int = len(ARKIT_UNITS)) -> list[int]:
    """Which inputs of a map move a region; those after the 52 units are the gaze.

    Args:
        region: one of `REGIONS`.
        inputs: K of the map.
    """
    units = [i for i, name in enumerate(ARKIT_UNITS) if name.startswith(REGIONS[region])]
    return units + (list(range(len(ARKIT_UNITS), inputs)) if region == "gaze" else [])


def region_gained(
    latent: Float32,
    latent_map: LatentMap,
    gains: Mapping[str, float],
    *,
    intensity: float = 1.0,
    neutral: Float32 | None = None,
) -> Float32:
    """A latent with regions of the face made stronger or weaker.

    What the latent has beyond neutral is read as weights, as well as the map allows. Each region
    then moves by its gain less one; what no weight explains stays. Last, all that goes beyond
    neutral is multiplied by the intensity.

    Args:
        latent: [..., Z].
        latent_map: of the model, its inputs the 52 units and perhaps the gaze.
        gains: by names of `REGIONS`; 1 for those left out.
        intensity: 0 gives the neutral face, 1 leaves the expression.
        neutral: [Z] latent of the face at rest; the map's where it is left out.
    """
    rest = latent_map.neutral if neutral is None else neutral
    beyond = (latent - rest).astype(np.float64)
    factors = np.zeros(len(latent_map.slopes))
    for region, gain in gains.items():
        factors[region_units(region, len(factors))] = gain - 1
    if factors.any():
        read = recognised(latent_map, beyond)
        beyond = beyond + (factors * read) @ latent_map.slopes
    return (rest + intensity * beyond).astype(np.float32)


def recognised(latent_map: LatentMap, beyond: NDArray[np.floating[Any]]) -> Float64:
    """Weights [..., K] that best explain a step [..., Z] away from the neutral latent.

    Least squares on the linear part of the map, with a small ridge that shares between weights that
    do the same; not limited to 0..1.
    """
    slopes: Float64 = latent_map.slopes.astype(np.float64)
    square: Float64 = slopes @ slopes.T
    square += max(_RECOGNITION_RIDGE * np.trace(square) / len(square), _LEAST) * np.eye(len(square))
    return np.linalg.solve(square, slopes @ beyond.astype(np.float64).T).T.astype(np.float64)
