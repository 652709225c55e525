"""The decoder: a volume in the driver's pose to a picture (G2D).

Source:
    MegaPortraits, arXiv:2207.07621, section 3.1; the released code.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from avatar_core.emoportraits.blocks import LayerStyle, ResBlock, Resize, conv, group_norm

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
    """Features up to the size of the picture.

    Args:
        blocks: (channels before, channels behind, resize) of every residual block.
        style: of their weights.
    """

    def __init__(self, blocks: Sequence[tuple[int, int, Resize]], style: LayerStyle) -> None:
        super().__init__()
        self.dec_img_blocks = nn.Sequential(
            *(ResBlock(2, before, width, style, resize=resize) for before, width, resize in blocks)
        )
        last = blocks[-1][1]
        self.dec_img_head = nn.Sequential(
            group_norm(last, style),
            nn.ReLU(),
            conv(2, last, 3, 1, style, bias=True, after_norm=True),
        )

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Three numbers [B, 3, S, S] for every pixel, unbounded, and the features before them."""
        last = self.dec_img_blocks(features)
        return self.dec_img_head(last).float(), last


class Decoder(nn.Module):
    """A flat volume to a picture.

    Args:
        inputs: channels of the volume times its depth.
        widths: of the trunk, then of every doubling of the picture.
        blocks: of the trunk.
        blocks_per_resolution: for every doubling; the first of them doubles.
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
        self.res_decoder = decoder_trunk(inputs, widths[0], blocks, style)
        steps: list[tuple[int, int, Resize]] = []
        for before, width in pairwise(widths):
            steps.append((before, width, "up"))
            steps += [(width, width, "")] * (blocks_per_resolution - 1)
        self.img_decoder = ImageDecoder(steps, style)

    def forward(self, features: Tensor) -> Decoded:
        """Picture and features of a flat volume [B, inputs, h, w]."""
        trunk = self.res_decoder(features)
        pixels, last = self.img_decoder(trunk)
        return Decoded(torch.sigmoid(pixels), trunk, last)


def decoder_trunk(inputs: int, width: int, blocks: int, style: LayerStyle) -> nn.Sequential:
    """A 1x1 convolution and residual blocks that keep the size."""
    first = conv(2, inputs, width, 1, style)
    return nn.Sequential(first, *(ResBlock(2, width, width, style) for _ in range(blocks)))
