"""The neural texture and the pixel decoder that turns its texels into colour.

Source:
    Wang et al., MeGA, arXiv:2404.19026, section 3.2; sine layers after Sitzmann et al., SIREN,
    arXiv:2006.09661.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

_OMEGA = 30.0


class NeuralTexture(nn.Module):
    """The basic (diffuse) texture, [1, channels, size, size]."""

    def __init__(self, size: int, channels: int) -> None:
        super().__init__()
        self.texture = nn.Parameter(torch.empty(1, channels, size, size).uniform_(-1, 1))

    def forward(self) -> Tensor:
        return self.texture


class SineLayer(nn.Module):
    """`sin(30 (W x + b))`."""

    def __init__(self, inputs: int, outputs: int, *, first: bool = False) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        bound = 1 / inputs if first else math.sqrt(6 / inputs) / _OMEGA
        nn.init.uniform_(self.linear.weight, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(_OMEGA * self.linear(x))


class _Net(nn.Module):
    """Holds layers under the name `net`, as official checkpoints do."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.net = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.net(x)
        return result


class PixelDecoder(nn.Module):
    """Latents to colour: `[xyz 3 (only with xyz_cond) | uv code | texture]` to [M, 3] in 0..1.

    Official weights give BGR; `mega.colour_order` turns the last layer round on import.
    """

    def __init__(
        self, tex_channels: int = 12, pe_width: int = 4, *, xyz_cond: bool = False
    ) -> None:
        super().__init__()
        self.xyz_cond = xyz_cond
        self.xyz_enc = _Net(SineLayer(3, 4, first=True), SineLayer(4, 4))
        inputs = tex_channels + pe_width + (4 if xyz_cond else 0)
        last = nn.Linear(8, 3)
        bound = math.sqrt(6 / 8) / _OMEGA
        nn.init.uniform_(last.weight, -bound, bound)
        layers = _Net(SineLayer(inputs, 8, first=True), SineLayer(8, 8), SineLayer(8, 8), last)
        self.final_siren = nn.Sequential(layers, nn.Sigmoid())

    def forward(self, latents: Tensor) -> Tensor:
        if self.xyz_cond:
            latents = torch.cat([self.xyz_enc(latents[:, :3]), latents[:, 3:]], -1)
        result: Tensor = self.final_siren(latents)
        return result


def sample_texels(texture: Tensor, uv: Tensor) -> Tensor:
    """Texels [M, C] of a texture [1, C, H, W] at uv [M, 2] in -1..1.

    Bilinear, `align_corners=True`: -1 and 1 are the centres of the outermost texels.
    """
    sampled = functional.grid_sample(texture, uv[None, :, None], align_corners=True)
    return sampled[0, :, :, 0].t()
