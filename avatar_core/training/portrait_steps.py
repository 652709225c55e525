"""One step of the portrait trainer: what is drawn, and what is asked of it.

Source:
    EMOPortraits, arXiv:2404.19110, section 3; MegaPortraits, arXiv:2207.07621, section 3.1; the
    order of passes is that of the released code. What rendered people are asked beyond that is
    ours, see `portrait_truth`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from avatar_core.emoportraits.generator import SourceCode
from avatar_core.emoportraits.pose import mixed_pose
from avatar_core.training.portrait_augmentation import expression_input, jittered
from avatar_core.training.portrait_networks import LANDMARK_SPREAD, landmark_stress, pose_error
from avatar_core.training.portrait_presets import Part
from avatar_core.training.portrait_terms import Terms, differences_error, motion_error

if TYPE_CHECKING:
    from avatar_core.emoportraits.source_detail import Detailed
    from avatar_core.training.portrait_batch import PortraitBatch
    from avatar_core.training.portrait_networks import PortraitNetworks
    from avatar_core.training.portrait_presets import PortraitSettings


@dataclass(frozen=True, slots=True)
class StepPlan:
    """What a step does besides drawing its pairs.

    Args:
        true_poses: poses come from the truth, not from the head-pose network.
        asks_warps: the warps are held against the truth.
        mixed: mixed pairs are drawn, too.
        judged: networks that look at pictures have a say, the discriminator among them.
        part: what learns.
        detail: the source's own pixels are laid over what is decoded.
    """

    true_poses: bool
    asks_warps: bool
    mixed: bool
    judged: bool
    part: Part = Part.ALL
    detail: bool = False

    @classmethod
    def at(cls, step: int, settings: PortraitSettings) -> StepPlan:
        """The plan of a step, counted from 0."""
        share, truth = step / settings.steps, settings.truth
        return cls(
            true_poses=share < truth.poses_until,
            asks_warps=share < truth.fades_until,
            mixed=share >= settings.mixed_from and step % settings.mixed_every == 0,
            judged=share >= settings.judged_from,
            part=settings.part_at(step),
            detail=share >= settings.detail_from,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """P sources, each drawn under K drivers.

    Args:
        theta: [P, 1 + K, 4, 4] poses used.
        latents: [P, 1 + K, Z] read from the pictures.
        source: as drivers need it; P of them.
        drawn: [P K, 3, S, S].
        decoded: [P K, 3, S, S] what the decoder drew; the same, unless the source's own pixels were
            laid over it.
        targets: [P K, 3, S, S].
        warps: to canonical space [P, ...] and from it [P K, ...].
        detailed: how those pixels were laid, where they were.
    """

    theta: Tensor
    latents: Tensor
    source: SourceCode
    drawn: Tensor
    decoded: Tensor
    targets: Tensor
    warps: tuple[Tensor, Tensor]
    detailed: Detailed | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Mixed:
    """P mixed pairs: the head of one person, another's expression, some pose.

    Args:
        drawn: [P, 3, S, S].
        theta: [P, 4, 4] poses drawn.
        order: [P] whose expression each shows.
        wanted: [P, Z] latents that drove them.
        latents: [P, Z] read again from what was drawn.
        own_latents: [P, Z] read again from what the first driver of each source brought about.
        volumes: [P, C, D, H, W] canonical volumes of these drivers.
    """

    drawn: Tensor
    theta: Tensor
    order: Tensor
    wanted: Tensor
    latents: Tensor
    own_latents: Tensor
    volumes: Tensor


def draw_pairs(
    networks: PortraitNetworks,
    batch: PortraitBatch,
    plan: StepPlan,
    settings: PortraitSettings,
    random: torch.Generator,
    readers: PortraitBatch | None = None,
) -> tuple[Pairs, Terms]:
    """Draw every source under its drivers; with the losses of what was read from the pictures.

    Args:
        networks: that draw.
        batch: sources and drivers.
        plan: of the step.
        settings: of the run.
        random: of the CPU.
        readers: further pictures that pose and expression are read from, and no more.
    """
    generator, truth = networks.generator, settings.truth
    people, views = batch.images.shape[:2]
    shown = torch.cat([batch.images[:, :1] * batch.masks[:, :1], batch.images[:, 1:]], 1)
    flat = shown.flatten(0, 1)
    true_theta, motion = batch.theta.flatten(0, 1), batch.motion.flatten(0, 1)
    marks = batch.landmarks.flatten(0, 1)
    if readers is not None:
        flat = torch.cat([flat, readers.images.flatten(0, 1)])
        true_theta = torch.cat([true_theta, readers.theta.flatten(0, 1)])
        motion = torch.cat([motion, readers.motion.flatten(0, 1)])
        marks = torch.cat([marks, readers.landmarks.flatten(0, 1)])
    terms: Terms = {}
    if plan.true_poses:
        theta = true_theta
    if truth.pose > 0:
        numbers = networks.head_pose(jittered(flat, settings.seen_colours, random))
        terms["pose"] = truth.pose * pose_error(numbers, true_theta)
    if not plan.true_poses:
        with torch.no_grad():
            theta = networks.head_pose.eval().pose(flat).theta
        networks.head_pose.train(networks.training)
    seen = _seen(flat, settings, random) if networks.training else flat
    latents, found = networks.read(seen, theta)
    used = latents
    if truth.landmarks > 0:
        stress = landmark_stress(found)
        terms["landmarks"] = truth.landmarks * differences_error(
            stress * found, stress * marks / LANDMARK_SPREAD
        )
    if truth.motion > 0:
        read = networks.motion_of_latent(latents)
        terms["motion"] = truth.motion * motion_error(read, motion)
        terms["motion_differences"] = truth.motion * differences_error(read, motion)
    if truth.latent > 0:
        mapped = networks.latent_of_motion(motion)
        terms["latent"] = truth.latent * (latents - mapped.detach()).square().mean()
        taught = torch.rand(len(latents), 1, generator=random) < truth.motion_driven
        used = torch.where(taught.to(latents.device), mapped, latents)
    theta, latents, used = (
        rows[: people * views].unflatten(0, (people, views)) for rows in (theta, latents, used)
    )
    appearance = generator.encode_appearance(shown[:, 0])
    to_canonical = generator.warp_to_canonical(generator.embed(used[:, 0], appearance.identity))
    canonical = generator.canonical(appearance.volume, theta[:, 0], to_canonical)
    source = SourceCode(appearance.identity, canonical, theta[:, 0], latents[:, 0])
    if plan.detail:
        source = generator.with_picture(source, batch.images[:, 0], batch.masks[:, 0], to_canonical)
    each = repeated(source, views - 1)
    shown_latents = used[:, 1:].flatten(0, 1)
    from_canonical = generator.warp_from_canonical(generator.embed(shown_latents, each.identity))
    driven = generator.moved(each, from_canonical, theta[:, 1:].flatten(0, 1))
    decoded = generator.decode(driven.volume)
    detailed = generator.detailed(each, driven, decoded, shown_latents)
    pairs = Pairs(
        theta=theta,
        latents=latents,
        source=source,
        drawn=decoded if detailed is None else detailed.picture,
        decoded=decoded,
        targets=batch.targets[:, 1:].flatten(0, 1),
        warps=(to_canonical, from_canonical),
        detailed=detailed,
    )
    return pairs, terms


def repeated(source: SourceCode, times: int) -> SourceCode:
    """Every one of several sources as often as it is driven."""
    return SourceCode(*(part.repeat_interleave(times, 0) for part in source.parts))


def _seen(images: Tensor, settings: PortraitSettings, random: torch.Generator) -> Tensor:
    """Pictures as the expression network sees them while it learns."""
    if settings.bends_seen:
        return expression_input(images, random)
    return jittered(images, settings.seen_colours, random)


def draw_mixed(
    networks: PortraitNetworks, batch: PortraitBatch, pairs: Pairs, random: torch.Generator
) -> Mixed:
    """Draw every source with the expression of the next person's driver under some pose.

    What drives is not changed by what is drawn: only the generator learns from mixed pairs, and
    what reads the expression again only judges.
    """
    people = batch.people
    order = torch.arange(people, device=batch.images.device).roll(-1)
    latents = pairs.latents[order, 1].detach()
    pool = pairs.theta.flatten(0, 1)
    picks = torch.randint(len(pool), (people,), generator=random).to(pool.device)
    with torch.autocast(pool.device.type, enabled=False):
        theta = mixed_pose(pairs.theta[:, 0], pool[picks])
    drawn = networks.generator.drive(pairs.source, latents, theta)
    own = pairs.drawn.unflatten(0, (people, -1))[:, 0]
    reread = _read_again(networks, torch.cat([drawn, own]), torch.cat([theta, pairs.theta[:, 1]]))
    volumes = _canonical_of_drivers(networks, batch, pairs)
    return Mixed(drawn, theta, order, latents, reread[:people], reread[people:], volumes)


def _read_again(networks: PortraitNetworks, drawn: Tensor, theta: Tensor) -> Tensor:
    """Latents of drawn pictures; the expression network learns nothing from them."""
    reader = networks.generator.expression_embedder_nw
    reader.requires_grad_(False).eval()
    latents = networks.generator.expression(drawn, theta).float()
    reader.requires_grad_(True).train(networks.training)
    return latents


@torch.no_grad()
def _canonical_of_drivers(networks: PortraitNetworks, batch: PortraitBatch, pairs: Pairs) -> Tensor:
    """The canonical volume that each source's first driver would give, as the source."""
    generator = networks.generator
    appearance = generator.encode_appearance(batch.images[:, 1] * batch.masks[:, 1])
    embedding = generator.embed(pairs.latents[:, 1], pairs.source.identity)
    warp = generator.warp_to_canonical(embedding)
    return generator.canonical(appearance.volume, pairs.theta[:, 1], warp)
