"""Splatting on CUDA, on lists made by gsplat.

gsplat's own compositing has no depth-gap rule, no near depths, no contributor count and a fixed cap
of alpha, and its projection clamps and culls by rules of its own. So it does what needs a CUDA
kernel: it sorts the Gaussians into tiles and lists those that every pixel meets. Projection is
`project_gaussians`, as for every back end; compositing is torch over the listed pairs. Pictures
then follow the same `SplatRule` to rounding, but sums on the GPU have no fixed order: two runs
agree to rounding, not to the bit. Memory grows by about 200 bytes per pair of pixel and Gaussian.

Source:
    Ye et al. 2024, gsplat: An Open-Source Library for Gaussian Splatting, arXiv:2409.06765 (the
    package's version 1.5).
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from avatar_core.errors import DeviceError
from avatar_core.raster.projection import reach_px

if TYPE_CHECKING:
    from avatar_core.raster.projection import Projected

_TILE = 16
_MIN_ALPHA = 1 / 255
_SOLID_ALPHA = 0.05
_MIN_TRANSMITTANCE = 1e-4
# gsplat ends a pixel's list by its own cap of alpha, up to 1.5 times as fast in the exponent. With
# this much light to begin with, no list ends before ours does.
_HEAD_START = 200.0
_ALL_BATCHES = 2**30
_WIDEST_PX = 2.0**30


class Pairs(NamedTuple):
    """Gaussians [M] at pixels [M] (row by row), sorted by pixel, front to back within one."""

    gaussians: Tensor
    pixels: Tensor


def is_installed() -> bool:
    """Whether the package gsplat can be imported."""
    return importlib.util.find_spec("gsplat") is not None


def composite(
    projected: Projected,
    opacities: Tensor,
    channels: Tensor,
    size: tuple[int, int],
    alpha_max: float,
    depth_gap_m: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Front-to-back compositing of N Gaussians on their device.

    Args:
        projected: from `project_gaussians`.
        opacities: [N] 0..1.
        channels: [N, C], the last one is the depth.
        size: height and width, pixels.
        alpha_max: cap of one Gaussian's alpha, below 1.
        depth_gap_m: see `SplatRule`.

    Returns:
        image [H, W, C] and alpha [H, W], with gradients; near [H, W, 3], contributors [H, W].

    Raises:
        DeviceError: gsplat is missing or does not work here.
    """
    gsplat = _gsplat()
    try:
        pairs = _listed_pairs(gsplat, projected, opacities, size)
    except torch.OutOfMemoryError:
        raise
    except (ImportError, AttributeError, RuntimeError, OSError) as error:
        raise DeviceError(
            f"gsplat could not draw: {error}",
            "It compiles itself with CUDA's nvcc at first use; without it, choose numba.",
        ) from error
    return _composite_pairs(pairs, projected, opacities, channels, size, alpha_max, depth_gap_m)


def _gsplat() -> Any:
    try:
        return importlib.import_module("gsplat")
    except ImportError as error:
        raise DeviceError(
            "Splatting on CUDA needs the package gsplat, which is not installed.",
            'Install it with pip install "avatar-studio[cuda]", or choose numba.',
        ) from error


@torch.no_grad()
def _listed_pairs(
    gsplat: Any, projected: Projected, opacities: Tensor, size: tuple[int, int]
) -> Pairs:
    """What every pixel meets, by gsplat's tiles (a batch of one picture)."""
    height, width = size
    tiles_x, tiles_y = -(-width // _TILE), -(-height // _TILE)
    centres, conics, depths = (
        value.detach().float()[None].contiguous()
        for value in (projected.centres, projected.conics, projected.depths)
    )
    solid = opacities.detach().float()
    radii = _radii_px(projected, solid)[None]
    none = torch.zeros(0, dtype=torch.long, device=centres.device)
    if not bool((radii > 0).any()):
        return Pairs(none, none)
    _, keys, ids = gsplat.isect_tiles(centres, radii, depths, _TILE, tiles_x, tiles_y)
    if len(ids) == 0:
        return Pairs(none, none)
    offsets = gsplat.isect_offset_encode(keys, 1, tiles_x, tiles_y)
    light = torch.full((1, height, width), _HEAD_START, device=centres.device)
    gaussians, pixels, _ = gsplat.rasterize_to_indices_in_range(
        0, _ALL_BATCHES, light, centres, conics, solid[None].contiguous(),
        width, height, _TILE, offsets, ids,
    )  # fmt: skip
    return Pairs(gaussians, pixels)


def _radii_px(projected: Projected, opacities: Tensor) -> Tensor:
    """Half width and height [N, 2] int32 of what a Gaussian can reach; 0 leaves it out."""
    reach = reach_px(projected.conics.detach(), opacities)
    drawn = projected.visible & (opacities >= _MIN_ALPHA)
    drawn &= projected.centres.detach().isfinite().all(-1) & reach.isfinite().all(-1)
    reach = torch.where(drawn[:, None], reach.ceil().clamp(1, _WIDEST_PX), 0.0)
    return reach.to(torch.int32).contiguous()


def _composite_pairs(
    pairs: Pairs,
    projected: Projected,
    opacities: Tensor,
    channels: Tensor,
    size: tuple[int, int],
    alpha_max: float,
    depth_gap_m: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    height, width = size
    count = height * width
    gaussians, pixels = pairs
    met = channels.index_select(0, gaussians)
    depths = met[:, -1].detach()
    alpha = _alpha(pairs, projected, opacities, width).clamp(max=alpha_max)
    listed = torch.bincount(pixels, minlength=count)
    first = (listed.cumsum(0) - listed).index_select(0, pixels)
    before = _transmittance(alpha, first)
    with torch.no_grad():
        counted = (alpha >= _MIN_ALPHA) & (before * (1 - alpha) >= _MIN_TRANSMITTANCE)
        solid = counted & (alpha > _SOLID_ALPHA)
        counted &= depths - _nearest(depths, solid, pixels, count) <= depth_gap_m
        near = _near_depths(depths, solid & counted, first, pixels, count)
        contributors = torch.zeros(count, dtype=torch.int32, device=pixels.device)
        contributors.index_add_(0, pixels, counted.to(torch.int32))
    weights = (alpha * before * counted)[:, None]
    total = torch.cat([weights * met, weights], -1)
    summed = total.new_zeros(count, total.shape[1]).index_add(0, pixels, total)
    return (
        summed[:, :-1].view(height, width, -1),
        summed[:, -1].view(height, width),
        near.view(height, width, 3),
        contributors.view(height, width),
    )


def _alpha(pairs: Pairs, projected: Projected, opacities: Tensor, width: int) -> Tensor:
    """Opacity times falloff [M] at the pixels' centres; 0 below 1/255."""
    gaussians, pixels = pairs
    centres = projected.centres.index_select(0, gaussians)
    dx = centres[:, 0] - (pixels % width + 0.5)
    dy = centres[:, 1] - (torch.div(pixels, width, rounding_mode="floor") + 0.5)
    a, b, c = projected.conics.index_select(0, gaussians).unbind(-1)
    falloff = torch.exp(-0.5 * (a * dx * dx + c * dy * dy) - b * dx * dy)
    alpha = opacities.index_select(0, gaussians) * falloff
    return torch.where(alpha < _MIN_ALPHA, 0.0, alpha)


def _transmittance(alpha: Tensor, first: Tensor) -> Tensor:
    """Light left in front of each pair [M]; `first` is the first pair of the same pixel.

    One running sum over all pixels, in double precision: millions of pairs cost no digits.
    """
    if len(alpha) == 0:
        return alpha
    passed = torch.log1p(-alpha.double())
    in_front = passed.cumsum(0) - passed
    return torch.exp(in_front - in_front.index_select(0, first)).to(alpha.dtype)


def _nearest(depths: Tensor, solid: Tensor, pixels: Tensor, count: int) -> Tensor:
    """Depth [M] of the first solid Gaussian of each pair's pixel; infinite where there is none."""
    far = depths.new_full((count,), torch.inf)
    nearest = far.scatter_reduce(0, pixels[solid], depths[solid], "amin")
    return nearest.index_select(0, pixels)


def _near_depths(
    depths: Tensor, solid: Tensor, first: Tensor, pixels: Tensor, count: int
) -> Tensor:
    """Depths of the first three solid Gaussians [H * W, 3], -1 where there are fewer."""
    near = depths.new_full((count, 3), -1.0)
    if len(depths) == 0:
        return near
    in_front = solid.cumsum(0) - solid.long()
    rank = in_front - in_front.index_select(0, first)
    shown = solid & (rank < 3)
    near[pixels[shown], rank[shown]] = depths[shown]
    return near
