"""Layers that the portrait networks are made of, under the names of released state dicts.

Two kinds of normalised weights meet here. Spectral norm divides a weight by an estimate of its
largest singular value; weight standardisation takes mean and spread off each output's weights. In
the released networks, weight standardisation replaced the convolutions that come after a group
norm, and what it replaced lost its spectral norm and gained a bias.

Source:
    MegaPortraits, arXiv:2207.07621; EMOPortraits, arXiv:2404.19110; the released code.
    Spectral norm: Miyato et al., arXiv:1802.05957. Weight standardisation: Qiao et al.,
    arXiv:1903.10520.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatar_core.emoportraits.config import doublings
from avatar_core.emoportraits.half import doubled, group_normed, without_autocast

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPREAD_EPSILON = 1e-5
_LENGTH_EPSILON = 1e-12

Resize = Literal["", "up", "down"]


@dataclass(frozen=True, slots=True)
class LayerStyle:
    """How the weights of a network are normalised.

    Args:
        groups: of every group norm.
        spectral: whether weights have spectral norm.
        standardized: whether convolutions after a group norm have weight standardisation.
        batch_norm: whether the networks that look at pictures have batch norm instead.
    """

    groups: int = 32
    spectral: bool = True
    standardized: bool = True
    batch_norm: bool = False


class SpectralWeight(nn.Module):
    """What layers with spectral norm share: `weight_orig`, `weight_u` and `weight_v`."""

    weight_orig: nn.Parameter
    weight_u: Tensor
    weight_v: Tensor

    def _own_weight(self) -> None:
        """Take over the weight of a plain layer, outputs first."""
        weight = self._parameters.pop("weight")
        assert weight is not None
        self.register_parameter("weight_orig", weight)
        for name, size in (("weight_u", len(weight)), ("weight_v", weight[0].numel())):
            self.register_buffer(name, functional.normalize(torch.randn(size), dim=0))

    @property
    def weight_now(self) -> Tensor:
        """The weight divided by its estimated norm; while training the estimate is refined."""
        weight = self.weight_orig
        with without_autocast(weight.device):
            rows = weight.flatten(1)
            if self.training:
                self._refine(rows)
            u, v = self.weight_u.clone(), self.weight_v.clone()
            now: Tensor = weight / torch.dot(u, torch.mv(rows, v))
            return now

    @torch.no_grad()
    def _refine(self, rows: Tensor) -> None:
        v = functional.normalize(torch.mv(rows.T, self.weight_u), dim=0, eps=_LENGTH_EPSILON)
        u = functional.normalize(torch.mv(rows, v), dim=0, eps=_LENGTH_EPSILON)
        self.weight_u.copy_(u)
        self.weight_v.copy_(v)


class SpectralConv2d(SpectralWeight, nn.Conv2d):
    """A convolution of pictures with spectral norm."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        nn.Conv2d.__init__(self, *args, **kwargs)
        self._own_weight()

    def forward(self, x: Tensor) -> Tensor:
        convolved: Tensor = self._conv_forward(x, self.weight_now, self.bias)
        return convolved


class SpectralConv3d(SpectralWeight, nn.Conv3d):
    """A convolution of volumes with spectral norm."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        nn.Conv3d.__init__(self, *args, **kwargs)
        self._own_weight()

    def forward(self, x: Tensor) -> Tensor:
        convolved: Tensor = self._conv_forward(x, self.weight_now, self.bias)
        return convolved


class SpectralLinear(SpectralWeight, nn.Linear):
    """A matrix with spectral norm."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        nn.Linear.__init__(self, *args, **kwargs)
        self._own_weight()

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight_now, self.bias)


def standardized(weight: Tensor) -> Tensor:
    """A weight [O, ...] with mean 0 and spread 1 for each output."""
    axes = tuple(range(1, weight.dim()))
    spread, mean = torch.std_mean(weight, axes, keepdim=True)
    return (weight - mean) / (spread + _SPREAD_EPSILON)


class StandardizedConv2d(nn.Conv2d):
    """A convolution of pictures with weight standardisation."""

    def forward(self, x: Tensor) -> Tensor:
        convolved: Tensor = self._conv_forward(x, standardized(self.weight), self.bias)
        return convolved


class StandardizedConv3d(nn.Conv3d):
    """A convolution of volumes with weight standardisation."""

    def forward(self, x: Tensor) -> Tensor:
        convolved: Tensor = self._conv_forward(x, standardized(self.weight), self.bias)
        return convolved


def conv(
    dims: int,
    inputs: int,
    outputs: int,
    kernel: int,
    style: LayerStyle,
    bias: bool = False,
    after_norm: bool = False,
    stride: int = 1,
) -> nn.Module:
    """A convolution that keeps the size, with the normalisation its place asks for.

    Args:
        dims: 2 for pictures, 3 for volumes.
        inputs: channels.
        outputs: channels.
        kernel: side of the kernel, odd.
        style: of the network.
        bias: whether it has one; with weight standardisation it always has.
        after_norm: it comes after a norm that weight standardisation counts as one.
        stride: every how many cells it looks.
    """
    options: dict[str, Any] = {"kernel_size": kernel, "padding": kernel // 2, "stride": stride}
    if after_norm and style.standardized:
        kind = StandardizedConv2d if dims == 2 else StandardizedConv3d
        return kind(inputs, outputs, **options)
    if style.spectral:
        spectral = SpectralConv2d if dims == 2 else SpectralConv3d
        return spectral(inputs, outputs, bias=bias, **options)
    plain = nn.Conv2d if dims == 2 else nn.Conv3d
    return plain(inputs, outputs, bias=bias, **options)


def linear(inputs: int, outputs: int, style: LayerStyle) -> nn.Module:
    """A matrix without bias."""
    kind = SpectralLinear if style.spectral else nn.Linear
    return kind(inputs, outputs, bias=False)


def group_norm(channels: int, style: LayerStyle) -> nn.GroupNorm:
    """Group norm; with fewer groups where the channels cannot be shared among all of them."""
    return nn.GroupNorm(math.gcd(style.groups, channels), channels)


class AdaptiveGroupNorm(nn.GroupNorm):
    """Group norm whose scale and shift follow the embedding.

    Scale and shift of its own act twice, as in the released code: with `y` what group norm answers,
    the result is `y (weight + d_weight) + (bias + d_bias)`.
    """

    def modulated(self, x: Tensor, change: Tensor) -> Tensor:
        """Normalised `x` [B, C, ...], changed by (d_weight, d_bias) [B, C, 2].

        Both maps are one, and those of a whole batch that of a single norm with B times as many
        groups: `y` is computed and changed in one go.
        """
        d_weight, d_bias = change.unbind(-1)
        gain = self.weight + d_weight
        shift = self.bias * gain + (self.bias + d_bias)
        whole = x.reshape(1, -1, *x.shape[2:])
        groups = self.num_groups * len(x)
        scale, shift = (self.weight * gain).flatten(), shift.flatten()
        return group_normed(whole, groups, scale, shift, self.eps).view(x.shape)


class Projector(nn.Module):
    """Makes the changes of all adaptive norms of a network from its embedding.

    For norm k: `u_k [C, E] @ embedding [E, P] @ v_k [P, 2]`.

    Args:
        widths: channels of the norms, in the order in which they act.
        embedding_channels: E.
        places: P, cells of the embedding.
    """

    def __init__(self, widths: Sequence[int], embedding_channels: int, places: int) -> None:
        super().__init__()
        self.u = nn.ParameterList(
            torch.randn(width, embedding_channels) / math.sqrt(embedding_channels)
            for width in widths
        )
        self.v = nn.ParameterList(torch.randn(places, 2) / math.sqrt(places) for _ in widths)

    def forward(self, embedding: Tensor) -> list[Tensor]:
        """Changes [B, C, 2], one for each norm, by an embedding [B, E, P]."""
        return [u @ (embedding @ v) for u, v in zip(self.u, self.v, strict=True)]


class ResBlock(nn.Module):
    """A residual block, norms first: `block(block_feats(u)) + skip(u)`.

    `u` is the input, or the input at twice its size, each cell repeated.

    Args:
        dims: 2 for pictures, 3 for volumes.
        inputs: channels.
        outputs: channels.
        style: of the network.
        adaptive: the norms follow an embedding.
        resize: "up" doubles the size before the block, "down" halves it behind.
    """

    def __init__(
        self,
        dims: int,
        inputs: int,
        outputs: int,
        style: LayerStyle,
        adaptive: bool = False,
        resize: Resize = "",
    ) -> None:
        super().__init__()
        norm = _adaptive_norm if adaptive else group_norm
        after_norm = adaptive or dims == 2
        self.block_feats = nn.Sequential(
            norm(inputs, style),
            nn.ReLU(),
            conv(dims, inputs, outputs, 3, style, after_norm=after_norm),
            norm(outputs, style),
            nn.ReLU(),
        )
        self.block = nn.Sequential(conv(dims, outputs, outputs, 3, style))
        if inputs != outputs:
            self.skip = nn.Sequential(conv(dims, inputs, outputs, 1, style))
        else:
            self.skip = nn.Sequential()
        self._dims, self._resize = dims, resize

    @property
    def norms(self) -> tuple[nn.GroupNorm, nn.GroupNorm]:
        first, second = self.block_feats[0], self.block_feats[3]
        assert isinstance(first, nn.GroupNorm)
        assert isinstance(second, nn.GroupNorm)
        return first, second

    @property
    def doubles(self) -> bool:
        """Whether its answer is twice as large as what it is given."""
        return self._resize == "up"

    def forward(self, x: Tensor, changes: Sequence[Tensor] = ()) -> Tensor:
        """Features [B, C, ...]; `changes` are those of its two adaptive norms, if it has them."""
        first, second = changes if changes else (None, None)
        features = functional.relu_(_normed(self.block_feats[0], x, first))
        if self.doubles:
            features = doubled(features)
        features = self.block_feats[2](features)
        features = functional.relu_(_normed(self.block_feats[3], features, second))
        features = self.block[0](features)
        if self._resize == "down":
            features, x = self._halved(features), self._halved(x)
        shortcut: Tensor = self.skip(x)
        if self.doubles:
            shortcut = doubled(shortcut)
        return features + shortcut

    def _halved(self, x: Tensor) -> Tensor:
        pool = functional.avg_pool2d if self._dims == 2 else functional.avg_pool3d
        return pool(x, 2)


def _adaptive_norm(channels: int, style: LayerStyle) -> AdaptiveGroupNorm:
    return AdaptiveGroupNorm(math.gcd(style.groups, channels), channels)


def _normed(norm: nn.Module, x: Tensor, change: Tensor | None) -> Tensor:
    if change is None:
        normed: Tensor = norm(x)
        return normed
    assert isinstance(norm, AdaptiveGroupNorm)
    return norm.modulated(x, change)


def resized_volume(volume: Tensor, depth: int, size: int) -> Tensor:
    """A volume [B, C, D, H, W] at another depth and size: trilinear to grow, means to shrink.

    Every axis is kept, or multiplied or divided by a whole number. Both are linear along each axis,
    and as products with small matrices several times as fast as torch's own volume functions; half
    precision knows the numbers in the matrices exactly.
    """
    old_depth, height, width = volume.shape[2:]
    if width != size:
        volume = volume @ _resizing(width, size, volume)
    if height != size:
        volume = _resizing(height, size, volume).T @ volume
    if old_depth != depth:
        resizing = _resizing(old_depth, depth, volume).T
        volume = (resizing @ volume.flatten(3)).unflatten(3, volume.shape[3:])
    return volume


def _resizing(old: int, new: int, like: Tensor) -> Tensor:
    """Matrix [old, new] from cells along an axis to more of them, or to fewer."""
    cells = torch.eye(old, device=like.device)[None]
    if new < old:
        return functional.avg_pool1d(cells, old // new)[0].to(like.dtype)
    grown = functional.interpolate(cells, new, mode="linear", align_corners=False)
    return grown[0].to(like.dtype)


def depth_steps(start: int, depth: int, size: int) -> list[int]:
    """Depth before each block on the way from `start` cells a side to `size`, and behind the last.

    A volume grows in depth with its sides until it would be deeper than twice what is left to
    double: `min(depth 2^(n - i), start 2^i)` behind block i of n, `depth` behind the last.
    """
    count = doublings(start, size)
    behind = [min(depth << (count - i), start << i) for i in range(1, count)]
    return [start, *behind, depth]


@torch.no_grad()
def initialise(module: nn.Module) -> None:
    """Kaiming's normal start for every weight, 0 for every bias (arXiv:1502.01852).

    Standardised convolutions keep torch's start: in the released code they were made later.
    """
    for layer in module.modules():
        if isinstance(layer, StandardizedConv2d | StandardizedConv3d):
            continue
        if isinstance(layer, nn.Conv2d | nn.Conv3d | nn.Linear):
            weight = layer.weight_orig if isinstance(layer, SpectralWeight) else layer.weight
            nn.init.kaiming_normal_(weight)
            if layer.bias is not None:
                layer.bias.zero_()
