"""What a training run does: stages, rates, weights. The defaults are the published values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from avatar_core.errors import AvatarError


class Stage(StrEnum):
    """Stages in their order."""

    HAIR = "hair"
    """Canonical Gaussians from neutral pictures with hair."""
    HEAD = "head"
    """Textures, decoders and displacement from the face."""
    JOINT = "joint"
    """Everything seen together, with the occlusion-aware blend and the hair's deformation."""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One stage.

    Args:
        steps: optimiser steps.
        small_until: share of the steps done at half size; 0 for full size throughout.
        rate_end: factor of the learning rates at the end (exponential decay).
    """

    steps: int
    small_until: float = 0.0
    rate_end: float = 1.0


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Weights of the losses, by their names in the published configuration.

    `squared` is ours: mean squared difference beside the published mean distance. A distance lets
    the decoder give up on small parts of another colour; and where strands cross in ways that no
    Gaussian can follow, the mean is the better guess.
    """

    rgb: float = 1.0
    ssim: float = 0.2
    squared: float = 0.0
    basic: float = 3.0
    depth: float = 1.0
    normal: float = 2.0
    laplacian: float = 150.0
    mesh_normal: float = 0.1
    edges: float = 300.0
    rgb_hair: float = 1.0
    silhouette: float = 0.2
    solid_hair: float = 0.1
    deform_attribute: float = 10.0
    neighbour_xyz: float = 1e3
    neighbour_covariance: float = 1e5
    depth_threshold_mm: float = 5.0


@dataclass(frozen=True, slots=True)
class TrainerSettings:
    """A training run.

    Args:
        preset: its name, kept in the avatar's provenance.
        tex_size: side of the neural textures.
        deform_layers: hidden widths of the hair deformation.
        num_freqs: frequencies of its encoding.
        gaussians: how many Gaussians the hair starts with.
        sh_degree: degree of the hair's harmonics.
        sh_interval: steps of the hair stage after which its drawn degree rises by one.
        densify: clone, split and prune Gaussians during the hair stage.
        frozen_statistics: measure the batch-norm statistics once at the start and keep them. With
            one picture a step, batch statistics would make training and evaluation two different
            networks.
        plans: the stages.
        weights: of the losses.
        network_rate: learning rate of decoders, pixel decoder and deformation.
        texture_rate: learning rate of the basic texture and the encoding.
        seed: of everything random.
        checkpoint_every: steps between checkpoints.
    """

    preset: str = "official"
    tex_size: int = 1024
    deform_layers: tuple[int, ...] = (256, 256)
    num_freqs: int = 6
    gaussians: int = 150_000
    sh_degree: int = 3
    sh_interval: int = 1_000
    densify: bool = True
    frozen_statistics: bool = False
    plans: dict[Stage, StagePlan] = field(
        default_factory=lambda: {
            Stage.HAIR: StagePlan(6_002),
            Stage.HEAD: StagePlan(9_998),
            Stage.JOINT: StagePlan(10_000),
        }
    )
    weights: LossWeights = field(default_factory=LossWeights)
    network_rate: float = 1e-3
    texture_rate: float = 1e-3
    seed: int = 42
    checkpoint_every: int = 2_000


def preset(name: str, seed: int = 42) -> TrainerSettings:
    """Settings by name: "official" (published values, for CUDA) or "compact" (for a CPU).

    Raises:
        AvatarError: there is no such preset.
    """
    if name == "official":
        return TrainerSettings(seed=seed)
    if name == "compact":
        return TrainerSettings(
            preset="compact",
            tex_size=512,
            deform_layers=(128, 64),
            num_freqs=4,
            gaussians=30_000,
            sh_degree=2,
            sh_interval=300,
            densify=False,
            frozen_statistics=True,
            plans={
                Stage.HAIR: StagePlan(2_000, small_until=0.5, rate_end=0.1),
                Stage.HEAD: StagePlan(2_000, small_until=0.3, rate_end=0.1),
                Stage.JOINT: StagePlan(1_600, small_until=0.3, rate_end=0.1),
            },
            # Depth pictures stored in whole millimetres have no normals worth following.
            weights=LossWeights(basic=1.0, normal=0.0),
            texture_rate=1e-2,
            seed=seed,
            checkpoint_every=100,
        )
    raise AvatarError(f"There is no preset '{name}'.", "Known presets: compact, official.")
