"""Positional encodings of MeGA: learned over uv, sines and cosines over space."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from avatar_core.raster.texels import sample_texels

_ENTRIES = 10_000


class LearnedPositionalEncoding(nn.Module):
    """Two learned tables, one along u and one along v, linearly interpolated.

    Source:
        Wang et al., MeGA, arXiv:2404.19026; the reference implementation's "LPE".
    """

    def __init__(self, channels: int = 2, entries: int = _ENTRIES) -> None:
        super().__init__()
        self.m_u = nn.Parameter(torch.empty(channels, entries).uniform_(-1, 1))
        self.m_v = nn.Parameter(torch.empty(channels, entries).uniform_(-1, 1))

    def width(self, coordinates: int) -> int:
        """Number of values a place becomes; there are two tables, one per coordinate."""
        return coordinates * self.m_u.shape[0]

    def forward(self, uv: Tensor) -> Tensor:
        """Codes [M, 2 * channels] of uv [M, 2] in -1..1, first to last entry."""
        return torch.cat([_interpolate(self.m_u, uv[:, 0]), _interpolate(self.m_v, uv[:, 1])], -1)


def _interpolate(table: Tensor, coordinate: Tensor) -> Tensor:
    # A table is a texture one row high; look-ups need a second row, which has no weight.
    rows = table.t().expand(2, -1, -1)
    return sample_texels(rows, torch.stack([coordinate, torch.full_like(coordinate, -1.0)], -1))


class SinCosEncoding(nn.Module):
    """`[x, sin(2^k x), cos(2^k x)]`, k = 0..num_freqs - 1; no pi; all coordinates per function."""

    def __init__(self, num_freqs: int) -> None:
        super().__init__()
        self.num_freqs = num_freqs

    def width(self, coordinates: int) -> int:
        """Number of values a point with that many coordinates becomes."""
        return coordinates * (1 + 2 * self.num_freqs)

    def forward(self, points: Tensor) -> Tensor:
        """Codes [M, C * (1 + 2 num_freqs)] of points [M, C]."""
        parts = [points]
        for k in range(self.num_freqs):
            parts += [torch.sin(points * 2.0**k), torch.cos(points * 2.0**k)]
        return torch.cat(parts, -1)


def uv_encoding(num_freqs: int) -> LearnedPositionalEncoding | SinCosEncoding:
    """The code of uv that a pixel decoder gets: the learned one for 0 frequencies."""
    return SinCosEncoding(num_freqs) if num_freqs else LearnedPositionalEncoding()
