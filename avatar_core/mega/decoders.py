"""MeGA's convolutional decoders: driving signal or view direction to maps over the uv atlas.

Modules and parameters carry the names of official checkpoints, so a state_dict loads as it is.

Source:
    Wang et al., MeGA, arXiv:2404.19026, section 3.2, and the released code's block (untied biases
    follow Lombardi et al., Deep Appearance Models, 2018).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatar_core.errors import ShapeError

START_SIZE = 8
_START_CHANNELS = 4
_WIDTHS = (64, 32, 32, 16, 16, 8)
SLOPE = 0.2


def block_widths(size: int, out_channels: int) -> list[int]:
    """Output channels of each upsampling block that leads from 8 to `size` pixels.

    Args:
        size: a power of two, at least 16.
        out_channels: channels of the map; the last block ends there.

    Raises:
        ShapeError: the size is no power of two or too small.
    """
    blocks = int(math.log2(size)) - 3 if size > 0 else 0
    if blocks < 1 or size != START_SIZE * 2**blocks:
        raise ShapeError(f"map size: expected a power of two from 16 on, got {size}")
    widths = [_WIDTHS[min(i, len(_WIDTHS) - 1)] for i in range(blocks)]
    return [*widths[:-1], out_channels]


class UntiedConv(nn.Module):
    """3x3 convolution, a bias per pixel, batch norm."""

    def __init__(self, in_channels: int, out_channels: int, size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
        self.bias = nn.Parameter(torch.zeros(out_channels, size, size))
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.bn(self.conv(x) + self.bias)
        return result


class UpsampleBlock(nn.Module):
    """[B, Cin, h, h] to [B, C, 2h, 2h]; the leaky ReLU comes last, also in the output block."""

    def __init__(self, in_channels: int, out_channels: int, size: int) -> None:
        super().__init__()
        self.conv1 = UntiedConv(in_channels, out_channels, size)
        self.conv2 = nn.Conv2d(out_channels, 4 * out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return functional.pixel_shuffle(functional.leaky_relu(self.conv2(self.conv1(x)), SLOPE), 2)


def _upsampler(in_channels: int, size: int, out_channels: int) -> nn.Sequential:
    widths = block_widths(size, out_channels)
    inputs = [in_channels, *widths[:-1]]
    return nn.Sequential(
        *(
            UpsampleBlock(before, after, START_SIZE * 2**i)
            for i, (before, after) in enumerate(zip(inputs, widths, strict=True))
        )
    )


@torch.no_grad()
def _silence(upsampler: nn.Sequential) -> None:
    last = upsampler[-1]
    if isinstance(last, UpsampleBlock):
        last.conv2.weight.zero_()
        if last.conv2.bias is not None:
            last.conv2.bias.zero_()


class DynamicDecoder(nn.Module):
    """Expression-dependent texture: driving [B, Z] to [B, channels, size, size]."""

    def __init__(self, driving_width: int, size: int, channels: int) -> None:
        super().__init__()
        self.z_fc = nn.Sequential(
            nn.Linear(driving_width, _START_CHANNELS * START_SIZE**2), nn.LeakyReLU(SLOPE)
        )
        self.upsample = _upsampler(_START_CHANNELS, size, channels)

    def forward(self, driving: Tensor) -> Tensor:
        start = self.z_fc(driving).view(-1, _START_CHANNELS, START_SIZE, START_SIZE)
        result: Tensor = self.upsample(start)
        return result

    def silence(self) -> None:
        """Make the texture zero until training says otherwise."""
        _silence(self.upsample)


class ViewDecoder(nn.Module):
    """View-dependent texture: tiled direction [B, 3, 8, 8] to [B, channels, size, size]."""

    def __init__(self, size: int, channels: int) -> None:
        super().__init__()
        self.upsample = _upsampler(3, size, channels)

    def forward(self, view: Tensor) -> Tensor:
        result: Tensor = self.upsample(view)
        return result

    def silence(self) -> None:
        """Make the texture zero until training says otherwise."""
        _silence(self.upsample)


def tiled_view(camera_position: Tensor) -> Tensor:
    """Input of `ViewDecoder`: camera centres [B, 3] in the world, normalised, as [B, 3, 8, 8]."""
    direction = functional.normalize(camera_position, dim=-1)
    return direction[:, :, None, None].expand(-1, -1, START_SIZE, START_SIZE)


class DisplacementDecoder(nn.Module):
    """Displacement map: driving [B, Z] to [B, 3, 256, 256], raw (metres after times 0.001).

    The eye layers exist in every official checkpoint and are used only when eyes are moved.
    """

    def __init__(self, driving_width: int, size: int = 256) -> None:
        super().__init__()
        self.z_fc = nn.Sequential(
            nn.Linear(driving_width, _START_CHANNELS * START_SIZE**2), nn.LeakyReLU(SLOPE)
        )
        self.upsample = _upsampler(_START_CHANNELS, size, 3)
        self.lefteye_scale = nn.Parameter(torch.zeros(1))
        self.righteye_scale = nn.Parameter(torch.zeros(1))
        self.lefteye_fc = _eye_layers()
        self.righteye_fc = _eye_layers()

    def forward(self, driving: Tensor) -> Tensor:
        return self.decode(driving)[0]

    def decode(self, driving: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The map and the raw translations [B, 3] of the left and right eyeball."""
        code = self.z_fc(driving)
        start = code.view(-1, _START_CHANNELS, START_SIZE, START_SIZE)
        return self.upsample(start), self.lefteye_fc(code), self.righteye_fc(code)


def _eye_layers() -> nn.Sequential:
    last = nn.Linear(64, 3)
    nn.init.zeros_(last.weight)
    with torch.no_grad():
        last.bias.copy_(torch.tensor([1.0, 0.0, 0.0]))
    width = _START_CHANNELS * START_SIZE**2
    return nn.Sequential(nn.Linear(width, 64), nn.LeakyReLU(SLOPE), last)
