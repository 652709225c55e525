"""What a run of the portrait trainer does: network, batches, losses, rates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from avatar_core.emoportraits.config import COMPACT, OFFICIAL
from avatar_core.errors import AvatarError
from avatar_core.training.portrait_adversary import JudgePlan
from avatar_core.training.portrait_augmentation import EXPRESSION, ColourJitter
from avatar_core.training.portrait_batch import Sampling

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.emoportraits.config import PortraitConfig

# Our people have depth away from the viewer, the released model towards the viewer.
_RELEASED_SIZES = replace(OFFICIAL, depth_towards_viewer=False)


class Part(StrEnum):
    """What learns in a step."""

    ALL = "all"
    WARPS = "warps"
    """Both warp generators and the embedding that they are given."""
    DETAIL = "detail"
    """What lays the source's own pixels over the decoder's picture."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Weights of what only rendered people can be asked for.

    Args:
        pose: error of the head-pose network.
        motion: error of the 52 weights and the gaze that a linear head reads from a latent.
        landmarks: how faces differ in their landmarks, asked of what the expression network sees.
        latent: distance of latents from a linear map of that motion.
        warp: places where the two warps read, see `portrait_truth`.
        stress: how much more points count that expressions move, see `portrait_truth.stress_of`.
        flow: places where calm sources are read, see `portrait_truth.flow_errors`.
        shape: how these differ from those around them.
        depth: depths at which they are read.
        fades_until: share of the run after which the warps are asked no more.
        poses_until: share of the run that samples with true poses; then the predicted ones.
        motion_driven: share of the pictures driven by their true motion instead of by their latent.
    """

    pose: float = 0.0
    motion: float = 0.0
    landmarks: float = 0.0
    latent: float = 0.0
    warp: float = 0.0
    stress: float = 0.0
    flow: float = 0.0
    shape: float = 0.0
    depth: float = 0.0
    fades_until: float = 0.0
    poses_until: float = 0.0
    motion_driven: float = 0.0


@dataclass(frozen=True, slots=True)
class PortraitWeights:
    """Weights of the losses; the defaults are those of the released run.

    Args:
        picture: mean absolute difference of pictures, over several sizes. Ours: the released run
            leaves this to its perceptual losses.
        edges: ours: mean absolute difference of the steps from pixel to pixel.
        perceptual: features of a VGG19, or of what stands in for it.
        face: features of a face-recognition network on aligned crops, where there is one.
        gaze: features of a gaze network, where there is one.
        details: absolute difference about the eyes and the mouth.
        mask: ours: absolute difference where nobody is.
        adversarial: of the generator against the discriminator.
        features: matching of the discriminator's features.
        identity: of mixed pictures.
        contrastive: of latents, see `portrait_losses`.
        pull: latents of pictures and of what drove them together.
        push: latents of different drivers apart.
        mismatch: latents of source and driver apart.
        canonical: canonical volumes of two pictures of one person together.
        reread: ours: error of the motion that is read from drawn pictures.
        carried: ours: of `picture`, `edges` and `details`, for the source's pixels where they were
            carried to, before they are blended with the decoder's picture.
    """

    picture: float = 0.0
    edges: float = 0.0
    perceptual: float = 18.0
    face: float = 10.0
    gaze: float = 10.0
    details: float = 500.0
    mask: float = 0.0
    adversarial: float = 1.0
    features: float = 40.0
    identity: float = 35.0
    contrastive: float = 2.0
    pull: float = 1.0
    push: float = 1.0
    mismatch: float = 10.0
    canonical: float = 0.5
    reread: float = 0.0
    carried: float = 0.3


@dataclass(frozen=True, slots=True)
class PortraitSettings:
    """A training run.

    Args:
        preset: its name, kept in the model's record.
        config: of the networks.
        steps: optimiser steps.
        sampling: how batches are drawn.
        weights: of the losses.
        truth: what is asked of rendered people beyond that.
        seen_colours: how much colours change in what pose and expression are read from.
        bends_seen: what expression is read from is bent, grey at times and of other colours, as in
            the released run. It keeps identity out of latents, and drowns small motions of small
            pictures; where the truth tells what a latent is there is no need for it.
        mixed_every: every so-manieth step also draws mixed pairs: one person's head, another's
            expression, a random pose.
        mixed_from: share of the run before the first mixed pair.
        judged_from: share of the run before the networks that look at pictures join: perceptual,
            face, gaze and the discriminator.
        detail_from: share of the run before the source's own pixels are laid over what is decoded.
        warps_alone_until: share of the run in which the warps learn alone.
        is_finish: what comes after that is for the source's own pixels alone, in the model that
            the run starts from.
        judge: the discriminator.
        has_vgg19: the perceptual network is a VGG19; else it is what stands in for it.
        rate: of AdamW, falling as a cosine to `rate_end`.
        rate_end: see there.
        reader_rate: factor of the rate for what reads pose and expression from pictures.
        head_rate: factor of the rate for the last layers of these networks.
        warm_up: steps over which the rate rises.
        betas: of AdamW.
        weight_decay: of AdamW.
        clip: most length of all gradients together; 0 for no limit.
        average: of the weights that are exported, per step; 0 exports the last ones.
        half: convolutions in bfloat16.
        device: "cpu", "cuda", or "auto" for CUDA where there is any.
        seed: of everything random.
        checkpoint_every: steps between checkpoints.
        preview_every: steps between preview pictures.
    """

    preset: str = "official"
    config: PortraitConfig = _RELEASED_SIZES
    steps: int = 300_000
    sampling: Sampling = field(default_factory=Sampling)
    weights: PortraitWeights = field(default_factory=PortraitWeights)
    truth: Truth = field(default_factory=Truth)
    seen_colours: ColourJitter = EXPRESSION
    bends_seen: bool = True
    mixed_every: int = 1
    mixed_from: float = 0.0
    judged_from: float = 0.0
    detail_from: float = 0.0
    warps_alone_until: float = 0.0
    is_finish: bool = False
    judge: JudgePlan = field(default_factory=JudgePlan)
    has_vgg19: bool = False
    rate: float = 2e-4
    rate_end: float = 1e-6
    reader_rate: float = 1.0
    head_rate: float = 1.0
    warm_up: int = 0
    betas: tuple[float, float] = (0.5, 0.999)
    weight_decay: float = 0.01
    clip: float = 0.0
    average: float = 0.0
    half: bool = False
    device: str = "auto"
    seed: int = 7
    checkpoint_every: int = 1_000
    preview_every: int = 1_000

    @property
    def warp_steps(self) -> int:
        """Steps in which the warps learn alone, at the beginning."""
        return round(self.warps_alone_until * self.steps)

    def part_at(self, step: int) -> Part:
        """What learns in a step, counted from 0."""
        if step < self.warp_steps:
            return Part.WARPS
        return Part.DETAIL if self.is_finish else Part.ALL


def preset(name: str, seed: int = 7, steps: int = 0) -> PortraitSettings:
    """Settings by name.

    "official" has the released sizes and losses and wants several GPUs; "compact" is the same graph
    in small for a processor, and learns from rendered people with the help of what is known of
    them; "compact-gpu" makes the same network on one graphics card, in fewer and larger steps;
    "compact-finish" takes one of these and teaches its warps where expressions move, then how to
    keep the source's own pixels.

    Args:
        name: of the preset.
        seed: of everything random.
        steps: of the run; 0 for as many as the preset has.

    Raises:
        AvatarError: there is no such preset, or fewer than one step is asked for.
    """
    if name not in MAKERS:
        raise AvatarError(f"There is no preset '{name}'.", f"Known presets: {', '.join(MAKERS)}.")
    if steps < 0:
        raise AvatarError("A run cannot have fewer than no steps.", "Leave --steps out.")
    settings = replace(MAKERS[name](), seed=seed)
    return replace(settings, steps=steps) if steps else settings


def _compact() -> PortraitSettings:
    return PortraitSettings(
        preset="compact",
        config=COMPACT,
        steps=3_600,
        sampling=Sampling(people=2, drivers=3, readers=12, calm=0.5),
        weights=PortraitWeights(
            picture=6.0,
            edges=4.0,
            perceptual=2.0,
            face=0.0,
            gaze=0.0,
            details=120.0,
            mask=0.0,
            adversarial=0.05,
            features=1.0,
            identity=0.0,
            contrastive=0.1,
            pull=0.5,
            push=0.1,
            mismatch=0.0,
            canonical=0.5,
            reread=5.0,
        ),
        truth=Truth(
            pose=5.0,
            motion=20.0,
            landmarks=4.0,
            latent=0.25,
            warp=5.0,
            stress=20.0,
            flow=5.0,
            shape=120.0,
            depth=10.0,
            fades_until=0.85,
            poses_until=0.5,
            motion_driven=0.9,
        ),
        seen_colours=ColourJitter(0.2, 0.2, 0.2, hue=0.02),
        bends_seen=False,
        mixed_every=8,
        mixed_from=0.4,
        judged_from=0.8,
        detail_from=0.3,
        judge=JudgePlan(widths=(16, 32, 64, 64)),
        rate=8e-4,
        rate_end=2e-5,
        reader_rate=1.2,
        head_rate=0.25,
        warm_up=30,
        betas=(0.9, 0.98),
        clip=1.0,
        average=0.99,
        half=True,
        device="cpu",
        checkpoint_every=100,
        preview_every=100,
    )


def _compact_gpu() -> PortraitSettings:
    compact = _compact()
    return replace(
        compact,
        preset="compact-gpu",
        steps=5_000,
        sampling=replace(compact.sampling, people=32, drivers=2, readers=96),
        # A sum over the batch, which is sixteen times as large.
        weights=replace(compact.weights, contrastive=compact.weights.contrastive / 16),
        rate=1e-3,
        warm_up=100,
        average=0.998,
        device="cuda",
        checkpoint_every=1_000,
        preview_every=500,
    )


def _compact_finish() -> PortraitSettings:
    compact = _compact()
    return replace(
        compact,
        preset="compact-finish",
        steps=3_000,
        sampling=Sampling(people=4, drivers=3, calm=0.9),
        weights=replace(compact.weights, edges=8.0, details=80.0, adversarial=0.0),
        truth=Truth(
            warp=1.0,
            stress=20.0,
            flow=5.0,
            shape=120.0,
            depth=10.0,
            latent=compact.truth.latent,
        ),
        warps_alone_until=0.15,
        detail_from=0.0,
        is_finish=True,
        rate=2e-3,
        rate_end=4e-5,
        average=0.98,
    )


MAKERS: dict[str, Callable[[], PortraitSettings]] = {
    "compact": _compact,
    "compact-gpu": _compact_gpu,
    "compact-finish": _compact_finish,
    "official": PortraitSettings,
}
"""What makes the settings of each preset."""
