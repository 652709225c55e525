"""Everything of a portrait model that learns, in one module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.pose import inverse, rotation_angles
from avatar_core.training.portrait_batch import MOTION_SIZE

if TYPE_CHECKING:
    from avatar_core.emoportraits.config import PortraitConfig


class PortraitNetworks(nn.Module):
    """Generator, head pose, and two linear maps between motion and expression latents.

    The maps are training's own: through the one, latents are asked for the 52 weights and the gaze
    that rendered people come with; the other says what latent a motion has, so that a latent holds
    nothing that is not expression. A finished model keeps the second one.

    Args:
        config: sizes.
    """

    def __init__(self, config: PortraitConfig) -> None:
        super().__init__()
        self.config = config
        self.generator = PortraitGenerator(config)
        self.head_pose = HeadPoseNet(
            config.head_pose_backbone, config.head_pose_width, config.head_pose_size
        )
        self.motion_of_latent = nn.Linear(config.expression_size, MOTION_SIZE)
        self.latent_of_motion = nn.Linear(MOTION_SIZE, config.expression_size)


def arranged_for_speed(networks: nn.Module) -> None:
    """Keep kernels of 2D convolutions channels-last, as they are computed."""
    for parameter in networks.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def pose_numbers(theta: Tensor) -> Tensor:
    """[B, 9] scale, rotation and translation of transforms [B, 4, 4] with one scale, S R T."""
    linear = theta[:, :3, :3]
    scale = torch.linalg.det(linear).abs().pow(1 / 3)
    rotation = rotation_angles(linear / scale[:, None, None])
    back = inverse(theta)
    # T shifts by what S R has not touched yet.
    return torch.cat([scale[:, None].expand(-1, 3), rotation, -back[:, :3, 3]], 1)


def pose_error(predicted: Tensor, theta: Tensor) -> Tensor:
    """Mean squared error of the head-pose network's nine numbers [B, 9], as it was trained."""
    return (predicted.float() - pose_numbers(theta)).square().mean()
