"""What autocast computes in float32, though half precision is enough.

Under autocast torch normalises groups in float32, one channel after the other, and repeats cells in
float32, too: features that convolutions want in half and channels last are copied on their way in
and on their way out. On a graphics card that takes most of the time of a decoder.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn
from torch.nn import functional

_HALF = (torch.float16, torch.bfloat16)


def without_autocast(device: torch.device) -> AbstractContextManager[object]:
    """In which tensors are computed with in the types that they have."""
    if device.type == "meta":
        return nullcontext()
    return torch.autocast(device.type, enabled=False)


def with_range(device: torch.device) -> AbstractContextManager[object]:
    """In which numbers may grow: without autocast where that means float16, which ends at 65504."""
    kind = device.type
    if kind == "meta" or not torch.is_autocast_enabled(kind):
        return nullcontext()
    is_short = torch.get_autocast_dtype(kind) == torch.float16
    return without_autocast(device) if is_short else nullcontext()


class HalfGroupNorm(nn.GroupNorm):
    """Group norm for evaluation; features in half precision on CUDA stay as they are."""

    def forward(self, x: Tensor) -> Tensor:
        return group_normed(x, self.num_groups, self.weight, self.bias, self.eps)


def group_normed(x: Tensor, groups: int, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """Features [B, C, ...] normalised in groups of channels, scaled and shifted by [C] numbers.

    In half precision on CUDA the answer has the type and the order in memory of `x`; anywhere else
    it is torch's own. Sums are in float32 in any case.
    """
    if not x.is_cuda or x.dtype not in _HALF or torch.is_grad_enabled():
        return functional.group_norm(x, groups, weight, bias, eps)
    with without_autocast(x.device):
        if x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last):
            return channels_last_normed(x, groups, weight, bias, eps)
        return functional.group_norm(x, groups, weight.to(x.dtype), bias.to(x.dtype), eps)


def doubled(x: Tensor) -> Tensor:
    """Features [B, C, ...] at twice their size, each cell repeated; their type stays."""
    with without_autocast(x.device):
        return functional.interpolate(x, scale_factor=2, mode="nearest")


def channels_last_normed(
    x: Tensor, groups: int, weight: Tensor, bias: Tensor, eps: float
) -> Tensor:
    """What `group_normed` answers, without moving pictures [B, C, H, W] that lie channels last."""
    height, width = x.shape[2:]
    rows = x.permute(0, 2, 3, 1)
    # First within rows: cards are slow at adding up many pixels to few numbers in one go.
    mean = rows.mean(2, dtype=torch.float32).mean(1)
    lengths = torch.linalg.vector_norm(rows, dim=2, dtype=torch.float32)
    square = lengths.square().sum(1) / (height * width)
    mean, square = (_group_means(each, groups) for each in (mean, square))
    scale = weight * torch.rsqrt((square - mean.square()).clamp_min(0) + eps)
    shift = bias - mean * scale
    scale, shift = (each[:, None, None].to(x.dtype) for each in (scale, shift))
    return torch.addcmul(shift, rows, scale).permute(0, 3, 1, 2)


def _group_means(channels: Tensor, groups: int) -> Tensor:
    """The mean of each group [B, C] at each of its channels."""
    members: Tensor = channels.unflatten(1, (groups, -1))
    return members.mean(2, keepdim=True).expand_as(members).flatten(1)
