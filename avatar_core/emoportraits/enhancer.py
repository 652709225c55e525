"""The enhancer, "stage 2": a finished picture to one of twice the size with finer detail.

Source:
    MegaPortraits, arXiv:2207.07621, section 3.3 (G_enh); sizes of the released code. The names of
    its decoder's layers are those of the first stage's decoder; the released weights were never
    published with a list of them.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from avatar_core.emoportraits.blocks import LayerStyle, Resize, initialise
from avatar_core.emoportraits.config import doublings, known_sizes
from avatar_core.emoportraits.decoder import ImageDecoder, decoder_trunk
from avatar_core.emoportraits.encoders import LocalEncoder, resized
from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NARROWEST = 32


@dataclass(frozen=True, slots=True)
class EnhancerConfig:
    """Sizes of an enhancer.

    Args:
        image_size: side of what it answers, pixels; the released code's default.
        latent_size: side of its features.
        features: channels of them.
        base_channels: unit of all widths.
        channel_mult: the encoder starts with `base_channels * channel_mult`.
        max_channels: its widest layer.
        blocks: of the trunk.
        uses_weight_standardization: there is no spectral norm in it.
        norm_groups: of every group norm.
    """

    image_size: int = 512
    latent_size: int = 64
    features: int = 1536
    base_channels: int = 32
    channel_mult: int = 4
    max_channels: int = 512
    blocks: int = 8
    uses_weight_standardization: bool = True
    norm_groups: int = 32

    def to_plain(self) -> dict[str, Any]:
        """Numbers and switches by name, for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> EnhancerConfig:
        """Read what `to_plain` wrote; raises like `PortraitConfig.from_plain`."""
        return cls(**known_sizes(cls, plain))

    @property
    def levels(self) -> int:
        return doublings(self.latent_size, self.image_size)

    @property
    def encoder_widths(self) -> tuple[int, ...]:
        base = self.base_channels * self.channel_mult
        return base, *(min(base << step, self.max_channels) for step in range(1, self.levels + 1))

    @property
    def decoder_widths(self) -> tuple[int, ...]:
        """Channels of the trunk, then of every doubling, then of the blocks at full size."""
        base = self.base_channels * self.channel_mult
        widths = [min(base << self.levels, self.max_channels)]
        for _ in range(self.levels - 1):
            widths.append(max(widths[-1] // 2, _NARROWEST))
        return (*widths, base, base, base // 2, base // 4)


class EnhancerDecoder(nn.Module):
    """Features to what is added to the picture.

    Args:
        inputs: channels of the features.
        widths: of the trunk, then of every further block.
        blocks: of the trunk.
        levels: how many of the further blocks double the size: the first ones.
        style: of its weights.
    """

    def __init__(
        self, inputs: int, widths: Sequence[int], blocks: int, levels: int, style: LayerStyle
    ) -> None:
        super().__init__()
        self.res_decoder = decoder_trunk(inputs, widths[0], blocks, style)
        steps: list[tuple[int, int, Resize]] = [
            (before, width, "up" if index < levels else "")
            for index, (before, width) in enumerate(pairwise(widths))
        ]
        self.img_decoder = ImageDecoder(steps, style)

    def forward(self, features: Tensor) -> Tensor:
        """[B, 3, S, S] within -1 .. 1."""
        pixels, _ = self.img_decoder(self.res_decoder(features))
        return torch.tanh(pixels)


class Enhancer(nn.Module):
    """Adds detail to a picture, where the head is.

    Args:
        config: sizes.
    """

    def __init__(self, config: EnhancerConfig) -> None:
        super().__init__()
        self.config = config
        style = LayerStyle(config.norm_groups, False, config.uses_weight_standardization)
        self.local_encoder = LocalEncoder(
            config.image_size, config.encoder_widths, config.features, style
        )
        self.decoder = EnhancerDecoder(
            config.features, config.decoder_widths, config.blocks, config.levels, style
        )
        initialise(self)

    def forward(self, frame: Tensor, matte: Tensor, mask: Tensor) -> Tensor:
        """The picture at the enhancer's size: `clamp(frame + detail * mask, 0, 1)`.

        Args:
            frame: [B, 3, s, s] in 0..1, what the first stage drew.
            matte: [B, 1, s, s] how much of each pixel is the person; the networks see no more.
            mask: [B, 1, s, s] where detail is added: the matte on parts of the head.
        """
        expect_shapes(frame=(frame, "B 3 h w"), matte=(matte, "B 1 * *"), mask=(mask, "B 1 * *"))
        side = self.config.image_size
        large = resized(frame, side)
        detail = self.decoder(self.local_encoder(large * resized(matte, side)))
        enhanced: Tensor = (large + detail * resized(mask, side)).clamp(0, 1)
        return enhanced
