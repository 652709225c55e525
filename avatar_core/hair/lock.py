"""A lock of hair: what looks alike, runs alike and lies together with one Gaussian."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Float32, Int32, expect_shapes
from avatar_core.hair.colour import CONES_FROM_LINEAR, LAB_FROM_ROOTS, oklab_from_srgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from avatar_core.geometry.shapes import Float64

_COLOUR = 0.25
"""OKLab distance from the seed's colour, at tolerance 1."""

_TURN = 1.0
"""One less the cosine between neighbours."""

_STEP_M, _ASIDE_M = 0.03, 0.02
"""Between neighbours; to the side of the strand through the seed."""

_SOFT_FROM = 0.6
"""Of the way out, where the border begins to fade."""

_LEAST_TOLERANCE = 0.02

OKLAB_MATRICES = np.stack([CONES_FROM_LINEAR, LAB_FROM_ROOTS])
"""[2, 3, 3] what the compiled twin of `oklab_from_srgb` needs."""


def lock_rows(
    neighbours: Int32,
    means: Float32,
    tangents: Float32,
    colours: Float32,
    seed: int,
    tolerance: float = 0.5,
    mask: NDArray[np.bool_] | None = None,
) -> Float32:
    """How much each Gaussian belongs to the lock of one of them.

    Args:
        neighbours: [M, k] of each, see `Strands`.
        means: [M, 3] metres.
        tangents: [M, 3] unit vectors from root to tip.
        colours: [M, 3] display RGB.
        seed: the row to begin with.
        tolerance: 0..1, how unlike hair may be and still belong.
        mask: [M] those that may belong, such as the ones that are seen; None for all.

    Returns:
        [M] weights 0..1, soft at the border; 1 at the seed.
    """
    sizes = expect_shapes(
        neighbours=(neighbours, "M k"),
        means=(means, "M 3"),
        tangents=(tangents, "M 3"),
        colours=(colours, "M 3"),
    )
    if not 0 <= seed < sizes["M"]:
        raise IndexError(f"seed: expected 0..{sizes['M'] - 1}, got {seed}")
    from avatar_core.hair.lock_kernels import flood

    limits = np.array([_TURN, _STEP_M, _ASIDE_M, _COLOUR]) * max(tolerance, _LEAST_TOLERANCE)
    far = flood(
        np.ascontiguousarray(neighbours, np.int32),
        np.ascontiguousarray(means, np.float32),
        np.ascontiguousarray(tangents, np.float32),
        np.ascontiguousarray(colours, np.float32),
        np.ones(sizes["M"], bool) if mask is None else np.ascontiguousarray(mask, bool),
        seed,
        limits.astype(np.float32),
        OKLAB_MATRICES,
        _colour_around(colours[np.append(seed, neighbours[seed])]),
    )
    fading = ((1 - far) / np.float32(1 - _SOFT_FROM)).clip(0, 1)
    weights: Float32 = fading * fading * (3 - 2 * fading)
    return weights


def _colour_around(colours: Float32) -> Float64:
    """[3] OKLab mean of the first of some colours and of those that look like it."""
    lab = oklab_from_srgb(colours)
    is_like = np.linalg.norm(lab - lab[0], axis=1) < 0.5 * _COLOUR
    middle: Float64 = lab[is_like].mean(axis=0, dtype=np.float64)
    return middle
