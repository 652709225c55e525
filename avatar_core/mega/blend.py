"""MeGA's occlusion-aware blend of the face and hair layers.

Source:
    Wang et al., MeGA, arXiv:2404.19026, section 3.4; masks as in the released trainers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor
from torch.nn import functional

_MISSING_MM = 1e10
_BLUR_SIGMA_PX = 1.5
_BLUR_SIZE_PX = 5
_SOLID = 0.5


class BlendMode(StrEnum):
    """Which hair depth decides, and whether the mask is cleaned."""

    TRAIN = "train"
    """First near depth, no morphology."""
    EVAL = "eval"
    """Second near depth, opened and closed: a single stray hair hides nothing."""
    FOREIGN_HAIR = "foreign_hair"
    """Another avatar's hair: first near depth, opened and closed."""


@dataclass(frozen=True, slots=True, eq=False)
class Blended:
    """The picture [B, H, W, 3] and the shares [B, H, W] of hair, head, and both together."""

    rgb: Tensor
    hair_mask: Tensor
    head_mask: Tensor
    full_mask: Tensor


def occlusion_mask(head_depth: Tensor, hair_depth: Tensor) -> Tensor:
    """1 where hair lies in front of the head; depths [B, H, W] in millimetres, <= 0 is missing."""
    head = torch.where(head_depth <= 0, _MISSING_MM, head_depth)
    hair = torch.where(hair_depth <= 0, _MISSING_MM, hair_depth)
    return (head > hair).to(head_depth.dtype)


def blend_layers(
    face_rgb: Tensor,
    face_valid: Tensor,
    face_depth: Tensor,
    hair_rgb: Tensor,
    hair_alpha: Tensor,
    near_depth: Tensor,
    second_depth: Tensor,
    mode: BlendMode,
    *,
    blurred: bool = True,
    hard: bool = False,
    white_twice: bool = False,
    free_unmasked: bool = False,
    background: float = 1.0,
) -> Blended:
    """Compose face and hair over a grey background.

    Args:
        face_rgb: [B, H, W, 3], white off the mesh.
        face_valid: [B, H, W] 1 on the mesh.
        face_depth: [B, H, W] mm, 0 off the mesh.
        hair_rgb: [B, H, W, 3] premultiplied by its alpha.
        hair_alpha: [B, H, W] 0..1.
        near_depth: [B, H, W] mm of the first solid Gaussian, <= 0 for none.
        second_depth: [B, H, W] mm of the second one.
        mode: which depth decides, see `BlendMode`.
        blurred: soften the mask (5 x 5 Gaussian, sigma 1.5 px).
        hard: ablation: the mask alone decides, without the hair's alpha.
        white_twice: the published model puts the hair on white before it weighs it by its alpha
            again, which leaves a light fringe; for parity only.
        free_unmasked: where no mesh is, nothing can hide the hair: the mask is 1 there, before it
            is cleaned and blurred. Otherwise its blur thins the hair along its outline. A hard
            mask is 1 there where the hair is rather there than not.
        background: grey of what neither covers, 0..1.
    """
    depth = second_depth if mode is BlendMode.EVAL else near_depth
    mask = occlusion_mask(face_depth, depth)
    if free_unmasked:
        free = (hair_alpha > _SOLID).to(mask.dtype) if hard else torch.ones_like(mask)
        mask = torch.where(face_valid > 0, mask, free)
    if mode is not BlendMode.TRAIN:
        mask = closed(opened(mask, 3), 5)
    if blurred:
        mask = gaussian_blurred(mask)
    hair = mask if hard else hair_alpha * mask
    head = (face_valid - hair).clamp(0, 1)
    if white_twice:
        hair_share = hair[..., None] * (hair_rgb + (1 - hair_alpha)[..., None])
    elif hard:
        hair_share = mask[..., None] * hair_rgb / hair_alpha.clamp(min=1e-4)[..., None]
    else:
        hair_share = mask[..., None] * hair_rgb
    rest = (1 - head - hair)[..., None]
    rgb = head[..., None] * face_rgb + hair_share + rest * background
    return Blended(rgb, hair, head, head + hair)


def dilated(mask: Tensor, size_px: int) -> Tensor:
    """Greatest value within a square window; [B, H, W]. Nothing comes in from the border."""
    return functional.max_pool2d(mask[:, None], size_px, stride=1, padding=size_px // 2)[:, 0]


def eroded(mask: Tensor, size_px: int) -> Tensor:
    """Least value within a square window; [B, H, W]."""
    return -dilated(-mask, size_px)


def opened(mask: Tensor, size_px: int) -> Tensor:
    """Erosion, then dilation: removes specks."""
    return dilated(eroded(mask, size_px), size_px)


def closed(mask: Tensor, size_px: int) -> Tensor:
    """Dilation, then erosion: fills pinholes."""
    return eroded(dilated(mask, size_px), size_px)


def gaussian_blurred(mask: Tensor) -> Tensor:
    """5 x 5 Gaussian, sigma 1.5 px, reflected at the border; [B, H, W]."""
    offsets = torch.arange(_BLUR_SIZE_PX, dtype=mask.dtype, device=mask.device) - _BLUR_SIZE_PX // 2
    kernel = torch.exp(-(offsets**2) / (2 * _BLUR_SIGMA_PX**2))
    kernel = kernel / kernel.sum()
    pad = _BLUR_SIZE_PX // 2
    image = functional.pad(mask[:, None], (pad, pad, pad, pad), mode="reflect")
    image = functional.conv2d(image, kernel.view(1, 1, -1, 1))
    return functional.conv2d(image, kernel.view(1, 1, 1, -1))[:, 0]
