"""Warp generators: where every cell of a volume goes under an expression.

Source:
    MegaPortraits, arXiv:2207.07621, section 3.1 and its supplement; the released code.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from avatar_core.emoportraits.blocks import (
    LayerStyle,
    Projector,
    ResBlock,
    conv,
    depth_steps,
    group_norm,
    resized_volume,
)
from avatar_core.emoportraits.half import with_range
from avatar_core.emoportraits.pose import identity_grid

if TYPE_CHECKING:
    from collections.abc import Sequence


class Warp(NamedTuple):
    """What a warp generator answers.

    Args:
        warp: [B, D, H, W, 3] (x, y, z) the place each cell is taken from, for `sample_volume`.
        delta: [B, 3, D, H, W] how far that is from the cell itself, within -1 .. 1.
    """

    warp: Tensor
    delta: Tensor


class WarpGenerator(nn.Module):
    """Embedding of expression and identity to a warp.

    Args:
        embedding_channels: E.
        embed_size: cells of the embedding a side, where the volume starts.
        widths: channels of the start, then of every block; each doubles the side.
        depth: cells of the warp in depth.
        style: of its weights.
        start_depth: cells of the start in depth; `embed_size` where it is not said.
        zero_start: its last layer begins with zeros, and so has no spectral norm.
    """

    identity_grid: Tensor

    def __init__(
        self,
        embedding_channels: int,
        embed_size: int,
        widths: Sequence[int],
        depth: int,
        style: LayerStyle,
        start_depth: int | None = None,
        zero_start: bool = False,
    ) -> None:
        super().__init__()
        self._embed_size = embed_size
        self._start_depth = start_depth or embed_size
        size = embed_size << (len(widths) - 1)
        self._depths = depth_steps(embed_size, depth, size)
        self._depths[0] = self._start_depth
        grid = identity_grid(depth, size, size)[..., :3]
        self.register_buffer("identity_grid", grid.movedim(-1, 0)[None].contiguous())
        self.first_conv = conv(2, embedding_channels, widths[0] * self._start_depth, 1, style)
        self.blocks_3d = nn.ModuleList(
            ResBlock(3, inputs, width, style, adaptive=True) for inputs, width in pairwise(widths)
        )
        self.pre_head = nn.Sequential(group_norm(widths[-1], style), nn.ReLU())
        last = replace(style, spectral=style.spectral and not zero_start)
        # One level of nesting more, for the names of the released state dict.
        self.head = nn.Sequential(nn.Sequential(conv(3, widths[-1], 3, 3, last, bias=True)))
        norms = [width for pair in pairwise(widths) for width in pair]
        self.projector = Projector(norms, embedding_channels, embed_size**2)

    def forward(self, embedding: Tensor) -> Warp:
        """The warp of an embedding [B, E, P], P cells row by row."""
        with with_range(embedding.device):
            return self._warp(embedding)

    def _warp(self, embedding: Tensor) -> Warp:
        changes = self.projector(embedding)
        side = self._embed_size
        start = self.first_conv(embedding.unflatten(-1, (side, side)))
        volume = start.unflatten(1, (-1, self._start_depth))
        for index, block in enumerate(self.blocks_3d):
            side *= 2
            before, behind = self._depths[index], self._depths[index + 1]
            volume = resized_volume(volume, max(before, behind), side)
            volume = block(volume, changes[2 * index : 2 * index + 2])
            volume = resized_volume(volume, behind, side)
        delta = torch.tanh(self.head(self.pre_head(volume)).float())
        grid = self.identity_grid + delta
        return Warp(grid.movedim(1, -1), delta)

    @torch.no_grad()
    def start_at_identity(self) -> None:
        """Let every warp be the identity, until it learns; see `zero_start`."""
        head = self.head.get_submodule("0.0")
        for value in head.parameters():
            value.zero_()
