"""Everything of a portrait model that learns, in one module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatar_core.emoportraits.blocks import ResBlock, SpectralWeight
from avatar_core.emoportraits.encoders import HeadPoseNet
from avatar_core.emoportraits.generator import PortraitGenerator
from avatar_core.emoportraits.pose import inverse, rotation_angles
from avatar_core.training.portrait_batch import MOTION_SIZE

if TYPE_CHECKING:
    from avatar_core.emoportraits.config import PortraitConfig

LANDMARKS = 68

LANDMARK_SPREAD = 0.02
"""How far landmarks of aligned faces stray from their mean, in canonical space."""

_LIDS, _LIPS = slice(36, 48), slice(48, 68)
_SHORTCUT_START = 0.25


class PortraitNetworks(nn.Module):
    """Generator, head pose, and two linear maps between motion and expression latents.

    The maps are training's own: through the one, latents are asked for the 52 weights and the gaze
    that rendered people come with; the other says what latent a motion has, so that a latent holds
    nothing that is not expression. A third one finds landmarks in what the expression network sees
    before it comes to the latent: it teaches that network early where lips and lids are.

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
        seen = self.generator.expression_embedder_nw.net_face.net.outputs
        self.landmarks_of_features = nn.Linear(seen * config.embed_size**2, LANDMARKS * 3)
        _quieten_shortcuts(self.generator)
        _start_small(self.motion_of_latent, self.landmarks_of_features)
        # Weights are mostly near zero: so latents begin with a spread of about one.
        nn.init.normal_(self.latent_of_motion.weight, std=0.8)

    def groups(self) -> tuple[list[nn.Parameter], ...]:
        """Parameters of what draws, of what looks at pictures, and of the last layers of that.

        Those last layers are linear, a thousand inputs and more wide, and their inputs have much in
        common: at the rate of the others every step would throw their answers to and fro.
        """
        last = nn.ModuleList(
            [
                self.head_pose.fc,
                self.generator.expression_embedder_nw.net_face.pose_head,
                self.motion_of_latent,
                self.landmarks_of_features,
            ]
        )
        readers = nn.ModuleList([self.head_pose, self.generator.expression_embedder_nw])
        heads = list(last.parameters())
        ends = {id(parameter) for parameter in heads}
        reading = [each for each in readers.parameters() if id(each) not in ends]
        known = ends | {id(parameter) for parameter in reading}
        return [each for each in self.parameters() if id(each) not in known], reading, heads

    def read(self, images: Tensor, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Latents [B, Z] of pictures [B, 3, S, S], and landmarks [B, 68, 3].

        Landmarks are in canonical space, in units of `LANDMARK_SPREAD`, but for a constant.
        """
        embedder = self.generator.expression_embedder_nw
        features = embedder.net_face.features(embedder.crop(images, theta))
        pooled = functional.adaptive_avg_pool2d(features, self.config.embed_size)
        landmarks = self.landmarks_of_features(pooled.flatten(1)).float()
        return embedder.net_face.latent(features).float(), landmarks.unflatten(1, (LANDMARKS, 3))


@torch.no_grad()
def _quieten_shortcuts(generator: PortraitGenerator) -> None:
    """Let the branches of residual blocks be heard from the first step.

    What flows past the blocks grows from one to the next, and shortcuts that change the number of
    channels multiply it again: at the end of the decoder it would be twenty times what the last
    block adds, and a short training sees no more than the coarse picture that it brings along.
    Spectral norm takes no notice of scale.
    """
    for block in generator.modules():
        if isinstance(block, ResBlock):
            for layer in block.skip:
                if isinstance(layer, nn.Conv2d | nn.Conv3d) and not isinstance(
                    layer, SpectralWeight
                ):
                    layer.weight.mul_(_SHORTCUT_START)


@torch.no_grad()
def _start_small(*layers: nn.Linear) -> None:
    """Let first answers be near their bias."""
    for layer in layers:
        layer.weight.mul_(0.1)


def landmark_stress(like: Tensor) -> Tensor:
    """[68, 1] how much more the landmarks of lids and lips count than those that tell people apart.

    The outline of a face differs most between people, its lids and lips between expressions.
    """
    stress = torch.ones(LANDMARKS, 1, device=like.device)
    stress[_LIDS] = 2.5
    stress[_LIPS] = 1.5
    return stress


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
