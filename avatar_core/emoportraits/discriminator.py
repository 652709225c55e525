"""The discriminator: whether patches of a picture look real, at several scales. Training only.

Source:
    MegaPortraits, arXiv:2207.07621, section 3.2 (multi-scale patch discriminator of pix2pixHD,
    arXiv:1711.11585); sizes and names of the released code.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

_SLOPE = 0.2
_GAIN = 0.02


class Judgement(NamedTuple):
    """What the discriminator answers, finest scale first.

    Args:
        scores: [B, 1, h, w] for each scale; high where it looks real.
        features: for each scale those behind every block, [B, C, h, w].
    """

    scores: tuple[Tensor, ...]
    features: tuple[tuple[Tensor, ...], ...]


class Discriminator(nn.Module):
    """One patch network for each scale, each half the size of the one before.

    Args:
        image_size: of the first; networks are named by the size they see.
        widths: channels behind every block; all blocks but the last halve the size.
        scales: how many.
    """

    def __init__(self, image_size: int, widths: Sequence[int], scales: int = 2) -> None:
        super().__init__()
        self._names = [f"net_{image_size >> scale:04d}" for scale in range(scales)]
        for name in self._names:
            self.add_module(name, PatchNetwork(widths))
        _initialise(self)

    def forward(self, image: Tensor) -> Judgement:
        """Judge pictures [B, 3, S, S] in 0..1."""
        scores, features = [], []
        for index, name in enumerate(self._names):
            if index:
                image = functional.avg_pool2d(image, 2)
            score, kept = self.get_submodule(name)(image)
            scores.append(score)
            features.append(kept)
        return Judgement(tuple(scores), tuple(features))


class PatchNetwork(nn.Module):
    """Scores of one scale.

    Args:
        widths: channels behind every block.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList()
        for index, (inputs, width) in enumerate(pairwise((3, *widths))):
            stride = 1 if index == len(widths) - 1 else 2
            self.blocks.append(_PatchBlock(inputs, width, stride))
        self.to_scores = nn.Conv2d(widths[-1], 1, 1)

    def forward(self, image: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Scores [B, 1, h, w] and the features behind every block."""
        kept = []
        features = image
        for block in self.blocks:
            features = block(features)
            kept.append(features)
        return self.to_scores(features), tuple(kept)


class _PatchBlock(nn.Module):
    """Convolution, instance norm, leaky ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.InstanceNorm2d(outputs, affine=True),
            nn.LeakyReLU(_SLOPE),
        )

    def forward(self, x: Tensor) -> Tensor:
        features: Tensor = self.main(x)
        return features


@torch.no_grad()
def _initialise(module: nn.Module) -> None:
    """Xavier's start with a small gain, as in the released code."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.xavier_normal_(layer.weight, _GAIN)
            if layer.bias is not None:
                layer.bias.zero_()
