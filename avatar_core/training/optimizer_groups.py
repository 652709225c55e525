"""Which parameters learn in a stage, and how fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from avatar_core.training.settings import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.mega.networks import MegaNetworks
    from avatar_core.training.settings import TrainerSettings
    from avatar_core.training.tracking import TrackedPoses

_EPSILON = 1e-15


def _constant(_step: int) -> float:
    return 1.0


@dataclass(frozen=True, slots=True, eq=False)
class RatedGroup:
    """Parameters that learn at one rate.

    Args:
        parameters: of the group.
        rate: at the start of the stage.
        decay: factor of the rate after a number of steps, besides that of the stage.
    """

    parameters: list[nn.Parameter]
    rate: float
    decay: Callable[[int], float] = _constant


@dataclass(frozen=True, slots=True, eq=False)
class Learners:
    """Everything that can learn.

    Args:
        networks: of the avatar.
        bald_offset: what the face's texture is without hair, beside what it is with.
        tracked: the capture's poses where they learn.
        extent_m: of the scene, for the rates of the hair's centres.
        keeps_face: only canonical Gaussians learn.
    """

    networks: MegaNetworks
    bald_offset: nn.Parameter
    tracked: TrackedPoses | None
    extent_m: float
    keeps_face: bool = False

    def groups(self, stage: Stage, settings: TrainerSettings) -> tuple[RatedGroup, ...]:
        """What learns in a stage; everything else is frozen.

        The hair stage learns the canonical Gaussians; the head stage textures, decoders,
        displacement and tracked poses; the joint stage textures, their decoders and the hair's
        deformation, and the Gaussians where `joint_gaussian_rate` says so.
        """
        groups: list[RatedGroup] = []
        if stage is not Stage.HEAD:
            groups += self._gaussians(stage, settings)
        if stage is not Stage.HAIR and not self.keeps_face:
            groups += self._networks(stage, settings)
        if self.tracked is not None and stage is not Stage.HAIR:
            groups += self._poses(stage, self.tracked, settings)
        return tuple(groups)

    def optimizer(self, groups: tuple[RatedGroup, ...]) -> torch.optim.Adam:
        """Adam over the groups; freezes what is in none of them."""
        self.networks.requires_grad_(False)
        self.bald_offset.requires_grad_(False)
        if self.tracked is not None:
            self.tracked.requires_grad_(False)
        for group in groups:
            for parameter in group.parameters:
                parameter.requires_grad_(True)
        plain = [{"params": group.parameters, "lr": group.rate} for group in groups]
        return torch.optim.Adam(plain, eps=_EPSILON, fused=True)

    def _gaussians(self, stage: Stage, settings: TrainerSettings) -> list[RatedGroup]:
        rates = settings.gaussian_rates
        factor = 1.0
        if stage is Stage.JOINT:
            learning = settings.faults.gaussians_in_joint
            factor = 1.0 if learning or self.keeps_face else settings.joint_gaussian_rate
        if factor == 0:
            return []
        groups = []
        for name, value in self.networks.canonical_gs.named_parameters():
            rate = rates.of(name) * factor
            if name == "_xyz" and rates.in_extents:
                rate *= self.extent_m
            decay = rates.xyz_decay if name == "_xyz" else _constant
            groups.append(RatedGroup([value], rate, decay))
        return groups

    def _networks(self, stage: Stage, settings: TrainerSettings) -> list[RatedGroup]:
        networks = self.networks
        shaping = networks.disp_decoder if stage is Stage.HEAD else networks.deform_mlp
        decoders = [networks.dynamic_texture, networks.view_texture, shaping]
        texture = list(networks.neural_texture.parameters())
        if stage is Stage.JOINT:
            texture.append(self.bald_offset)
        return [
            RatedGroup([p for m in decoders for p in m.parameters()], settings.network_rate),
            RatedGroup(list(networks.head_mlp.parameters()), settings.pixel_rate),
            RatedGroup(texture, settings.texture_rate),
            RatedGroup(list(networks.pe.parameters()), settings.encoding_rate),
        ]

    def _poses(
        self, stage: Stage, tracked: TrackedPoses, settings: TrainerSettings
    ) -> list[RatedGroup]:
        rates = settings.tracking
        if rates is None:
            return []
        turns = RatedGroup([tracked.turns], rates.pose)
        if stage is Stage.JOINT:
            return [turns] if settings.faults.turns_in_joint else []
        # Heads without an identity basis have nothing there to learn.
        identity = [RatedGroup([tracked.shape], rates.shape)] if tracked.shape.numel() else []
        return [
            *identity,
            RatedGroup([tracked.expression], rates.expression),
            RatedGroup([tracked.rotation], rates.pose),
            turns,
            RatedGroup([tracked.translation], rates.translation),
        ]
