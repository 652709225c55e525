"""Losses of MeGA's training.

Source:
    Wang et al., MeGA, arXiv:2404.19026, section 3.5, with the weights and conventions of the
    released trainers.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_SSIM_WINDOW = 11
_SSIM_SIGMA = 1.5
_SSIM_C1 = 0.01**2
_SSIM_C2 = 0.03**2


def colour_distance(a: Tensor, b: Tensor) -> Tensor:
    """Mean over pixels of the Euclidean distance of colours [..., 3]."""
    # The small term keeps the gradient finite where both agree exactly.
    return ((a - b).square().sum(-1) + 1e-12).sqrt().mean()


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Mean structural similarity of images [B, 3, H, W] in 0..1.

    11 x 11 Gaussian window, sigma 1.5, zeros beyond the border.

    Source:
        Wang et al. 2004, Image quality assessment: from error visibility to structural similarity.
    """
    offsets = torch.arange(_SSIM_WINDOW, dtype=a.dtype, device=a.device) - _SSIM_WINDOW // 2
    kernel = torch.exp(-(offsets**2) / (2 * _SSIM_SIGMA**2))
    kernel = kernel / kernel.sum()
    stack = torch.cat([a, b, a * a, b * b, a * b], 1)
    channels = stack.shape[1]
    pad = _SSIM_WINDOW // 2
    row = kernel.view(1, 1, 1, -1).expand(channels, -1, -1, -1)
    column = kernel.view(1, 1, -1, 1).expand(channels, -1, -1, -1)
    stack = functional.conv2d(stack, row, padding=(0, pad), groups=channels)
    stack = functional.conv2d(stack, column, padding=(pad, 0), groups=channels)
    mean_a, mean_b, aa, bb, ab = stack.chunk(5, 1)
    variance_a, variance_b = aa - mean_a**2, bb - mean_b**2
    covariance = ab - mean_a * mean_b
    numerator = (2 * mean_a * mean_b + _SSIM_C1) * (2 * covariance + _SSIM_C2)
    denominator = (mean_a**2 + mean_b**2 + _SSIM_C1) * (variance_a + variance_b + _SSIM_C2)
    similarity: Tensor = numerator / denominator
    return similarity.mean()


def picture_loss(
    rendered: Tensor, wanted: Tensor, ssim_weight: float, squared_weight: float = 0.0
) -> Tensor:
    """How far two pictures [H, W, 3] are apart.

    The mean colour distance, plus `ssim_weight * (1 - SSIM)`, plus the mean squared colour distance
    times `squared_weight`.
    """
    similarity = ssim(_planes(rendered), _planes(wanted))
    loss = colour_distance(rendered, wanted) + ssim_weight * (1 - similarity)
    if squared_weight:
        loss = loss + squared_weight * (rendered - wanted).square().sum(-1).mean()
    return loss


def normals_from_depth(depth_mm: Tensor) -> Tensor:
    """Normals [B, H, W, 3] of depth maps [B, H, W] in mm per pixel.

    `normalise(-dz/dx, -dz/dy, 1)` by central differences, one-sided at the border; flat pixels
    become (1, 1, 1), as in the released code.
    """
    along_y, along_x = torch.gradient(depth_mm, dim=(1, 2))
    normals = functional.normalize(
        torch.stack([-along_x, -along_y, torch.ones_like(along_x)], -1), dim=-1
    )
    flat = (along_x == 0) & (along_y == 0)
    return torch.where(flat[..., None], torch.ones_like(normals), normals)


def depth_loss(depth_mm: Tensor, wanted_mm: Tensor, mask: Tensor, threshold_mm: float) -> Tensor:
    """Mean distance [mm] where both are known and differ by less than the threshold."""
    difference = (depth_mm - wanted_mm).abs()
    weight = ((difference.detach() < threshold_mm) & (mask > 0)).to(depth_mm.dtype)
    return (difference * weight).mean()


def silhouette_loss(hair: Tensor, mask: Tensor, distance_px2: Tensor) -> Tensor:
    """Hair drawn where there is none, weighed by the squared distance to the nearest true hair."""
    return ((hair - mask).abs() * distance_px2).mean()


def solid_hair_loss(alpha: Tensor, eroded_mask: Tensor) -> Tensor:
    """Gaps inside the hair: mean transparency over the eroded hair mask."""
    return ((1 - alpha) * eroded_mask).mean()


def neighbour_loss(before: Tensor, after: Tensor, neighbours: Tensor) -> Tensor:
    """Change of distances to neighbours (as isometric as possible).

    Args:
        before: [N, D] canonical values.
        after: [N, D] deformed values.
        neighbours: [N, K] indices, self excluded.
    """
    distance_before = (before[neighbours] - before[:, None]).norm(dim=-1)
    difference = after[neighbours] - after[:, None]
    distance_after = (difference.square().sum(-1) + 1e-16).sqrt()
    change: Tensor = (distance_after - distance_before).abs()
    return change.mean()


def covariances(quats: Tensor, scales: Tensor) -> Tensor:
    """Upper triangles [N, 6] of the covariances of Gaussians."""
    from avatar_core.raster.projection import rotation_matrices

    axes = rotation_matrices(quats) * scales[:, None]
    full: Tensor = axes @ axes.transpose(1, 2)
    return torch.stack([full[:, i, j] for i in range(3) for j in range(i, 3)], -1)


def _planes(image: Tensor) -> Tensor:
    return image.permute(2, 0, 1)[None]
