"""Networks for evaluation alone: normalised weights become plain ones.

Spectral norm divides by a constant once training has ended, weight standardisation is a function of
the weight, batch norm an affine map: all three disappear into the convolutions.
"""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import Tensor, nn

from avatar_core.emoportraits.blocks import (
    SpectralWeight,
    StandardizedConv2d,
    StandardizedConv3d,
    standardized,
)
from avatar_core.emoportraits.half import HalfGroupNorm
from avatar_core.emoportraits.sliced import SlicedConv3d, is_sliceable

Module = TypeVar("Module", bound=nn.Module)

_STANDARDIZED = (StandardizedConv2d, StandardizedConv3d)
_BATCH_NORM = nn.BatchNorm2d


def folded(module: Module) -> Module:
    """A copy of a network that says the same with plain weights, in evaluation mode.

    State dicts of copies have `weight` where the original has `weight_orig`, `weight_u` and
    `weight_v`, and no batch norms behind convolutions.
    """
    return fold(copy.deepcopy(module))


@torch.no_grad()
def fold(module: Module) -> Module:
    """Fold a network in place, and hand it back."""
    module.eval()
    for parent in list(module.modules()):
        children = dict(parent.named_children())
        for name, child in children.items():
            plain = _plain(child)
            if plain is not None:
                parent.add_module(name, plain)
        _fold_batch_norms(parent)
    return module.requires_grad_(False)


def _plain(layer: nn.Module) -> nn.Module | None:
    """The layer with a plain weight, or None where it is as it should be already."""
    if isinstance(layer, SpectralWeight):
        weight = layer.weight_now
    elif isinstance(layer, _STANDARDIZED):
        weight = standardized(layer.weight)
    elif type(layer) is nn.GroupNorm and layer.affine:
        bare = HalfGroupNorm(layer.num_groups, layer.num_channels, layer.eps, device="meta")
        return _with_weights(bare, layer.weight, layer.bias)
    elif type(layer) is nn.Conv3d and is_sliceable(layer):
        weight = layer.weight
    else:
        return None
    bias = layer.bias
    assert bias is None or isinstance(bias, Tensor)
    if isinstance(layer, nn.Linear):
        return _with_weights(_bare_linear(layer, bias is not None), weight, bias)
    assert isinstance(layer, nn.Conv2d | nn.Conv3d)
    return _with_weights(_bare_conv(layer, bias is not None), weight, bias)


def _fold_batch_norms(parent: nn.Module) -> None:
    """Let every convolution do the work of the batch norm behind it."""
    children = dict(parent.named_children())
    for name, norm in children.items():
        if not isinstance(norm, _BATCH_NORM):
            continue
        before = str(int(name) - 1) if name.isdigit() else name.replace("bn", "conv")
        conv = children.get(before)
        if not isinstance(conv, nn.Conv2d):
            continue
        mean, variance = norm.running_mean, norm.running_var
        assert mean is not None
        assert variance is not None
        gain = norm.weight / torch.sqrt(variance + norm.eps)
        shift = norm.bias - mean * gain
        if conv.bias is not None:
            shift = shift + conv.bias * gain
        weight = conv.weight * gain[:, None, None, None]
        parent.add_module(before, _with_weights(_bare_conv(conv, True), weight, shift))
        parent.add_module(name, nn.Identity())


def _bare_conv(layer: nn.Conv2d | nn.Conv3d, has_bias: bool) -> nn.Module:
    kind: type[nn.Conv2d | nn.Conv3d] = nn.Conv2d
    if isinstance(layer, nn.Conv3d):
        kind = SlicedConv3d if is_sliceable(layer) else nn.Conv3d
    return kind(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,  # type: ignore[arg-type]
        layer.stride,  # type: ignore[arg-type]
        layer.padding,  # type: ignore[arg-type]
        bias=has_bias,
        device="meta",
    )


def _bare_linear(layer: nn.Linear, has_bias: bool) -> nn.Module:
    return nn.Linear(layer.in_features, layer.out_features, has_bias, device="meta")


def _with_weights(layer: nn.Module, weight: Tensor, bias: Tensor | None) -> nn.Module:
    layer.register_parameter("weight", nn.Parameter(weight.detach().clone()))
    if bias is not None:
        layer.register_parameter("bias", nn.Parameter(bias.detach().clone()))
    return layer.eval()
