"""How fast Gaussians are trained: the compiled rasteriser against its torch twins."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.geometry import Camera, look_at

if TYPE_CHECKING:
    from torch import Tensor

    from avatar_core.mega.hair import SplatInputs
    from avatar_core.raster.splats import SplatBackend

_REPEATS = 9
_GRADIENT_COUNT = 400
_GRADIENT_SIZE_PX = 48
_SPREAD = 0.15


def run(count: int = 20_000, size_px: int = 256) -> dict[str, float]:
    """One training step: projection, picture, loss, gradient.

    Returns:
        `splat_step_ms` (median), `splat_step_ratio`: tile-batched torch twin ÷ ours, both the best
        of their runs; `splat_grad_error`: largest relative difference of any gradient from the
        dense twin, over 400 Gaussians.
    """
    from avatar_core.raster.splats import SplatBackend
    from avatar_core.training.threads import use_threads

    use_threads(0)
    ours = _step_times(SplatBackend.NUMBA, count, size_px, _REPEATS)
    twin = _step_times(SplatBackend.TORCH_TILES, count, size_px, 2)
    return {
        "splat_step_ms": round(1000 * float(np.median(ours)), 2),
        "splat_step_ratio": round(min(twin) / min(ours), 2),
        "splat_grad_error": _gradient_error(),
    }


def _step_times(backend: SplatBackend, count: int, size_px: int, repeats: int) -> list[float]:
    """Seconds of each step after one that warms up."""
    inputs = _shell(count, 0.012)
    times = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        _gradients(inputs, backend, size_px)
        times.append(time.perf_counter() - started)
    return times[1:]


def _gradient_error() -> float:
    from avatar_core.raster.splats import SplatBackend

    inputs = _shell(_GRADIENT_COUNT, 0.06)
    pairs = zip(
        _gradients(inputs, SplatBackend.NUMBA, _GRADIENT_SIZE_PX),
        _gradients(inputs, SplatBackend.TORCH_DENSE, _GRADIENT_SIZE_PX),
        strict=True,
    )
    return max(float((ours - twin).norm() / twin.norm()) for ours, twin in pairs)


def _gradients(inputs: SplatInputs, backend: SplatBackend, size_px: int) -> list[Tensor]:
    import torch

    from avatar_core.raster.splats import rasterize_splats

    for value in inputs:
        value.grad = None
    image = rasterize_splats(*inputs, _camera(size_px), backend=backend)
    target = torch.full_like(image.rgb, 0.4)
    loss = (image.rgb - target).square().mean() + image.alpha.mean() + 0.1 * image.depth.mean()
    torch.autograd.backward(loss)
    return [value.grad for value in inputs if value.grad is not None]


def _shell(count: int, scale_m: float) -> SplatInputs:
    """Random Gaussians in a thick shell of radius 1."""
    import torch

    from avatar_core.mega.hair import SplatInputs

    rng = np.random.default_rng(0)
    means = rng.standard_normal((count, 3))
    means *= (1 + _SPREAD * rng.random((count, 1))) / np.linalg.norm(means, axis=1, keepdims=True)
    scales = scale_m * np.exp(0.3 * rng.standard_normal((count, 3))) * (2.0, 1.0, 1.0)
    arrays = (
        means,
        rng.standard_normal((count, 4)),
        scales,
        rng.uniform(0.3, 0.9, count),
        rng.random((count, 3)),
    )
    tensors = (torch.tensor(a, dtype=torch.float32, requires_grad=True) for a in arrays)
    return SplatInputs(*tensors)


def _camera(size_px: int) -> Camera:
    view = look_at(np.array([0.0, 0.0, 3.2], np.float32), np.zeros(3, np.float32))
    return Camera.from_fov(view, 2 * np.arctan(0.5 / 1.1), size_px, size_px)
