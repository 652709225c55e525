"""Changes to pictures that a portrait model must not mistake for expression or identity.

Pictures are [B, ..., 3, H, W] sRGB 0..1; all of one item are changed alike.

Source:
    Drobyshev et al., EMOPortraits, arXiv:2404.19110: elastic and colour changes of what the
    expression network sees; amounts of the released run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from avatar_core.errors import ShapeError

_LUMA = (0.299, 0.587, 0.114)
_CELLS = 8
_CELL_SIGMA = 0.1
_EXPRESSION_GREY = 0.05


@dataclass(frozen=True, slots=True)
class ColourJitter:
    """How much colours are changed.

    Args:
        brightness: factor 1 - b .. 1 + b.
        contrast: the same, about the mean brightness of the picture.
        saturation: the same, about grey.
        hue: turn of up to this share of the colour circle.
        probability: share of the items that are changed at all.
    """

    brightness: float = 0.4
    contrast: float = 0.4
    saturation: float = 0.4
    hue: float = 0.0
    probability: float = 1.0


FRAMES = ColourJitter(0.3, 0.3, 0.3, hue=0.3, probability=0.8)
"""Of source and driver alike, in the released run."""
EXPRESSION = ColourJitter(hue=0.4)
"""Of what the expression network sees while it learns."""


def expression_input(images: Tensor, draw: torch.Generator) -> Tensor:
    """What the expression network sees while it learns: bent, of other colours, sometimes grey.

    Args:
        images: [B, ..., 3, H, W].
        draw: of the CPU; equal generators give equal changes.
    """
    changed = jittered(elastic(images, draw), EXPRESSION, draw)
    grey = torch.rand(len(images), generator=draw) < _EXPRESSION_GREY
    return torch.where(_per_item(grey, images), _luma(changed).expand_as(changed), changed)


def jittered(images: Tensor, jitter: ColourJitter, draw: torch.Generator) -> Tensor:
    """Pictures [B, ..., 3, H, W] with changed colours, one draw for each of B."""
    _expect_pictures(images)
    amounts = 2 * torch.rand(4, len(images), generator=draw) - 1
    limits = (jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue)
    changed_at_all = torch.rand(len(images), generator=draw) < jitter.probability
    bright, contrast, saturation, hue = (
        _per_item(limit * amount * changed_at_all, images)
        for limit, amount in zip(limits, amounts, strict=True)
    )
    result = images * (1 + bright)
    result = torch.lerp(_luma(result).mean((-2, -1), keepdim=True), result, 1 + contrast)
    result = torch.lerp(_luma(result).expand_as(result), result, 1 + saturation)
    if jitter.hue:
        result = _hue_turned(result, 2 * math.pi * hue)
    return result.clamp(0, 1)


def elastic(
    images: Tensor, draw: torch.Generator, cells: int = _CELLS, sigma: float = _CELL_SIGMA
) -> Tensor:
    """Pictures [B, ..., 3, H, W] bent by a coarse grid whose corners were moved at random.

    Args:
        images: the pictures.
        draw: of the CPU.
        cells: of the grid, across and down.
        sigma: standard deviation of each corner, in cells.
    """
    _expect_pictures(images)
    height, width = images.shape[-2:]
    corners = 2 * sigma / cells * torch.randn(len(images), 2, cells + 1, cells + 1, generator=draw)
    bend = functional.interpolate(
        corners.to(images), (height, width), mode="bicubic", align_corners=True
    )
    straight = torch.eye(2, 3).to(images).expand(len(images), -1, -1)
    grid = functional.affine_grid(straight, [len(images), 1, height, width], align_corners=False)
    flat = images.reshape(len(images), -1, height, width)  # all pictures of an item as channels
    bent = functional.grid_sample(
        flat, grid + bend.movedim(1, -1), mode="bicubic", padding_mode="border", align_corners=False
    )
    return bent.clamp(0, 1).view_as(images)


def _luma(images: Tensor) -> Tensor:
    """[..., 1, H, W] brightness."""
    weights = torch.tensor(_LUMA).to(images)[:, None, None]
    return (images * weights).sum(-3, keepdim=True)


def _hue_turned(images: Tensor, angle_rad: Tensor) -> Tensor:
    """Colours turned about the grey axis, brightness kept as well as the turn allows."""
    red, green, blue = images.unbind(-3)
    angle = angle_rad.squeeze(-3)
    cosine, sine = angle.cos(), angle.sin() / math.sqrt(3)
    mean = (1 - cosine) / 3 * (red + green + blue)
    return torch.stack(
        [
            mean + cosine * red + sine * (blue - green),
            mean + cosine * green + sine * (red - blue),
            mean + cosine * blue + sine * (green - red),
        ],
        -3,
    )


def _per_item(values: Tensor, images: Tensor) -> Tensor:
    """[B, 1, ..., 1] of [B], on the device of the pictures."""
    return values.to(images.device).view(-1, *(1,) * (images.ndim - 1))


def _expect_pictures(images: Tensor) -> None:
    if images.ndim < 4 or images.shape[-3] != 3:
        raise ShapeError(f"images: expected [B, ..., 3, H, W], got {list(images.shape)}")
