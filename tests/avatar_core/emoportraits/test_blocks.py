"""Layers: against torch's own spectral norm and against formulas written out."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch import nn

from avatar_core.emoportraits.blocks import (
    AdaptiveGroupNorm,
    LayerStyle,
    Projector,
    ResBlock,
    SpectralConv2d,
    SpectralConv3d,
    SpectralLinear,
    SpectralWeight,
    StandardizedConv2d,
    StandardizedConv3d,
    conv,
    depth_steps,
    initialise,
    resized_volume,
)

STYLE = LayerStyle(groups=4)


@pytest.mark.parametrize(
    ("layer", "plain", "shape"),
    [
        (
            SpectralConv2d(5, 7, 3, padding=1, bias=True),
            nn.Conv2d(5, 7, 3, padding=1),
            (2, 5, 6, 6),
        ),
        (SpectralConv3d(4, 3, 1, bias=False), nn.Conv3d(4, 3, 1, bias=False), (1, 4, 3, 5, 5)),
        (SpectralLinear(6, 9, bias=False), nn.Linear(6, 9, bias=False), (3, 6)),
    ],
)
def test_spectral_norm_is_that_of_torch(
    layer: nn.Module, plain: nn.Module, shape: tuple[int, ...]
) -> None:
    assert isinstance(layer, SpectralWeight)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch has a newer way, with other names of entries
        expected = nn.utils.spectral_norm(plain)
    assert set(layer.state_dict()) == set(expected.state_dict())
    expected.load_state_dict(layer.state_dict())
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    for training in (True, True, False):
        found, wanted = layer.train(training)(x), expected.train(training)(x)
        torch.testing.assert_close(found, wanted)
        torch.testing.assert_close(layer.state_dict(), expected.state_dict())
    found.square().sum().backward()
    wanted.square().sum().backward()
    torch.testing.assert_close(layer.weight_orig.grad, expected.weight_orig.grad)


def test_spectral_norm_stays_in_full_precision_under_autocast() -> None:
    layer = SpectralLinear(64, 64, bias=False)
    full = layer.eval().weight_now
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(layer.weight_now, full)


@pytest.mark.parametrize("layer", [StandardizedConv2d(3, 4, 3), StandardizedConv3d(3, 4, 3)])
def test_standardised_weights_have_no_mean_and_unit_spread(
    layer: StandardizedConv2d | StandardizedConv3d,
) -> None:
    shape = (1, 3, 5, 5) if isinstance(layer, nn.Conv2d) else (1, 3, 5, 5, 5)
    rows = layer.weight.flatten(1)
    # Unbiased, as torch's `std` is and numpy's is not.
    spread = ((rows - rows.mean(1, keepdim=True)).square().sum(1) / (rows.shape[1] - 1)).sqrt()
    weight = (rows - rows.mean(1, keepdim=True)) / (spread[:, None] + 1e-5)
    plain = nn.functional.conv2d if isinstance(layer, nn.Conv2d) else nn.functional.conv3d
    x = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(layer(x), plain(x, weight.view_as(layer.weight), layer.bias))


def test_which_convolutions_are_standardised() -> None:
    picture = ResBlock(2, 8, 16, STYLE)
    volume = ResBlock(3, 8, 16, STYLE)
    adaptive = ResBlock(3, 8, 16, STYLE, adaptive=True)
    assert isinstance(picture.block_feats[2], StandardizedConv2d)
    assert isinstance(adaptive.block_feats[2], StandardizedConv3d)
    assert isinstance(volume.block_feats[2], SpectralConv3d)
    for block in (picture, volume, adaptive):
        assert isinstance(block.block[0], SpectralWeight)
        assert isinstance(block.skip[0], SpectralWeight)
    plain = conv(2, 3, 4, 3, LayerStyle(spectral=False, standardized=False), after_norm=True)
    assert type(plain) is nn.Conv2d
    assert plain.bias is None


def test_adaptive_norm_applies_scale_and_shift_twice() -> None:
    norm = AdaptiveGroupNorm(1, 2)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([2.0, 3.0]))
        norm.bias.copy_(torch.tensor([0.5, -1.0]))
    x = torch.tensor([[[[-1.0, 1.0]], [[1.0, -1.0]]]])
    change = torch.tensor([[[0.1, 0.2], [-0.5, 0.0]]])
    # The input has mean 0 and spread 1 already, so group norm answers weight * x + bias.
    expected = torch.tensor(
        [[[[-1.5 * 2.1 + 0.7, 2.5 * 2.1 + 0.7]], [[2.0 * 2.5 - 1.0, -4.0 * 2.5 - 1.0]]]]
    )
    torch.testing.assert_close(norm.modulated(x, change), expected, rtol=1e-4, atol=1e-4)


def test_projector_is_two_matrix_products() -> None:
    projector = Projector([3, 5], 4, 6)
    embedding = torch.randn(2, 4, 6)
    changes = projector(embedding)
    assert [tuple(change.shape) for change in changes] == [(2, 3, 2), (2, 5, 2)]
    expected = torch.einsum("ce,bep,pk->bck", projector.u[1], embedding, projector.v[1])
    torch.testing.assert_close(changes[1], expected)


@pytest.mark.parametrize("resize", ["", "up", "down"])
@pytest.mark.parametrize("outputs", [8, 12])
def test_residual_block_is_its_formula(resize: str, outputs: int) -> None:
    block = ResBlock(2, 8, outputs, STYLE, resize=resize).eval()  # type: ignore[arg-type]
    x = torch.randn(2, 8, 6, 6)
    up = nn.Upsample(scale_factor=2, mode="nearest") if resize == "up" else nn.Identity()
    down = nn.AvgPool2d(2) if resize == "down" else nn.Identity()
    u = up(x)
    expected = down(block.block(block.block_feats(u))) + down(block.skip(u))
    torch.testing.assert_close(block(x), expected, rtol=1e-4, atol=1e-4)
    assert bool(block.skip) == (outputs != 8)


@pytest.mark.parametrize(
    ("start", "depth", "size", "steps"),
    [
        (4, 16, 64, [4, 8, 16, 32, 16]),  # the released warp generators
        (8, 16, 64, [8, 16, 32, 16]),  # the released G3D
        (4, 4, 16, [4, 8, 4]),
        (4, 8, 64, [4, 8, 16, 16, 8]),
        (4, 2, 16, [4, 4, 2]),
        (4, 16, 16, [4, 8, 16]),
        (4, 16, 4, [4, 16]),
    ],
)
def test_depth_grows_with_the_sides_and_comes_back(
    start: int, depth: int, size: int, steps: list[int]
) -> None:
    assert depth_steps(start, depth, size)[: len(steps)] == steps


def test_volumes_grow_by_interpolation_and_shrink_by_means() -> None:
    volume = torch.arange(16.0).view(1, 1, 4, 2, 2)
    shrunk = resized_volume(volume, 2, 2)
    torch.testing.assert_close(shrunk, volume.view(1, 1, 2, 2, 2, 2).mean(3))
    grown = resized_volume(volume, 8, 2)
    expected = nn.functional.interpolate(volume, (8, 2, 2), mode="trilinear")
    torch.testing.assert_close(grown, expected)
    assert resized_volume(volume, 4, 2) is volume


def test_initial_weights_are_kaimings_and_biases_zero() -> None:
    layer = SpectralConv2d(64, 64, 3, bias=True)
    standard = StandardizedConv2d(64, 64, 3)
    before = standard.weight.clone()
    initialise(nn.ModuleList([layer, standard]))
    assert float(layer.weight_orig.detach().std()) == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.03)
    assert not layer.bias.any()
    assert torch.equal(standard.weight, before)
