from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import pytest

from avatar_core.gaussians import GaussianCloud

if TYPE_CHECKING:
    from avatar_core.geometry import Float32


class MakeCloud(Protocol):
    def __call__(self, count: int, coefficients: int = 1, seed: int = 0) -> GaussianCloud: ...


def unit(vectors: Float32) -> Float32:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture
def make_cloud() -> MakeCloud:
    """Random sound clouds about 20 cm across."""

    def make(count: int, coefficients: int = 1, seed: int = 0) -> GaussianCloud:
        rng = np.random.default_rng(seed)
        return GaussianCloud(
            means=rng.uniform(-0.1, 0.1, (count, 3)).astype(np.float32),
            quats=unit(rng.normal(0, 1, (count, 4))),
            scales=np.exp(rng.uniform(-8, -4, (count, 3))).astype(np.float32),
            opacities=rng.uniform(0.02, 1, count).astype(np.float32),
            sh=rng.normal(0, 0.5, (count, coefficients, 3)).astype(np.float32),
            flags=np.zeros(count, np.uint8),
        )

    return make
