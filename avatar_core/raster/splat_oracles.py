"""Readable torch twins of the compiled splat rasteriser.

`dense` is a direct transcription of the compositing equation and the oracle for gradients;
`tiled` does the same in batches of tiles and is the baseline for timings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from avatar_core.raster.projection import reach_px

if TYPE_CHECKING:
    from avatar_core.raster.projection import Projected

_MIN_ALPHA = 1 / 255
_SOLID_ALPHA = 0.05
_MIN_TRANSMITTANCE = 1e-4
_TILE = 16
_TILES_AT_ONCE = 32

Composited = tuple[Tensor, Tensor, Tensor, Tensor]


def dense(
    projected: Projected,
    opacities: Tensor,
    channels: Tensor,
    size: tuple[int, int],
    alpha_max: float,
    depth_gap_m: float,
) -> Composited:
    """Every Gaussian at every pixel; memory grows as N * H * W.

    Returns:
        image [H, W, C], alpha [H, W], near [H, W, 3], contributors [H, W].
    """
    order = torch.argsort(projected.depths, stable=True)
    order = order[projected.visible[order]]
    height, width = size
    pixels = _pixel_centres(height, width).view(-1, 2)
    image, alpha, near, count = _composite_pixels(
        projected.centres[order][None],
        projected.conics[order][None],
        opacities[order][None],
        channels[order][None],
        pixels[None],
        alpha_max,
        depth_gap_m,
    )
    return (
        image.view(height, width, -1),
        alpha.view(height, width),
        near.view(height, width, 3),
        count.view(height, width),
    )


def tiled(
    projected: Projected,
    opacities: Tensor,
    channels: Tensor,
    size: tuple[int, int],
    alpha_max: float,
    depth_gap_m: float,
) -> Composited:
    """The same over 16 x 16 tiles, tiles of similar load together."""
    height, width = size
    tiles_x, tiles_y = -(-width // _TILE), -(-height // _TILE)
    members = _tile_members(projected, opacities, tiles_x, tiles_y)
    by_load = torch.argsort(torch.tensor([len(m) for m in members]))
    outputs: list[Tensor | None] = [None] * len(members)
    inner = _pixel_centres(_TILE, _TILE).view(-1, 2)
    for chunk in by_load.split(_TILES_AT_ONCE):
        tiles = chunk.tolist()
        index, present = _padded([members[t] for t in tiles])
        corners = torch.tensor([[t % tiles_x, t // tiles_x] for t in tiles]) * _TILE
        image, alpha, near, count = _composite_pixels(
            projected.centres[index],
            projected.conics[index],
            opacities[index] * present,
            channels[index],
            inner[None] + corners[:, None],
            alpha_max,
            depth_gap_m,
        )
        joined = torch.cat([image, alpha[..., None], near, count[..., None].float()], -1)
        for place, tile in enumerate(tiles):
            outputs[tile] = joined[place]
    grid = torch.stack([o for o in outputs if o is not None])
    whole = grid.view(tiles_y, tiles_x, _TILE, _TILE, -1).permute(0, 2, 1, 3, 4)
    whole = whole.reshape(tiles_y * _TILE, tiles_x * _TILE, -1)[:height, :width]
    c = channels.shape[1]
    return whole[..., :c], whole[..., c], whole[..., c + 1 : c + 4], whole[..., c + 4].int()


def _composite_pixels(
    centres: Tensor,
    conics: Tensor,
    opacities: Tensor,
    channels: Tensor,
    pixels: Tensor,
    alpha_max: float,
    depth_gap_m: float,
) -> Composited:
    """Groups of Gaussians [G, K, ...], front to back, over groups of pixels [G, P, 2]."""
    delta = centres[:, :, None] - pixels[:, None]
    dx, dy = delta[..., 0], delta[..., 1]
    a, b, c = (conics[:, :, None, k] for k in range(3))
    alpha = opacities[:, :, None] * torch.exp(-0.5 * (a * dx * dx + c * dy * dy) - b * dx * dy)
    alpha = torch.where(alpha < _MIN_ALPHA, 0.0, alpha.clamp(max=alpha_max))
    alpha = alpha * _kept(alpha.detach(), channels[:, :, 3].detach(), depth_gap_m)
    after = torch.cumprod(1 - alpha, 1)
    before = torch.cat([torch.ones_like(after[:, :1]), after[:, :-1]], 1)
    image = torch.einsum("gkp,gkc->gpc", alpha * before, channels)
    total = 1 - after[:, -1] if after.shape[1] else torch.zeros(pixels.shape[:2])
    near = _near_depths(alpha.detach(), channels[:, :, 3].detach())
    return image, total, near, (alpha > 0).sum(1).int()


def _kept(alpha: Tensor, depths: Tensor, depth_gap_m: float) -> Tensor:
    """1 for Gaussians in front of the point where a pixel ends [G, K, P]."""
    after = torch.cumprod(1 - alpha, 1)
    solid = alpha > _SOLID_ALPHA
    far = torch.full_like(alpha, torch.inf)
    first = torch.where(solid, depths[..., None].expand_as(alpha), far)
    # Depth of the first solid Gaussian strictly in front of each one.
    front = torch.cat([far[:, :1], first[:, :-1]], 1).cummin(1).values
    beyond = (alpha > 0) & (depths[..., None] - front > depth_gap_m)
    ended = ((alpha > 0) & (after < _MIN_TRANSMITTANCE)) | beyond
    return (ended.cumsum(1) == 0).to(alpha.dtype)


def _near_depths(alpha: Tensor, depths: Tensor) -> Tensor:
    """Depths of the first three solid Gaussians [G, P, 3], -1 where there are fewer."""
    rank = (alpha > _SOLID_ALPHA).cumsum(1) * (alpha > _SOLID_ALPHA)
    layers = []
    for wanted in (1, 2, 3):
        hit = (rank == wanted).to(depths.dtype)
        depth = (hit * depths[..., None]).sum(1)
        layers.append(torch.where(hit.sum(1) > 0, depth, torch.full_like(depth, -1.0)))
    return torch.stack(layers, -1)


def _pixel_centres(height: int, width: int) -> Tensor:
    rows, columns = torch.meshgrid(
        torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij"
    )
    return torch.stack([columns, rows], -1)


def _tile_members(
    projected: Projected, opacities: Tensor, tiles_x: int, tiles_y: int
) -> list[Tensor]:
    """Ids per tile, front to back."""
    reach = reach_px(projected.conics.detach(), opacities.detach())
    centres = projected.centres.detach()
    low, high = ((centres - reach) / _TILE).floor(), ((centres + reach) / _TILE).floor()
    order = torch.argsort(projected.depths.detach(), stable=True)
    shown = projected.visible & (opacities >= _MIN_ALPHA)
    order = order[shown[order]]
    members = []
    for ty in range(tiles_y):
        row = order[(low[order, 1] <= ty) & (high[order, 1] >= ty)]
        for tx in range(tiles_x):
            members.append(row[(low[row, 0] <= tx) & (high[row, 0] >= tx)])
    return members


def _padded(members: list[Tensor]) -> tuple[Tensor, Tensor]:
    longest = max(1, max(len(m) for m in members))
    index = torch.zeros(len(members), longest, dtype=torch.long)
    present = torch.zeros(len(members), longest)
    for row, ids in enumerate(members):
        index[row, : len(ids)] = ids
        present[row, : len(ids)] = 1.0
    return index, present
