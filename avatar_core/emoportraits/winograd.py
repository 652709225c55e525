"""The decoder of a portrait model for processors that multiply float32 alone.

There the 3 by 3 convolutions of the released sizes take nearly all of a frame, and the libraries
compute them as fast as the processor multiplies. So what is left is to multiply less: Winograd's
minimal filtering needs a quarter of the products. What comes before and behind a convolution (group
norm, ReLU, doubling, bias, residual) is done on its way through the caches, not in passes of its
own through memory.

Source:
    Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, arXiv:1509.09308.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from avatar_core.emoportraits.blocks import ResBlock
from avatar_core.emoportraits.matrix_kernel import packed
from avatar_core.emoportraits.shares import share, shares_of
from avatar_core.emoportraits.winograd_kernels import (
    TILE,
    add_up,
    convolve,
    multiply_pixels,
)
from avatar_core.geometry import expect_shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.emoportraits.decoder import Decoder
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import Float64

_FILTER = torch.tensor(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ],
    dtype=torch.float64,
)
"""G of the paper."""

_NONE = np.empty(0, np.float32)
_LEAST_WIDTH = 64
"""Channels from which on it is faster: below, most of the work is to transform."""
_TILES = 32
"""Tiles of a row that are computed at once: what they need stays in the cache."""
_TILES_AT_ONCE = 64
"""Tiles of all rows: each weight is read once for so many."""


def transformed(weight: Tensor) -> Float32:
    """Weights [N, C, 3, 3] of a convolution as `convolve` reads them, [36, P, C, `PANEL`]."""
    expect_shapes(weight=(weight, "N C 3 3"))
    points = torch.einsum("ia,ncab,jb->ijcn", _FILTER, weight.double(), _FILTER)
    return packed(points.flatten(0, 1).float().numpy())


def suits(decoder: Decoder, latent_size: int) -> bool:
    """Whether a decoder is faster here than in torch, and of sizes that fit into tiles.

    Args:
        decoder: folded.
        latent_size: side of the volumes it is given.
    """
    widths = [block.norms[0].num_channels for block in _blocks(decoder)]
    # Four tiles a side, and so 16 at once: a multiple of `matrix_kernel.ROWS` in any case.
    return min(widths) >= _LEAST_WIDTH and latent_size % (4 * TILE) == 0


@dataclass(frozen=True, slots=True)
class _Norm:
    """Group norm over [H, W, C]."""

    groups: int
    weight: Float32
    bias: Float32
    epsilon: float

    @classmethod
    def of(cls, norm: nn.Module) -> _Norm:
        assert isinstance(norm, nn.GroupNorm)
        return cls(norm.num_groups, norm.weight.numpy(), norm.bias.numpy(), norm.eps)

    def affine(self, sums: Float64, cells: int) -> tuple[Float32, Float32]:
        """Scale and shift [C] that normalise what has these sums [2, C], of so many cells."""
        mean, square = sums.reshape(2, self.groups, -1).mean(2) / cells
        spread = np.sqrt(np.maximum(square - mean * mean, 0) + self.epsilon)
        members = len(self.weight) // self.groups
        scale = self.weight / np.repeat(spread, members)
        shift = self.bias - np.repeat(mean, members) * scale
        return scale.astype(np.float32), shift.astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Layer:
    """Group norm, ReLU, convolution of 3 by 3."""

    norm: _Norm
    weights: Float32
    bias: Float32

    @classmethod
    def of(cls, norm: nn.Module, conv: nn.Module) -> _Layer:
        assert isinstance(conv, nn.Conv2d)
        return cls(_Norm.of(norm), transformed(conv.weight), _bias_of(conv))


@dataclass(frozen=True, slots=True)
class _Pixels:
    """A convolution of 1 by 1."""

    weights: Float32
    bias: Float32

    @classmethod
    def of(cls, conv: nn.Module) -> _Pixels:
        assert isinstance(conv, nn.Conv2d)
        return cls(packed(conv.weight[:, :, 0, 0].T.numpy()), _bias_of(conv))


@dataclass(frozen=True, slots=True)
class _Block:
    """A residual block of pictures."""

    first: _Layer
    second: _Layer
    skip: _Pixels | None
    times: int
    """How much larger its answer is."""

    @classmethod
    def of(cls, block: ResBlock) -> _Block:
        feats = block.block_feats
        skip = _Pixels.of(block.skip[0]) if len(block.skip) else None
        return cls(
            _Layer.of(feats[0], feats[2]),
            _Layer.of(feats[3], block.block[0]),
            skip,
            2 if block.doubles else 1,
        )


@dataclass(frozen=True, slots=True)
class _Map:
    """Features [H, W, C] and the sums [2, C] of them and of their squares."""

    features: Float32
    sums: Float64

    @property
    def cells(self) -> int:
        height, width = self.features.shape[:2]
        return int(height * width)


class WinogradDecoder:
    """Pictures of posed volumes. One thread at a time; it uses as many as torch does.

    Its weights take four times the memory of the decoder's own, and what lies between layers is
    kept from picture to picture: memory that is new costs as much time as the work on it.

    Args:
        decoder: folded, in float32 on the processor, and one that `suits`.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._first = decoder.res_decoder[0]
        self._blocks = [_Block.of(block) for block in _blocks(decoder)]
        norm, _relu, conv = decoder.img_decoder.dec_img_head
        self._head = _Norm.of(norm), _Pixels.of(conv)
        self._kept: dict[tuple[str, tuple[int, ...]], Float32] = {}

    def decode(self, volume: Tensor) -> Tensor:
        """Picture [1, 3, S, S] in 0..1 of a posed volume [1, C, D, H, W]."""
        flat = volume.flatten(1, 2).float()
        start = self._first(flat.contiguous(memory_format=torch.channels_last))
        features = np.ascontiguousarray(start[0].permute(1, 2, 0).numpy())
        current = _Map(features, _sums_of(features))
        for block in self._blocks:
            current = self._block(block, current)
        norm, head = self._head
        pixels = self._pixels(head, current.features, *norm.affine(current.sums, current.cells))
        return torch.sigmoid(torch.from_numpy(pixels).permute(2, 0, 1)[None]).contiguous()

    def _block(self, block: _Block, given: _Map) -> _Map:
        width = len(block.second.bias)
        height, wide = (block.times * side for side in given.features.shape[:2])
        middle = self._layer(block.first, given, self._place("middle", height, wide, width))
        residual = given.features
        if block.skip is not None:
            residual = self._pixels(block.skip, residual, _NONE, _NONE)
        # Where nothing is doubled, the answer takes the place of what it is added to.
        out = residual if block.times == 1 else self._place("out", height, wide, width)
        return self._layer(block.second, middle, out, residual)

    def _layer(
        self, layer: _Layer, given: _Map, out: Float32, residual: Float32 | None = None
    ) -> _Map:
        scale, shift = layer.norm.affine(given.sums, given.cells)
        if residual is None:
            residual = np.empty((0, 0, len(layer.bias)), np.float32)
        of_height, of_width = out.shape[0] // TILE, out.shape[1] // TILE
        tiles = math.gcd(of_width, _TILES)
        rows = math.gcd(of_height, max(_TILES_AT_ONCE // tiles, 1))

        def work(first: int, last: int, sums: Float64) -> None:
            convolve(
                given.features, scale, shift, layer.weights, layer.bias,
                residual, out, sums, rows, tiles, rows * first, rows * last,
            )  # fmt: skip

        return _Map(out, _shared(of_height // rows, len(layer.bias), work))

    def _pixels(self, layer: _Pixels, given: Float32, scale: Float32, shift: Float32) -> Float32:
        out = self._place("pixels", *given.shape[:2], len(layer.bias))

        def work(first: int, last: int, _sums: Float64) -> None:
            multiply_pixels(given, scale, shift, layer.weights, layer.bias, out, first, last)

        _shared(len(given), 0, work)
        return out

    def _place(self, use: str, *shape: int) -> Float32:
        """An array for one use, whose contents are as they were left."""
        place = self._kept.get((use, shape))
        if place is None:
            place = self._kept[use, shape] = np.empty(shape, np.float32)
        return place


def _sums_of(features: Float32) -> Float64:
    def work(first: int, last: int, sums: Float64) -> None:
        add_up(features, sums, first, last)

    return _shared(len(features), features.shape[2], work)


def _shared(count: int, channels: int, work: Callable[[int, int, Float64], None]) -> Float64:
    """Share `count` rows among threads; the sums [2, channels] of all."""
    firsts, lasts = zip(*shares_of(count), strict=True)
    sums = np.zeros((len(firsts), 2, channels))
    share(work, firsts, lasts, list(sums))
    total: Float64 = sums.sum(0)
    return total


def _blocks(decoder: Decoder) -> list[ResBlock]:
    layers = [*decoder.res_decoder, *decoder.img_decoder.dec_img_blocks]
    return [layer for layer in layers if isinstance(layer, ResBlock)]


def _bias_of(conv: nn.Conv2d) -> Float32:
    return np.zeros(conv.out_channels, np.float32) if conv.bias is None else conv.bias.numpy()
