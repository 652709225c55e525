"""Compiled texture look-ups against torch's grid_sample, forward and backward."""

from __future__ import annotations

import torch

from avatar_core.mega import textures
from avatar_core.raster.texels import sample_texels


def test_values_and_gradients_match_grid_sample() -> None:
    generator = torch.Generator().manual_seed(5)
    texture = torch.randn(1, 12, 33, 40, generator=generator).requires_grad_()
    uv = (torch.rand(500, 2, generator=generator) * 2 - 1).requires_grad_()
    wanted = torch.randn(500, 12, generator=generator)
    results = []
    for sample in (
        lambda: textures.sample_texels(texture, uv),
        lambda: sample_texels(texture[0].permute(1, 2, 0), uv),
    ):
        texture.grad = uv.grad = None
        values = sample()
        (values * wanted).sum().backward()
        results.append((values.detach(), texture.grad, uv.grad))
    for theirs, ours, tolerance in zip(*results, (2e-5, 2e-5, 2e-3), strict=True):
        assert theirs is not None
        torch.testing.assert_close(ours, theirs, atol=tolerance, rtol=1e-4)


def test_corners_are_the_outermost_texels() -> None:
    texture = torch.arange(12.0).view(3, 4, 1)
    uv = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0], [3.0, 3.0]])
    assert sample_texels(texture, uv)[:, 0].tolist() == [0, 3, 8, 11, 11]
