"""Real spherical harmonics up to degree 3: colour that depends on where one looks from.

Order and signs are those of 3D Gaussian Splatting files: within a band from m = -l to l, with the
Condon-Shortley phase. `resources/shaders/harmonics.glsl` is the twin that draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from avatar_core.errors import ShapeError
from avatar_core.gaussians.cloud import degree_from_coefficients
from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

BAND_0 = 0.28209479177387814
"""The constant harmonic; a coefficient c of band 0 adds BAND_0 * c to the colour."""

GREY = 0.5
"""The colour of a Gaussian whose coefficients are all zero."""


def harmonics(directions: Float32 | Float64, degree: int) -> Float64:
    """Values of the (degree + 1)^2 harmonics.

    Args:
        directions: [..., 3] unit vectors.
        degree: 0..3.

    Returns:
        [..., K] float64.

    Source:
        Sloan 2008, "Stupid Spherical Harmonics Tricks", appendix A2; signs as in Kerbl et al.
        2023, 3D Gaussian Splatting.
    """
    x, y, z = np.moveaxis(np.asarray(directions, np.float64), -1, 0)
    return np.stack(harmonic_terms(x, y, z, degree), axis=-1)


def harmonic_terms(x: Any, y: Any, z: Any, degree: int) -> list[Any]:
    """The same, one by one, of whatever can be added and multiplied: arrays or tensors x, y, z."""
    xx, yy, zz = x * x, y * y, z * z
    bands = [
        [BAND_0 + 0.0 * x],
        [-0.4886025119029199 * y, 0.4886025119029199 * z, -0.4886025119029199 * x],
        [
            1.0925484305920792 * x * y,
            -1.0925484305920792 * y * z,
            0.31539156525252005 * (2 * zz - xx - yy),
            -1.0925484305920792 * x * z,
            0.5462742152960396 * (xx - yy),
        ],
        [
            -0.5900435899266435 * y * (3 * xx - yy),
            2.890611442640554 * x * y * z,
            -0.4570457994644658 * y * (4 * zz - xx - yy),
            0.3731763325901154 * z * (2 * zz - 3 * xx - 3 * yy),
            -0.4570457994644658 * x * (4 * zz - xx - yy),
            1.445305721320277 * z * (xx - yy),
            -0.5900435899266435 * x * (xx - 3 * yy),
        ],
    ]
    return [value for band in bands[: degree + 1] for value in band]


def seen_colours(sh: Float32, directions: Float32) -> Float32:
    """Display colours of Gaussians as seen along some directions.

    Args:
        sh: [N, K, 3] coefficients.
        directions: [N, 3] unit vectors from the eye to each Gaussian, in the axes of `sh`.

    Returns:
        [N, 3] RGB, not below 0; above 1 is left to the display.
    """
    expect_shapes(sh=(sh, "N K 3"), directions=(directions, "N 3"))
    values = harmonics(directions, degree_from_coefficients(sh.shape[1]))
    colours = GREY + np.einsum("nk,nkc->nc", values, sh)
    shown: Float32 = np.maximum(colours, 0).astype(np.float32)
    return shown


def sh_from_colours(colours: Float32, coefficients: int = 1) -> Float32:
    """Coefficients [N, K, 3] of Gaussians that show colours [N, 3] from everywhere."""
    expect_shapes(colours=(colours, "N 3"))
    sh = np.zeros((len(colours), coefficients, 3), np.float32)
    sh[:, 0] = (colours - GREY) / BAND_0
    return sh


def band_rotations(rotations: Float32, degree: int) -> list[Float64]:
    """Matrices that turn the coefficients of each band.

    A turned harmonic is a mix of the harmonics of its own band. So it is enough to look at the
    turned function along as many directions as a band has members, and solve for the mix.

    Args:
        rotations: [..., 3, 3] matrices acting on column vectors.
        degree: 0..3.

    Returns:
        For each band l = 0..degree a matrix [..., 2l+1, 2l+1]: new = matrix @ old.
    """
    if rotations.shape[-2:] != (3, 3):
        raise ShapeError(f"rotations: expected [..., 3, 3], got {list(rotations.shape)}")
    # The turned function looks along d as the old one did along R^T d; rows of P @ R are R^T p.
    looked_back = _PROBES @ np.asarray(rotations, np.float64)
    before = harmonics(looked_back, degree)
    bands = [slice(band * band, (band + 1) ** 2) for band in range(degree + 1)]
    return [_PROBE_INVERSES[i] @ before[..., band] for i, band in enumerate(bands)]


def rotated_sh(sh: Float32, rotations: Float32) -> Float32:
    """Coefficients of Gaussians that were turned, colours and all.

    Args:
        sh: [N, K, 3] coefficients.
        rotations: [3, 3] for all of them, or [N, 3, 3] for each its own; old to new axes.

    Returns:
        [N, K, 3]: `seen_colours(rotated_sh(sh, R), R d)` equals `seen_colours(sh, d)`.

    Raises:
        ShapeError: shapes disagree.
    """
    sizes = expect_shapes(sh=(sh, "N K 3"))
    if rotations.shape not in {(3, 3), (sizes["N"], 3, 3)}:
        raise ShapeError(f"rotations: expected [3, 3] or [N, 3, 3], got {list(rotations.shape)}")
    result = np.array(sh, np.float32)
    degree = degree_from_coefficients(sizes["K"])
    for band, matrices in enumerate(band_rotations(rotations, degree)):
        part = slice(band * band, (band + 1) ** 2)
        result[:, part] = matrices.astype(np.float32) @ sh[:, part]
    return result


def _spread_directions(count: int) -> Float64:
    """Points of a Fibonacci spiral: evenly spread, and in no band's zero set all at once."""
    index = np.arange(count) + 0.5
    height = 1 - 2 * index / count
    angle = np.pi * (1 + np.sqrt(5)) * index
    radius = np.sqrt(1 - height * height)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=-1)


# Twice the members of the largest band: the least-squares solution stays well conditioned.
_PROBES = _spread_directions(14)
_PROBE_INVERSES = [
    np.linalg.pinv(harmonics(_PROBES, 3)[:, band * band : (band + 1) ** 2]) for band in range(4)
]
