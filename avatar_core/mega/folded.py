"""Decoders made for evaluation alone: the same maps in fewer and faster steps.

Batch norm is folded into the convolution and the bias before it, exactly; activations lie with
their channels last, which on a CPU halves the time of the convolutions and makes the shuffling of
pixels a plain copy. Twins of the modules in `decoders`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatar_core.errors import ShapeError
from avatar_core.mega.decoders import SLOPE, START_SIZE, UpsampleBlock, ViewDecoder

if TYPE_CHECKING:
    from avatar_core.mega.decoders import DisplacementDecoder, DynamicDecoder

_GROUP = 4
"""Channels of one texel of a graphics card's texture."""


class FoldedBlock(NamedTuple):
    """An `UpsampleBlock` before its shuffle.

    spread [C, Cin, 3, 3] and bias [1, C, h, w]; mix [4 C, C, 1, 1] and mix_bias [4 C].
    """

    spread: Tensor
    bias: Tensor
    mix: Tensor
    mix_bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """[B, Cin, h, w] to [B, 4 C, h, w]."""
        spread = functional.conv2d(x, self.spread, padding=1).add_(self.bias)
        return functional.leaky_relu_(functional.conv2d(spread, self.mix, self.mix_bias), SLOPE)


@dataclass(frozen=True, slots=True, eq=False)
class FoldedDecoder:
    """What a decoder says once it no longer learns.

    Args:
        z_fc: makes the start of a driving signal; None where the start is given.
        blocks: all but the last of the upsampling blocks.
        last: the last one.
        last_texels: the last one with its outputs in the order of `texels`.
    """

    z_fc: nn.Module | None
    blocks: tuple[FoldedBlock, ...]
    last: FoldedBlock
    last_texels: FoldedBlock

    def map(self, given: Tensor) -> Tensor:
        """The decoder's own result [B, C, size, size], channels last in memory."""
        return functional.pixel_shuffle(self.last(self._before_last(given)), 2)

    def texels(self, given: Tensor) -> Tensor:
        """The result for one input as half floats [C / 4 rounded up, size, size, 4].

        Raises:
            ShapeError: there are several inputs.
        """
        if len(given) != 1:
            raise ShapeError(f"texels: expected one input, got {len(given)}")
        x = self.last_texels(self._before_last(given)).permute(0, 2, 3, 1)[0].contiguous().half()
        height, width, channels = x.shape
        groups = channels // (4 * _GROUP)
        # Four half floats move as one integer of 64 bits: twice as fast as one by one.
        packed = x.view(height, width, 2, 2, groups, _GROUP).view(torch.int64)[..., 0]
        texels = packed.permute(4, 0, 2, 1, 3).contiguous().unsqueeze(-1).view(torch.half)
        return texels.view(groups, 2 * height, 2 * width, _GROUP)

    def _before_last(self, given: Tensor) -> Tensor:
        x = given
        if self.z_fc is not None:
            x = self.z_fc(given).view(len(given), -1, START_SIZE, START_SIZE)
        x = x.to(self.last.mix.dtype).contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = functional.pixel_shuffle(block(x), 2)
        return x


@torch.no_grad()
def folded(
    decoder: DynamicDecoder | ViewDecoder | DisplacementDecoder, *, half: bool = False
) -> FoldedDecoder:
    """A decoder with its weights as they are now, on the same device.

    Args:
        decoder: in evaluation mode, or about to be.
        half: compute in half precision, which a CPU does slowly.

    Returns:
        The decoder's map to rounding; eyes excepted.
    """
    blocks = [
        _folded_block(block) for block in decoder.upsample if isinstance(block, UpsampleBlock)
    ]
    blocks = [*blocks, _in_texel_order(blocks[-1])]
    if half:
        blocks = [FoldedBlock(*(tensor.half() for tensor in block)) for block in blocks]
    *before, last, last_texels = blocks
    z_fc = None if isinstance(decoder, ViewDecoder) else decoder.z_fc
    return FoldedDecoder(z_fc, tuple(before), last, last_texels)


def grouped(texture: Tensor) -> Tensor:
    """[1, C, H, W] as half floats [C / 4 rounded up, H, W, 4]; readable twin of `texels`."""
    channels = texture.shape[1]
    padded = functional.pad(texture[0], (0, 0, 0, 0, 0, -channels % _GROUP))
    groups = padded.view(-1, _GROUP, *padded.shape[1:]).permute(0, 2, 3, 1)
    return groups.half().contiguous()


def box_reduced(texels: Tensor, size: int) -> Tensor:
    """Texels [L, H, W, 4] averaged over boxes down to `size` rows and columns.

    Raises:
        ShapeError: the texture is no square of a power of two times that size.
    """
    groups, height, width, channels = texels.shape
    box = height // size if size > 0 else 0
    if height != width or box * size != height or box & (box - 1):
        raise ShapeError(f"texture: {height} x {width} cannot be reduced to {size} by halves")
    boxes = texels.view(groups, size, box, size, box, channels)
    return boxes.float().mean((2, 4)).to(texels.dtype)


def _folded_block(block: UpsampleBlock) -> FoldedBlock:
    conv, norm, mix = block.conv1.conv, block.conv1.bn, block.conv2
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None or mix.bias is None:
        raise ShapeError("decoder: a block without statistics or bias cannot be folded")
    # In double precision, so that folding adds no rounding of its own.
    scale = norm.weight.double() / (variance.double() + norm.eps).sqrt()
    shifted = block.conv1.bias.double() - mean.double()[:, None, None]
    bias = shifted * scale[:, None, None] + norm.bias.double()[:, None, None]
    return FoldedBlock(
        _channels_last(conv.weight.double() * scale[:, None, None, None]),
        _channels_last(bias[None]),
        _channels_last(mix.weight),
        mix.bias.detach().clone(),
    )


def _in_texel_order(block: FoldedBlock) -> FoldedBlock:
    """Outputs in the order (row, column, group, channel of the group), zeros where C ends."""
    channels = len(block.mix) // 4
    missing = -channels % _GROUP
    mix = functional.pad(block.mix, (0, 0, 0, 0, 0, 0, 0, 4 * missing))
    mix_bias = functional.pad(block.mix_bias, (0, 4 * missing))
    order = torch.arange(len(mix), device=mix.device).view(-1, _GROUP, 2, 2).permute(2, 3, 0, 1)
    order = order.reshape(-1)
    return FoldedBlock(block.spread, block.bias, _channels_last(mix[order]), mix_bias[order])


def _channels_last(values: Tensor) -> Tensor:
    return values.detach().float().contiguous(memory_format=torch.channels_last)
