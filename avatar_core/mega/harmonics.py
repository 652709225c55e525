"""Real spherical harmonics in torch: the twin of `gaussians.harmonics` that learns."""

from __future__ import annotations

import torch
from torch import Tensor

from avatar_core.gaussians.harmonics import BAND_0


def harmonics(directions: Tensor, degree: int) -> Tensor:
    """Values [N, (degree + 1)^2] of the harmonics along unit vectors [N, 3]; degree 0..3.

    Order and signs are those of `gaussians.harmonics.harmonics`.
    """
    x, y, z = directions.unbind(-1)
    xx, yy, zz = x * x, y * y, z * z
    bands = [[torch.full_like(x, BAND_0)]]
    if degree >= 1:
        bands.append([-0.4886025119029199 * y, 0.4886025119029199 * z, -0.4886025119029199 * x])
    if degree >= 2:
        bands.append(
            [
                1.0925484305920792 * x * y,
                -1.0925484305920792 * y * z,
                0.31539156525252005 * (2 * zz - xx - yy),
                -1.0925484305920792 * x * z,
                0.5462742152960396 * (xx - yy),
            ]
        )
    if degree >= 3:
        bands.append(
            [
                -0.5900435899266435 * y * (3 * xx - yy),
                2.890611442640554 * x * y * z,
                -0.4570457994644658 * y * (4 * zz - xx - yy),
                0.3731763325901154 * z * (2 * zz - 3 * xx - 3 * yy),
                -0.4570457994644658 * x * (4 * zz - xx - yy),
                1.445305721320277 * z * (xx - yy),
                -0.5900435899266435 * x * (xx - 3 * yy),
            ]
        )
    return torch.stack([value for band in bands for value in band], -1)
