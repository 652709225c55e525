"""The learning harmonics against those that files and shaders follow."""

import numpy as np
import pytest
import torch

from avatar_core.gaussians.harmonics import harmonics as numpy_harmonics
from avatar_core.mega.harmonics import harmonics


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_equal_the_twin_without_torch(degree: int) -> None:
    directions = np.random.default_rng(3).normal(size=(50, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    values = harmonics(torch.from_numpy(directions), degree)
    assert values.shape == (50, (degree + 1) ** 2)
    np.testing.assert_allclose(values.numpy(), numpy_harmonics(directions, degree), atol=1e-12)
