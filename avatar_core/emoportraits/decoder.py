"""The decoder: a volume in the driver's pose to a picture (G2D).

Source:
    MegaPortraits, arXiv:2207.07621, section 3.1; the released code.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from avatar_core.emoportraits.blocks import LayerStyle, ResBlock, conv, group_norm

if TYPE_CHECKING:
    from collections.abc import Sequence


class Decoded(NamedTuple):
    """What the decoder answers.

    Args:
        img: [B, 3, S, S] RGB in 0..1.
        res_feat: [B, C, h, w] features behind the trunk.
        img_feat: [B, c, S, S] features that the picture was made of.
    """

    img: Tensor
    res_feat: Tensor
    img_feat: Tensor


class ImageDecoder(nn.Module):
    """Doubles features up to the size of the picture.

    Args:
        widths: channels of the input, then of every doubling.
        blocks_per_resolution: residual blocks of each; the first of them doubles.
        style: of its weights.
    """

    def __init__(
        self, widths: Sequence[int], blocks_per_resolution: int, style: LayerStyle
    ) -> None:
        super().__init__()
        self.dec_img_blocks = nn.ModuleList()
        for inputs, width in pairwise(widths):
            self.dec_img_blocks.append(ResBlock(2, inputs, width, style, resize="up"))
            for _ in range(blocks_per_resolution - 1):
                self.dec_img_blocks.append(ResBlock(2, width, width, style))
        self.dec_img_head = nn.Sequential(
            group_norm(widths[-1], style),
            nn.ReLU(),
            conv(2, widths[-1], 3, 1, style, bias=True, after_norm=True),
        )

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Picture [B, 3, S, S] in 0..1 and the features before it."""
        for block in self.dec_img_blocks:
            features = block(features)
        return torch.sigmoid(self.dec_img_head(features).float()), features


class Decoder(nn.Module):
    """A flat volume to a picture.

    Args:
        inputs: channels of the volume times its depth.
        widths: of the trunk, then of every doubling of the picture.
        blocks: of the trunk.
        blocks_per_resolution: behind the trunk.
        style: of its weights.
    """

    def __init__(
        self,
        inputs: int,
        widths: Sequence[int],
        blocks: int,
        blocks_per_resolution: int,
        style: LayerStyle,
    ) -> None:
        super().__init__()
        trunk = widths[0]
        self.res_decoder = nn.Sequential(
            conv(2, inputs, trunk, 1, style),
            *(ResBlock(2, trunk, trunk, style) for _ in range(blocks)),
        )
        self.img_decoder = ImageDecoder(widths, blocks_per_resolution, style)

    def forward(self, features: Tensor) -> Decoded:
        """Picture and features of a flat volume [B, inputs, h, w]."""
        trunk = self.res_decoder(features)
        image, last = self.img_decoder(trunk)
        return Decoded(image, trunk, last)
