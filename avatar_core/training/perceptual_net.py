"""Features of pictures without trained weights: edges, and convolutions that nobody has trained.

It stands in for VGG19 where that is not to be had. What it can do: compare where edges are, and
textures by small random filters on five sizes, so blur costs more than a change of brightness. What
it cannot: it knows nothing of faces, and does not judge as people do. That features of random
filters hold what is in a picture is known (He, Wang, Hopcroft, NeurIPS 2016, made pictures from
them); that they weigh its mistakes as trained ones do is not.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

_SEED = 20260
_WIDTHS = (3, 16, 32, 48, 64, 64)
_COLOUR_FILTERS = 4
_GREY = 0.5
_PROBE_PX = 64


class PerceptualNet(nn.Module):
    """Seven features of pictures [B, 3, H, W] in 0..1, H and W at least 16.

    First the slopes and the curvature of the picture itself, then five layers of fixed random 3 x 3
    filters, each followed by averaging over 2 x 2 pixels. All are scaled to a mean square of one on
    noise with the spectrum of photographs, so layers count alike. The same on every machine, and
    nothing in it learns.
    """

    def __init__(self) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(_SEED)
        self._layers = len(_WIDTHS) - 1
        for index, (before, after) in enumerate(pairwise(_WIDTHS)):
            filters = torch.randn(after, before, 3, 3, generator=draw) / math.sqrt(9 * before / 2)
            if not index:
                # Most sum to zero: brightness is what differs most, and would drown the rest.
                filters[_COLOUR_FILTERS:] -= filters[_COLOUR_FILTERS:].mean((2, 3), keepdim=True)
            self.register_buffer(f"filters_{index}", filters, persistent=False)
        self.register_buffer("gains", torch.ones(self._layers + 2), persistent=False)
        with torch.no_grad():
            features = self(_photographic_noise(draw))
            self.gains = torch.stack([1 / value.square().mean().sqrt() for value in features])

    def forward(self, image: Tensor) -> list[Tensor]:
        features = [_slopes(image), _curvature(image)]
        layer = 2 * (image - _GREY)
        for index in range(self._layers):
            if index:
                layer = functional.avg_pool2d(layer, 2)
            padded = functional.pad(layer, (1, 1, 1, 1), "replicate")
            layer = functional.relu(functional.conv2d(padded, getattr(self, f"filters_{index}")))
            features.append(layer)
        return [gain * feature for gain, feature in zip(self.gains, features, strict=True)]


def _slopes(image: Tensor) -> Tensor:
    """[B, 6, H - 1, W - 1] differences to the next pixel across and down."""
    across = image[..., :-1, 1:] - image[..., :-1, :-1]
    down = image[..., 1:, :-1] - image[..., :-1, :-1]
    return torch.cat([across, down], 1)


def _curvature(image: Tensor) -> Tensor:
    """[B, 3, H, W] difference to the mean of 3 x 3 pixels."""
    padded = functional.pad(image, (1, 1, 1, 1), "replicate")
    mean: Tensor = functional.avg_pool2d(padded, 3, stride=1)
    return image - mean


def _photographic_noise(draw: torch.Generator) -> Tensor:
    """[4, 3, 64, 64] noise whose amplitudes fall with frequency, as those of photographs do."""
    white = torch.fft.rfft2(torch.randn(4, 3, _PROBE_PX, _PROBE_PX, generator=draw))
    down, across = torch.fft.fftfreq(_PROBE_PX), torch.fft.rfftfreq(_PROBE_PX)
    frequency = torch.hypot(down[:, None], across).clamp_min(1 / _PROBE_PX)
    noise: Tensor = torch.fft.irfft2(white / frequency)
    return (_GREY + 0.2 * noise / noise.std()).clamp(0, 1)
