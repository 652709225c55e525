"""What the last run over a model does: its warps alone, then what keeps the source's pixels alone.

Warps and details learn from told latents, the linear map of the true motion, so that a step costs a
part of what one of the whole model does; the rest of the model stands still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from avatar_core.emoportraits.generator import SourceCode
from avatar_core.training.portrait_presets import Part
from avatar_core.training.portrait_steps import repeated

if TYPE_CHECKING:
    from avatar_core.emoportraits.source_detail import Detailed
    from avatar_core.training.portrait_batch import PortraitBatch
    from avatar_core.training.portrait_networks import PortraitNetworks


def let_learn(networks: PortraitNetworks, part: Part) -> None:
    """Let a part learn and the rest stand still, the statistics of its norms included.

    Args:
        networks: in training mode afterwards, if all of them learn.
        part: that learns.
    """
    if part is Part.ALL:
        networks.requires_grad_(True).train()
        return
    networks.requires_grad_(False).eval()
    generator = networks.generator
    chosen = {
        Part.DETAIL: (generator.detail_nw,),
        Part.WARPS: (
            generator.xy_generator_nw,
            generator.uv_generator_nw,
            generator.pose_unsqueeze_nw,
            generator.warp_embed_head_orig_nw,
        ),
    }
    for module in chosen[part]:
        if module is not None:
            module.requires_grad_(True)


def told_warps(networks: PortraitNetworks, batch: PortraitBatch) -> tuple[Tensor, Tensor]:
    """Warps to canonical space [P, ...] of the sources and from it [P K, ...] of their drivers."""
    generator = networks.generator
    with torch.no_grad():
        latents = _told(networks, batch)
        identity = generator.idt_embedder_nw(batch.images[:, 0] * batch.masks[:, 0])
    drivers = latents[:, 1:].flatten(0, 1)
    each = identity.repeat_interleave(batch.drivers, 0)
    return (
        generator.warp_to_canonical(generator.embed(latents[:, 0], identity)),
        generator.warp_from_canonical(generator.embed(drivers, each)),
    )


def told_detail(networks: PortraitNetworks, batch: PortraitBatch) -> Detailed:
    """All drivers of all sources [P K], drawn with the source's pixels.

    Poses of sources are predicted: where they are off, that is to be seen in what is carried, and
    can be put right. Those of drivers are true, since nothing that is given here tells them.

    Args:
        networks: with `detail_nw`, which alone gets gradients.
        batch: sources and drivers.
    """
    generator = networks.generator
    with torch.no_grad():
        own = batch.images[:, 0] * batch.masks[:, 0]
        theta = networks.head_pose.pose(own).theta.float()
        latents = _told(networks, batch)
        appearance = generator.encode_appearance(own)
        warp = generator.warp_to_canonical(generator.embed(latents[:, 0], appearance.identity))
        canonical = generator.canonical(appearance.volume, theta, warp)
        source = generator.with_picture(
            SourceCode(appearance.identity, canonical, theta, latents[:, 0]),
            batch.images[:, 0],
            batch.masks[:, 0],
            warp,
        )
        each, drivers = repeated(source, batch.drivers), latents[:, 1:].flatten(0, 1)
        driven = generator.driven(each, drivers, batch.theta[:, 1:].flatten(0, 1))
        decoded = generator.decode(driven.volume)
    detailed = generator.detailed(each, driven, decoded, drivers)
    assert detailed is not None
    return detailed


def _told(networks: PortraitNetworks, batch: PortraitBatch) -> Tensor:
    """[P, 1 + K, Z] latents of the true motion."""
    latents: Tensor = networks.latent_of_motion(batch.motion).float()
    return latents
