"""What a training run does: stages, rates, weights. The defaults are the published values."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import StrEnum

from avatar_core.errors import AvatarError
from avatar_core.training.hair_settings import DensifyPlan, GaussianRates, HairStart


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
        pictures: seen in every step; their gradients are averaged.
    """

    steps: int
    small_until: float = 0.0
    rate_end: float = 1.0
    pictures: int = 1


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Weights of the losses, by their names in the published configuration.

    `squared` is ours: mean squared difference beside the published mean distance. A distance lets
    the decoder give up on small parts of another colour; and where strands cross in ways that no
    Gaussian can follow, the mean is the better guess. `scalp_colour` is ours too: hair's colour on
    the scalp under the hair. The published trainer compares the whole face layer with the picture,
    hair and all, in the joint stage (`joint_face`). `mouth` is ours as well: teeth and
    tongue, compared once more in the joint stage.
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
    scalp_shrink: float = 1.0
    rgb_hair: float = 1.0
    silhouette: float = 0.2
    solid_hair: float = 0.1
    deform_attribute: float = 10.0
    neighbour_xyz: float = 1e3
    neighbour_covariance: float = 1e5
    joint_face: float = 1.0
    scalp_colour: float = 0.0
    mouth: float = 0.0
    depth_threshold_mm: float = 5.0


@dataclass(frozen=True, slots=True)
class TrackingRates:
    """Learning rates of a capture's tracked poses; the published ones.

    Args:
        shape: of the identity.
        expression: of the expressions.
        pose: of the joints' axis-angles.
        translation: of the heads' places.
    """

    shape: float = 1e-5
    expression: float = 1e-3
    pose: float = 1e-5
    translation: float = 1e-6


@dataclass(frozen=True, slots=True)
class ReleasedFaults:
    """Mistakes of the released trainer, for comparison with it; none is made unless asked for.

    White hair multiplied twice is an option of the avatar, `MegaOptions.white_twice`.

    Args:
        gaussians_in_joint: canonical Gaussians, which the joint stage means to freeze, train on in
            it at the hair stage's rates, because loading them replaces the frozen tensors.
        late_reset: opacities are reset even when the hair stage ends before they can recover; the
            published counts do so two steps before the end.
        turns_in_joint: only the rotation of the whole head is frozen in the joint stage; neck, jaw
            and eyes of the tracked poses go on learning.
    """

    gaussians_in_joint: bool = False
    late_reset: bool = False
    turns_in_joint: bool = False


@dataclass(frozen=True, slots=True)
class TrainerSettings:
    """A training run.

    Args:
        preset: its name, kept in the avatar's provenance.
        tex_size: side of the neural textures.
        deform_layers: hidden widths of the hair deformation.
        num_freqs: frequencies of its encoding.
        gaussians: how many Gaussians the hair starts with, unless the capture brings points.
        hair_start: where they come from.
        gaussian_rates: of the hair stage.
        joint_gaussian_rate: factor of these rates in the joint stage; 0 freezes the Gaussians.
        sh_degree: degree of the hair's harmonics.
        sh_interval: steps of the hair stage after which its drawn degree rises by one.
        densify: when and how Gaussians are cloned, split and pruned during the hair stage, or
            None.
        frozen_statistics: measure the batch-norm statistics once at the start and keep them. With
            one picture a step, batch statistics would make training and evaluation two different
            networks.
        plans: the stages.
        weights: of the losses.
        calm_start: the face starts smooth and at the capture's painting instead of as noise, see
            `texture_start`.
        network_rate: learning rate of the decoders and of the hair's deformation.
        pixel_rate: of the pixel decoder.
        texture_rate: of the basic texture.
        encoding_rate: of the code of uv.
        firm_mouth: edges inside the mouth of a FLAME head keep their length like all others; the
            published trainer lets them go.
        tracking: rates of the capture's tracked poses, or None to take them as they are.
        left_out: parts of the avatar (names as in `mega.networks.Ablation`) that the joint stage
            trains without, to show what each one earns.
        faults: of the released trainer, to be repeated.
        released_options: the avatar is drawn as the released code draws it (`mega.options`),
            for checkpoints that are to be used there.
        device: "cpu", "cuda", or "auto" for CUDA where there is any.
        seed: of everything random.
        checkpoint_every: steps between checkpoints.
    """

    preset: str = "official"
    tex_size: int = 1024
    deform_layers: tuple[int, ...] = (256, 256)
    num_freqs: int = 6
    gaussians: int = 150_000
    hair_start: HairStart = HairStart.POINTS
    gaussian_rates: GaussianRates = field(default_factory=GaussianRates)
    joint_gaussian_rate: float = 0.0
    sh_degree: int = 3
    sh_interval: int = 1_000
    densify: DensifyPlan | None = field(default_factory=DensifyPlan)
    frozen_statistics: bool = False
    plans: dict[Stage, StagePlan] = field(
        default_factory=lambda: {
            Stage.HAIR: StagePlan(6_002, pictures=8),
            Stage.HEAD: StagePlan(9_998, pictures=16),
            Stage.JOINT: StagePlan(10_000, pictures=16),
        }
    )
    weights: LossWeights = field(default_factory=LossWeights)
    calm_start: bool = False
    network_rate: float = 1e-3
    pixel_rate: float = 1e-3
    texture_rate: float = 1e-3
    encoding_rate: float = 1e-3
    firm_mouth: bool = False
    tracking: TrackingRates | None = field(default_factory=TrackingRates)
    left_out: tuple[str, ...] = ()
    faults: ReleasedFaults = field(default_factory=ReleasedFaults)
    released_options: bool = False
    device: str = "auto"
    seed: int = 42
    checkpoint_every: int = 2_000


_COMPACT_RATES = GaussianRates(
    xyz=1.8e-4,
    xyz_final=1.8e-4,
    in_extents=False,
    features_dc=1e-2,
    features_rest=5e-4,
    opacity=2e-2,
    scaling=5e-3,
    rotation=2e-3,
)


def preset(name: str, seed: int = 42) -> TrainerSettings:
    """Settings by name.

    "official" has the published values and wants CUDA; "compact" fits a processor and takes an hour
    or two there; "draft" is smaller still, to see whether a capture is sound.

    Raises:
        AvatarError: there is no such preset.
    """
    makers = {"official": TrainerSettings, "compact": _compact, "draft": _draft}
    if name not in makers:
        raise AvatarError(
            f"There is no preset '{name}'.", f"Known presets: {', '.join(sorted(makers))}."
        )
    return replace(makers[name](), seed=seed)


def with_steps_scaled(settings: TrainerSettings, factor: float) -> TrainerSettings:
    """The same run with every stage's steps multiplied, at least one each.

    Raises:
        AvatarError: the factor is not positive.
    """
    if not factor > 0 or not math.isfinite(factor):
        raise AvatarError("The steps of a run cannot be scaled by that.", "Use 0.5 for half.")
    plans = {
        stage: replace(plan, steps=max(1, round(plan.steps * factor)))
        for stage, plan in settings.plans.items()
    }
    interval = max(1, round(settings.sh_interval * factor))
    return replace(settings, plans=plans, sh_interval=interval)


def _compact() -> TrainerSettings:
    return TrainerSettings(
        preset="compact",
        tex_size=512,
        deform_layers=(128, 64),
        num_freqs=4,
        gaussians=30_000,
        hair_start=HairStart.GUIDED,
        gaussian_rates=_COMPACT_RATES,
        joint_gaussian_rate=0.5,
        sh_degree=2,
        sh_interval=300,
        densify=None,
        frozen_statistics=True,
        plans={
            Stage.HAIR: StagePlan(1_600, small_until=0.5, rate_end=0.1),
            Stage.HEAD: StagePlan(2_400, small_until=0.3, rate_end=0.1),
            Stage.JOINT: StagePlan(3_400, small_until=0.15, rate_end=0.05),
        },
        # Depth pictures stored in whole millimetres have no normals worth following.
        weights=LossWeights(
            squared=2.0,
            basic=1.0,
            normal=0.0,
            scalp_shrink=0.0,
            joint_face=0.0,
            scalp_colour=0.3,
            mouth=10.0,
            deform_attribute=0.01,
            neighbour_xyz=1.0,
            neighbour_covariance=100.0,
        ),
        calm_start=True,
        pixel_rate=2e-4,
        texture_rate=3e-3,
        encoding_rate=2e-4,
        firm_mouth=True,
        tracking=None,
        device="cpu",
        checkpoint_every=100,
    )


def _draft() -> TrainerSettings:
    compact = _compact()
    return replace(
        compact,
        preset="draft",
        tex_size=256,
        gaussians=15_000,
        sh_interval=150,
        plans={
            Stage.HAIR: StagePlan(800, small_until=0.7, rate_end=0.1),
            Stage.HEAD: StagePlan(900, small_until=0.7, rate_end=0.1),
            Stage.JOINT: StagePlan(900, small_until=0.6, rate_end=0.1),
        },
    )
