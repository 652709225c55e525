"""Convolutions of volumes that processors like better."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

_MOST_CHANNELS = 128
_BLOCK = 16
"""Channels that oneDNN's fast convolutions of volumes take at once."""
_FEW_CELLS = 1024


class SlicedConv3d(nn.Conv3d):
    """A 3x3x3 convolution that is computed slice by slice where that is faster.

    oneDNN convolves volumes whose channels are no multiples of 16 in float32 at a tenth of the
    speed of pictures, and small ones at half of it: there, three 3x3 convolutions of all slices at
    once are added up, each moved by one slice. Anywhere else torch's own is faster.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self._is_faster_sliced(x):
            convolved: Tensor = self._conv_forward(x, self.weight, self.bias)
            return convolved
        batch, _, depth, *size = x.shape
        slices = x.transpose(1, 2).flatten(0, 1).contiguous(memory_format=torch.channels_last)
        kernels = self.weight.permute(2, 0, 1, 3, 4).flatten(0, 1)
        kernels = kernels.contiguous(memory_format=torch.channels_last)
        parts = functional.conv2d(slices, kernels, padding=1)
        before, here, behind = parts.view(batch, depth, 3, self.out_channels, *size).unbind(2)
        total = here.clone() if self.bias is None else here + self.bias[:, None, None]
        total[:, 1:] += before[:, :-1]
        total[:, :-1] += behind[:, 1:]
        return total.transpose(1, 2)

    def _is_faster_sliced(self, x: Tensor) -> bool:
        return (
            x.dtype == torch.float32
            and x.device.type == "cpu"
            and not torch.is_autocast_enabled("cpu")
            and max(self.in_channels, self.out_channels) < _MOST_CHANNELS
            and (
                self.in_channels % _BLOCK > 0
                or self.out_channels % _BLOCK > 0
                or x[0, 0].numel() <= _FEW_CELLS
            )
        )


def is_sliceable(layer: nn.Conv2d | nn.Conv3d) -> bool:
    """Whether a convolution can be a `SlicedConv3d`."""
    return (
        isinstance(layer, nn.Conv3d)
        and layer.kernel_size == (3, 3, 3)
        and layer.padding == (1, 1, 1)
        and layer.stride == (1, 1, 1)
    )
