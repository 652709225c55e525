"""Losses against the reference implementation and by their properties."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from avatar_core.mega.encodings import SinCosEncoding
from avatar_core.training import losses

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "mega" / "losses.safetensors"


def test_ssim() -> None:
    fixture = load_file(GOLDEN)
    value = losses.ssim(fixture["in.a"], fixture["in.b"])
    torch.testing.assert_close(value, fixture["out.ssim"][0], atol=1e-6, rtol=0)
    assert losses.ssim(fixture["in.a"], fixture["in.a"]) > 1 - 1e-6


def test_normals_from_depth() -> None:
    fixture = load_file(GOLDEN)
    normals = losses.normals_from_depth(fixture["in.depth"])
    torch.testing.assert_close(normals, fixture["out.normals"], atol=1e-5, rtol=0)


def test_sine_cosine_encodings() -> None:
    fixture = load_file(GOLDEN)
    for frequencies in (4, 6):
        codes = SinCosEncoding(frequencies)(fixture["in.pe_x"])
        torch.testing.assert_close(codes, fixture[f"out.pe{frequencies}"], atol=1e-5, rtol=0)


def test_depth_loss_ignores_what_is_far_off() -> None:
    depth = torch.tensor([[100.0, 100.0], [100.0, 100.0]])
    wanted = torch.tensor([[101.0, 150.0], [100.0, 0.0]])
    mask = torch.tensor([[1.0, 1.0], [1.0, 0.0]])
    assert losses.depth_loss(depth, wanted, mask, 5.0) == 0.25


def test_rigid_motion_keeps_neighbours() -> None:
    points = torch.randn(20, 3, generator=torch.Generator().manual_seed(2))
    neighbours = torch.randint(0, 20, (20, 4), generator=torch.Generator().manual_seed(3))
    turned = points @ torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]).T + 3
    assert losses.neighbour_loss(points, turned, neighbours) < 1e-6
    assert losses.neighbour_loss(points, 2 * points, neighbours) > 0.1


def test_covariance_of_an_unrotated_gaussian_is_diagonal() -> None:
    quats, scales = torch.tensor([[1.0, 0, 0, 0]]), torch.tensor([[1.0, 2.0, 3.0]])
    assert losses.covariances(quats, scales)[0].tolist() == [1, 0, 0, 4, 0, 9]
