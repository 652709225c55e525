"""Networks that refine volumes: that of the source's appearance, and the canonical one.

Source:
    MegaPortraits, arXiv:2207.07621, section 3.1 (G3D); the released code.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from avatar_core.emoportraits.blocks import (
    LayerStyle,
    ResBlock,
    conv,
    depth_steps,
    group_norm,
    resized_volume,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Chain(nn.Module):
    """Blocks one after the other, named as the released code names them."""

    def __init__(self, blocks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.net = nn.Sequential(*blocks)


class VolumeSource(nn.Module):
    """Residual blocks that refine the appearance volume.

    Args:
        channels: of the volume.
        blocks: how many.
        style: of their weights.
    """

    def __init__(self, channels: int, blocks: int, style: LayerStyle) -> None:
        super().__init__()
        self.net = _Chain([ResBlock(3, channels, channels, style) for _ in range(blocks)])

    def forward(self, volume: Tensor) -> Tensor:
        """[B, C, D, H, W] to the same."""
        refined: Tensor = self.net.net(volume)
        return refined


class Unet3d(nn.Module):
    """Makes the canonical volume of one that had its pose and expression taken off.

    The way up starts from a learned volume alone; all it knows of its input comes through the
    skips.

    Args:
        widths: channels of the input, then behind every block on the way down.
        start_size: side of the learned start, a cube.
        style: of its weights.
    """

    def __init__(self, widths: Sequence[int], start_size: int, style: LayerStyle) -> None:
        super().__init__()
        upwards = tuple(reversed(widths))
        self.input_tensor = nn.Parameter(torch.randn(1, upwards[0], *(3 * [start_size])))
        self.blocks_3d_down = nn.ModuleList(
            ResBlock(3, inputs, width, style) for inputs, width in pairwise(widths)
        )
        self.blocks_3d_up = nn.ModuleList(
            ResBlock(3, inputs, width, style) for inputs, width in pairwise(upwards)
        )
        self.skip_blocks_3d_up = nn.ModuleList(
            ResBlock(3, width, width, style) for width in upwards[:-1]
        )
        self.head = nn.Sequential(
            group_norm(widths[0], style),
            nn.ReLU(),
            conv(3, widths[0], widths[0], 1, style, bias=True),
        )
        self._start_size = start_size

    def forward(self, volume: Tensor) -> Tensor:
        """[B, C, D, H, W] to the same."""
        depth, size = volume.shape[2], volume.shape[-1]
        depths = depth_steps(self._start_size, depth, size)
        wide = [max(pair) for pair in pairwise(depths)]
        kept: list[Tensor] = []
        features = volume
        for index, block in enumerate(self.blocks_3d_down):
            features = block(resized_volume(features, wide[-1 - index], size >> index))
            kept.append(features)
        up = self.input_tensor.expand(len(volume), -1, -1, -1, -1)
        side = self._start_size
        for index, block in enumerate(self.blocks_3d_up):
            side *= 2
            up = resized_volume(up, wide[index], side)
            up = block(up + self.skip_blocks_3d_up[index](kept.pop()))
            up = resized_volume(up, depths[index + 1], side)
        canonical: Tensor = self.head(up)
        return canonical
