"""Gaussians to the image plane, differentiable (torch).

Source:
    Zwicker et al. 2001, EWA splatting; Kerbl et al. 2023, 3D Gaussian Splatting, section 4. The
    low-pass of 0.3 px and the clamp inside the Jacobian follow the reference rasteriser.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

LOW_PASS_PX2 = 0.3
NEAR_M = 0.2
_FRUSTUM_MARGIN = 1.3


class Projected(NamedTuple):
    """Gaussians in the image: centres [N, 2] px, conics [N, 3], depths [N] m, in-front mask [N]."""

    centres: Tensor
    conics: Tensor
    depths: Tensor
    visible: Tensor


def project_gaussians(
    means: Tensor,
    quats: Tensor,
    scales: Tensor,
    view: Tensor,
    intrinsics: Tensor,
    width_px: int,
    height_px: int,
) -> Projected:
    """Project N Gaussians with a pinhole camera.

    Args:
        means: [N, 3] metres, world.
        quats: [N, 4] wxyz, normalised here.
        scales: [N, 3] metres.
        view: [4, 4] world to camera, OpenCV axes.
        intrinsics: [3, 3] pixels.
        width_px: image width, for the clamp of the Jacobian.
        height_px: image height.

    Returns:
        Centres in pixels (centre of the top left pixel is 0.5, 0.5); conics (a, b, c) of
        exp(-0.5 (a dx^2 + c dy^2) - b dx dy); depths along z; what lies beyond 0.2 m in front.
    """
    local = means @ view[:3, :3].T + view[:3, 3]
    depths = local[:, 2]
    visible = depths > NEAR_M
    z = torch.where(visible, depths, torch.ones_like(depths))
    fx, fy = intrinsics[0, 0], intrinsics[1, 1]
    slope = local[:, :2] / z[:, None]
    centres = torch.stack(
        [slope[:, 0] * fx + intrinsics[0, 2], slope[:, 1] * fy + intrinsics[1, 2]], -1
    )
    limit = _FRUSTUM_MARGIN * 0.5 * torch.stack([width_px / fx, height_px / fy])
    clamped = torch.minimum(torch.maximum(slope, -limit), limit)
    covariance = _image_covariance(quats, scales, view[:3, :3], clamped, z, fx, fy)
    return Projected(centres, _conics(covariance), depths, visible)


def reach_px(conics: Tensor, opacities: Tensor) -> Tensor:
    """Half width and height [N, 2] px of the box outside which alpha is below 1/255."""
    exponent = (255 * opacities).clamp(min=1).log()
    determinant = (conics[:, 0] * conics[:, 2] - conics[:, 1] ** 2).clamp(min=1e-12)
    return (2 * exponent / determinant).sqrt()[:, None] * conics[:, [2, 0]].sqrt()


def rotation_matrices(quats: Tensor) -> Tensor:
    """[N, 3, 3] of quaternions [N, 4] wxyz, normalised here."""
    w, x, y, z = functional.normalize(quats, dim=-1).unbind(-1)
    elements = [
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
    ]  # fmt: skip
    return torch.stack(elements, -1).view(-1, 3, 3)


def _image_covariance(
    quats: Tensor,
    scales: Tensor,
    view_rotation: Tensor,
    slope: Tensor,
    z: Tensor,
    fx: Tensor,
    fy: Tensor,
) -> Tensor:
    """(xx, xy, yy) [N, 3] px^2, low-passed."""
    axes = view_rotation @ (rotation_matrices(quats) * scales[:, None])
    # Rows of the projection's Jacobian applied to the Gaussian's axes in camera space.
    row_x = (fx / z)[:, None] * (axes[:, 0] - slope[:, :1] * axes[:, 2])
    row_y = (fy / z)[:, None] * (axes[:, 1] - slope[:, 1:] * axes[:, 2])
    xx = (row_x * row_x).sum(-1) + LOW_PASS_PX2
    xy = (row_x * row_y).sum(-1)
    yy = (row_y * row_y).sum(-1) + LOW_PASS_PX2
    return torch.stack([xx, xy, yy], -1)


def _conics(covariance: Tensor) -> Tensor:
    xx, xy, yy = covariance.unbind(-1)
    determinant = (xx * yy - xy * xy).clamp(min=1e-12)
    return torch.stack([yy, -xy, xx], -1) / determinant[:, None]
