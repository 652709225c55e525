"""Real spherical harmonics that learn."""

from __future__ import annotations

import torch
from torch import Tensor

from avatar_core.gaussians.harmonics import harmonic_terms


def harmonics(directions: Tensor, degree: int) -> Tensor:
    """Values [N, (degree + 1)^2] of the harmonics along unit vectors [N, 3]; degree 0..3.

    Order and signs are those of `gaussians.harmonics.harmonics`.
    """
    x, y, z = directions.unbind(-1)
    return torch.stack(harmonic_terms(x, y, z, degree), -1)
