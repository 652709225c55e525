"""Features of pictures without trained weights: edges, and convolutions that nobody has trained.

It stands in for VGG19 where that is not to be had. What it can do: compare where edges are, and
textures by small random filters on five sizes, so blur costs more than a change of brightness. What
it cannot: it knows nothing of faces, and does not judge as people do. That features of random
filters hold what is in a picture is known (He, Wang, Hopcroft, NeurIPS 2016, made pictures from
them); that they weigh its mistakes as trained ones do is not.
"""

from __future__ import annotations

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
    """Six features of pictures [B, 3, H, W] in 0..1, H and W at least 16.

    First slopes and curvature of each colour, then five layers of fixed random filters, each half
    the size of the last. All have a mean square of one on noise with the spectrum of photographs,
    so layers count alike. The same on every machine, and nothing in it learns.
    """

    def __init__(self) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(_SEED)
        probe = 2 * (_photographic_noise(draw) - _GREY)
        edges = _edge_filters()
        self._add("edges", edges, functional.conv2d(probe, edges))
        for index, (before, after) in enumerate(pairwise(_WIDTHS)):
            side = 4 if index else 3
            filters = torch.randn(after, before, side, side, generator=draw)
            if not index:
                # Most sum to zero: brightness is what differs most, and would drown the rest.
                filters[_COLOUR_FILTERS:] -= filters[_COLOUR_FILTERS:].mean((2, 3), keepdim=True)
            self._add(f"filters_{index}", filters, _layer(probe, filters))
            probe = _layer(probe, self.get_buffer(f"filters_{index}"))

    def forward(self, image: Tensor) -> list[Tensor]:
        layer = 2 * (image - _GREY)
        features = [functional.conv2d(layer, self.get_buffer("edges"))]
        for index in range(len(_WIDTHS) - 1):
            layer = _layer(layer, self.get_buffer(f"filters_{index}"))
            features.append(layer)
        return features

    def _add(self, name: str, filters: Tensor, answer: Tensor) -> None:
        """Keep filters, scaled so that their answer to the probe has a mean square of one."""
        filters = filters / answer.square().mean().sqrt()
        self.register_buffer(name, filters, persistent=False)


def _layer(image: Tensor, filters: Tensor) -> Tensor:
    """Filters of 3 x 3 keep the size, those of 4 x 4 halve it; negative answers are dropped."""
    padded = functional.pad(image, (1, 1, 1, 1), "replicate")
    return functional.relu(functional.conv2d(padded, filters, stride=filters.shape[-1] - 2))


def _edge_filters() -> Tensor:
    """[9, 3, 3, 3] slope across, slope down and curvature of each colour by itself."""
    across = torch.tensor([[0.0, 0, 0], [0, -1, 1], [0, 0, 0]])
    curvature = torch.eye(3)[1] * torch.eye(3)[1][:, None] - 1 / 9
    kinds = torch.stack([across, across.T, 1.5 * curvature])
    return torch.einsum("kyx,cd->kcdyx", kinds, torch.eye(3)).reshape(9, 3, 3, 3)


def _photographic_noise(draw: torch.Generator) -> Tensor:
    """[4, 3, 64, 64] noise whose amplitudes fall with frequency, as those of photographs do."""
    white = torch.fft.rfft2(torch.randn(4, 3, _PROBE_PX, _PROBE_PX, generator=draw))
    down, across = torch.fft.fftfreq(_PROBE_PX), torch.fft.rfftfreq(_PROBE_PX)
    frequency = torch.hypot(down[:, None], across).clamp_min(1 / _PROBE_PX)
    noise: Tensor = torch.fft.irfft2(white / frequency)
    return (_GREY + 0.2 * noise / noise.std()).clamp(0, 1)
