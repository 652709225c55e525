"""The compiled splat rasteriser against its readable torch twins."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from avatar_core.errors import ShapeError
from avatar_core.geometry import Camera, look_at
from avatar_core.raster.splats import (
    MEGA_RULE,
    SplatBackend,
    SplatImage,
    SplatRule,
    rasterize_splats,
)

RULES = {"mega": MEGA_RULE, "gsplat": SplatRule(0.999), "gap": SplatRule(0.99, 0.4)}


def camera(width: int = 48, height: int = 40) -> Camera:
    view = look_at(np.array([0, 0, 3.2], np.float32), np.zeros(3, np.float32))
    intrinsics = np.array([[50, 0, width / 2], [0, 50, height / 2], [0, 0, 1]], np.float32)
    return Camera(view, intrinsics, width, height)


def shell(count: int, scale: float, seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    means = torch.randn(count, 3, generator=generator)
    means = means / means.norm(dim=1, keepdim=True)
    means = means * (1 + 0.15 * torch.rand(count, 1, generator=generator))
    scales = torch.exp(torch.randn(count, 3, generator=generator) * 0.3) * scale
    scales[:, 0] *= 2
    return [
        means,
        torch.randn(count, 4, generator=generator),
        scales,
        torch.rand(count, generator=generator) * 0.6 + 0.3,
        torch.rand(count, 3, generator=generator),
    ]


def gradients(backend: SplatBackend, rule: SplatRule) -> tuple[SplatImage, list[Tensor]]:
    inputs = [value.requires_grad_() for value in shell(300, 0.06)]
    image = rasterize_splats(*inputs, camera(), rule=rule, backend=backend)
    target = torch.rand(40, 48, 3, generator=torch.Generator().manual_seed(3))
    loss = (image.rgb - target).square().mean() + image.alpha.mean() + 0.1 * image.depth.mean()
    loss.backward()
    return image, [value.grad for value in inputs if value.grad is not None]


@pytest.mark.parametrize("name", list(RULES))
@pytest.mark.parametrize("backend", [SplatBackend.NUMBA, SplatBackend.TORCH_TILES])
def test_pictures_and_gradients_match_the_dense_twin(name: str, backend: SplatBackend) -> None:
    ours, our_gradients = gradients(backend, RULES[name])
    twin, twin_gradients = gradients(SplatBackend.TORCH_DENSE, RULES[name])
    for field in ("rgb", "alpha", "depth"):
        torch.testing.assert_close(getattr(ours, field), getattr(twin, field), atol=2e-6, rtol=0)
    torch.testing.assert_close(ours.near, twin.near)
    assert torch.equal(ours.contributors, twin.contributors)
    for a, b in zip(our_gradients, twin_gradients, strict=True):
        assert float((a - b).norm() / b.norm()) <= 1e-4


def test_two_runs_are_bit_identical() -> None:
    first, first_gradients = gradients(SplatBackend.NUMBA, MEGA_RULE)
    second, second_gradients = gradients(SplatBackend.NUMBA, MEGA_RULE)
    assert torch.equal(first.rgb, second.rgb)
    assert all(torch.equal(a, b) for a, b in zip(first_gradients, second_gradients, strict=True))


def one(depth: float, opacity: float, scale: float = 0.3) -> list[Tensor]:
    return [
        torch.tensor([[0.0, 0.0, 3.2 - depth]]),
        torch.tensor([[1.0, 0.0, 0.0, 0.0]]),
        torch.full((1, 3), scale),
        torch.tensor([opacity]),
        torch.tensor([[1.0, 0.5, 0.25]]),
    ]


def test_one_gaussian_is_the_closed_formula() -> None:
    image = rasterize_splats(*one(2.0, 0.8), camera())
    variance = (50 * 0.3 / 2.0) ** 2 + 0.3
    rows, columns = np.mgrid[0:40, 0:48]
    squared = (columns + 0.5 - 24) ** 2 + (rows + 0.5 - 20) ** 2
    expected = 0.8 * np.exp(-0.5 * squared / variance)
    expected[expected < 1 / 255] = 0
    np.testing.assert_allclose(image.alpha.numpy(), expected, atol=1e-5)
    np.testing.assert_allclose(image.rgb.numpy()[..., 1], 0.5 * expected, atol=1e-5)
    np.testing.assert_allclose(image.depth.numpy(), 2.0 * expected, atol=5e-5)


def test_near_depths_list_solid_gaussians_in_order() -> None:
    stacked = [torch.cat(parts) for parts in zip(one(1.0, 0.03), one(1.2, 0.5), one(1.21, 0.5),
                                                 strict=True)]  # fmt: skip
    image = rasterize_splats(*stacked, camera())
    centre = image.near[20, 24]
    np.testing.assert_allclose(centre.numpy(), [1.2, 1.21, -1.0], atol=1e-6)
    assert image.contributors[20, 24] == 3


def test_depth_gap_hides_the_far_side() -> None:
    stacked = [torch.cat(parts) for parts in zip(one(1.0, 0.5), one(1.2, 0.9), strict=True)]
    with_gap = rasterize_splats(*stacked, camera(), rule=SplatRule(0.99, 0.1))
    without = rasterize_splats(*stacked, camera(), rule=SplatRule(0.99, math.inf))
    assert with_gap.contributors[20, 24] == 1
    assert without.contributors[20, 24] == 2


def test_nothing_behind_or_close_to_the_camera_is_drawn() -> None:
    for depth in (-1.0, 0.1):
        assert rasterize_splats(*one(depth, 0.9), camera()).alpha.max() == 0


def test_no_gaussians_give_an_empty_picture() -> None:
    empty = [value[:0] for value in one(1.0, 0.5)]
    image = rasterize_splats(*empty, camera())
    assert image.alpha.max() == 0
    assert image.near.max() == -1


def test_not_finite_gaussians_are_left_out() -> None:
    broken = [torch.cat(parts) for parts in zip(one(1.0, 0.5), one(1.1, 0.5), strict=True)]
    broken[0][1] = torch.nan
    image = rasterize_splats(*broken, camera())
    torch.testing.assert_close(image.alpha, rasterize_splats(*one(1.0, 0.5), camera()).alpha)


def test_shapes_are_checked() -> None:
    inputs = shell(5, 0.05)
    inputs[2] = inputs[2][:4]
    with pytest.raises(ShapeError, match="scales"):
        rasterize_splats(*inputs, camera())
