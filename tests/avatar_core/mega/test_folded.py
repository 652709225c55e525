"""Folded decoders against the modules they were made of."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from avatar_core.errors import ShapeError
from avatar_core.mega.decoders import DisplacementDecoder, DynamicDecoder, ViewDecoder, tiled_view
from avatar_core.mega.folded import box_reduced, folded, grouped

_Decoder = DynamicDecoder | ViewDecoder | DisplacementDecoder


def _trained(decoder: _Decoder) -> _Decoder:
    """Norms and biases as training leaves them: none of them neutral."""
    for module in decoder.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean = torch.randn_like(module.weight)
            module.running_var = 0.3 + 2 * torch.rand_like(module.weight)
            nn.init.normal_(module.weight, 1.0, 0.3)
            nn.init.normal_(module.bias)
    for name, parameter in decoder.named_parameters():
        if name.endswith("conv1.bias"):
            nn.init.normal_(parameter)
    return decoder.eval().requires_grad_(False)


def _dynamic(size: int = 64, channels: int = 12) -> tuple[_Decoder, torch.Tensor]:
    torch.manual_seed(0)
    return _trained(DynamicDecoder(9, size, channels)), torch.randn(1, 9)


def _view() -> tuple[_Decoder, torch.Tensor]:
    torch.manual_seed(1)
    return _trained(ViewDecoder(32, 12)), tiled_view(torch.tensor([[0.3, -0.2, 0.9]]))


def _displacement() -> tuple[_Decoder, torch.Tensor]:
    torch.manual_seed(2)
    return _trained(DisplacementDecoder(9, 32)), torch.randn(3, 9)


@pytest.mark.parametrize("make", [_dynamic, _view, _displacement])
def test_folding_changes_nothing(make) -> None:
    decoder, given = make()
    expected = decoder(given)
    assert expected.abs().max() > 0.1
    torch.testing.assert_close(folded(decoder).map(given), expected, rtol=1e-5, atol=1e-5)


def test_the_decoder_itself_stays_as_it_is() -> None:
    decoder, given = _dynamic()
    before = decoder(given)
    made = folded(decoder)
    made.map(given).zero_()
    torch.testing.assert_close(decoder(given), before, rtol=0, atol=0)


@pytest.mark.parametrize(("size", "channels"), [(16, 12), (32, 3), (32, 6), (64, 4)])
def test_texels_are_the_map_in_groups_of_four(size: int, channels: int) -> None:
    decoder, given = _dynamic(size, channels)
    expected = grouped(decoder(given))
    assert expected.shape == (-(-channels // 4), size, size, 4)
    texels = folded(decoder).texels(given)
    assert texels.is_contiguous()
    # Rounded to halves on either side of a bound they may differ by one step.
    torch.testing.assert_close(texels, expected, rtol=1e-3, atol=1e-5)


def test_groups_hold_channels_in_order_and_zeros_behind_the_last() -> None:
    texture = torch.arange(2 * 3 * 6, dtype=torch.float32).view(1, 6, 2, 3)
    texels = grouped(texture).numpy()
    assert texels.dtype == np.float16
    np.testing.assert_array_equal(texels[0, 1, 2], texture[0, :4, 1, 2])
    np.testing.assert_array_equal(texels[1, 0, 1], [*texture[0, 4:, 0, 1], 0, 0])


def test_half_precision_stays_close() -> None:
    decoder, given = _dynamic()
    expected = grouped(decoder(given)).float()
    texels = folded(decoder, half=True).texels(given).float()
    assert (texels - expected).abs().max() < 0.01 * expected.abs().max()


def test_texels_are_made_one_by_one() -> None:
    decoder, _ = _dynamic()
    with pytest.raises(ShapeError, match="got 2"):
        folded(decoder).texels(torch.zeros(2, 9))


def test_boxes_are_averaged() -> None:
    texels = torch.rand(3, 8, 8, 4).half()
    reduced = box_reduced(texels, 2)
    expected = texels.float().view(3, 2, 4, 2, 4, 4).mean((2, 4))
    torch.testing.assert_close(reduced, expected.half())
    torch.testing.assert_close(reduced[1, 1, 0], texels[1, 4:, :4].float().mean((0, 1)).half())


@pytest.mark.parametrize("size", [0, 4, 5, 24])
def test_only_powers_of_two_are_averaged(size: int) -> None:
    with pytest.raises(ShapeError, match="halves"):
        box_reduced(torch.zeros(1, 12, 12, 4).half(), size)
