"""What is asked of drawn portraits: every loss of a step, by name and with its weight.

Source:
    EMOPortraits, arXiv:2404.19110, section 3, and its released code for forms and weights. What
    rendered people are asked beyond that is ours, see `portrait_truth`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from avatar_core.emoportraits.pose import aligned_crop
from avatar_core.training.portrait_features import (
    GAZE,
    STAND_IN,
    VGG19,
    VGG_FACE,
    feature_distance,
    identity_distance,
    learning_inside,
)
from avatar_core.training.portrait_losses import (
    canonical_distance,
    contrastive,
    part_distance,
    pull,
    push,
    source_driver_mismatch,
)
from avatar_core.training.portrait_pictures import edge_difference, pyramid_difference
from avatar_core.training.portrait_truth import (
    SurfacePoints,
    depth_error,
    flow_errors,
    stress_of,
    surface_points,
    warp_from_error,
    warp_to_error,
)

if TYPE_CHECKING:
    from avatar_core.emoportraits.source_detail import Detailed
    from avatar_core.training.portrait_batch import PortraitBatch
    from avatar_core.training.portrait_features import LossNets
    from avatar_core.training.portrait_networks import PortraitNetworks
    from avatar_core.training.portrait_presets import PortraitSettings
    from avatar_core.training.portrait_steps import Mixed, Pairs

Terms = dict[str, Tensor]
"""Losses by name, weights included; their sum is what is minimised."""

_FACE_PX = 128


def motion_error(read: Tensor, motion: Tensor) -> Tensor:
    """Mean squared error of motion [..., 56]."""
    return (read.float() - motion).square().mean()


def differences_error(found: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared error of how the items of a batch [B, ...] differ from their mean.

    Aligned faces have nearly everything in common, and so have the features seen in them. Every
    step of a wide last layer moves all answers together, much farther than they differ: what they
    have in common has to stay out of a loss that is to teach the differences.
    """
    difference = found.float() - wanted
    return (difference - difference.mean(0)).square().mean()


def picture_terms(pairs: Pairs, batch: PortraitBatch, settings: PortraitSettings) -> Terms:
    """How far the drawn pairs are from their targets, pixel by pixel."""
    weights = settings.weights
    details = batch.details[:, 1:].flatten(0, 1)
    outside = 1 - batch.masks[:, 1:].flatten(0, 1)
    drawn, targets = pairs.decoded, pairs.targets
    return {
        "picture": weights.picture * pyramid_difference(drawn, targets),
        "edges": weights.edges * edge_difference(drawn, targets),
        "details": weights.details * part_distance(drawn, targets, details),
        "mask": weights.mask * part_distance(drawn, targets, outside),
    }


def feature_terms(
    pairs: Pairs, batch: PortraitBatch, settings: PortraitSettings, nets: LossNets
) -> Terms:
    """How far they are in the eyes of networks; of those that are missing, nothing."""
    weights = settings.weights
    drawn, targets = pairs.drawn, pairs.targets
    terms: Terms = {}
    if nets.perceptual is not None and weights.perceptual > 0:
        kind = VGG19 if settings.has_vgg19 else STAND_IN
        distance = feature_distance(nets.perceptual, drawn, targets, kind)
        terms["perceptual"] = weights.perceptual * distance
    if nets.face is not None and weights.face > 0:
        theta = pairs.theta[:, 1:].flatten(0, 1)
        made, wanted = (aligned_crop(image, theta, _FACE_PX) for image in (drawn, targets))
        terms["face"] = weights.face * feature_distance(nets.face, made, wanted, VGG_FACE)
    if nets.gaze is not None and weights.gaze > 0:
        seen = learning_inside(drawn, batch.details[:, 1:].flatten(0, 1))
        terms["gaze"] = weights.gaze * feature_distance(nets.gaze, seen, targets, GAZE)
    return terms


def detail_terms(detailed: Detailed, batch: PortraitBatch, settings: PortraitSettings) -> Terms:
    """How far pictures with the source's own pixels are from their targets.

    What is carried from the source is asked by itself, too: else it could be left to the decoder.
    """
    weights = settings.weights
    details = batch.details[:, 1:].flatten(0, 1)
    targets = batch.targets[:, 1:].flatten(0, 1)

    def differing(drawn: Tensor) -> Terms:
        return {
            "picture": weights.picture * pyramid_difference(drawn, targets),
            "edges": weights.edges * edge_difference(drawn, targets),
            "details": weights.details * part_distance(drawn, targets, details),
        }

    terms = {f"final_{name}": value for name, value in differing(detailed.picture).items()}
    carried = torch.stack(list(differing(detailed.carried).values())).sum()
    terms["carried"] = weights.carried * carried
    if settings.truth.flow > 0:
        errors = flow_errors(detailed.at, batch, settings.truth.stress)
        terms["flow"] = settings.truth.flow * errors.places
        terms["shape"] = settings.truth.shape * errors.shapes
    if settings.truth.depth > 0:
        terms["depth"] = settings.truth.depth * depth_error(detailed.depth, batch)
    return terms


def warp_terms(
    warps: tuple[Tensor, Tensor],
    batch: PortraitBatch,
    settings: PortraitSettings,
    random: torch.Generator,
) -> Terms:
    """How far warps to canonical space [P, ...] and from it [P K, ...] are from the truth."""
    points = surface_points(batch, random)
    people, views = batch.images.shape[:2]
    rows = torch.arange(people * views).view(people, views)
    to_canonical, from_canonical = warps
    theta, details = batch.theta.flatten(0, 1), batch.details.flatten(0, 1)
    stress = stress_of(points, theta, details, settings.truth.stress)
    s, d = rows[:, 0], rows[:, 1:].flatten()
    weight = settings.truth.warp
    return {
        "warp_to": weight * warp_to_error(to_canonical, _of(points, s), theta[s], stress[s]),
        "warp_from": weight * warp_from_error(from_canonical, _of(points, d), theta[d], stress[d]),
    }


def mixed_terms(
    networks: PortraitNetworks,
    batch: PortraitBatch,
    pairs: Pairs,
    mixed: Mixed,
    settings: PortraitSettings,
    nets: LossNets,
) -> Terms:
    """Drawn pictures have to show the expression that drove them and no other, mixed ones too."""
    weights, head = settings.weights, networks.motion_of_latent
    own = pairs.latents[:, 1].detach()
    mismatch = source_driver_mismatch(pairs.latents[:, 0], pairs.latents[:, 1])
    read = functional.linear(
        torch.cat([mixed.own_latents, mixed.latents]), head.weight.detach(), head.bias.detach()
    )
    motion = torch.cat([batch.motion[:, 1], batch.motion[mixed.order, 1]])
    found, wanted = mixed.latents, mixed.wanted
    terms = {
        "reread": weights.reread * motion_error(read, motion),
        "contrastive": weights.contrastive
        * (contrastive(found, wanted, mismatch) + contrastive(mixed.own_latents, own, mismatch)),
        "pull": weights.pull * (pull(found, wanted) + pull(mixed.own_latents, own)),
        "push": weights.push * (push(found, wanted) + push(mixed.own_latents, own)),
        "mismatch": weights.mismatch * mismatch.mean(),
        "canonical": weights.canonical * canonical_distance(pairs.source.canonical, mixed.volumes),
    }
    if nets.identity is not None and weights.identity > 0:
        drawn = aligned_crop(mixed.drawn, mixed.theta, _FACE_PX)
        target = aligned_crop(batch.targets[:, 1], pairs.theta[:, 1], _FACE_PX)
        terms["identity"] = weights.identity * identity_distance(nets.identity, drawn, target)
    return terms


def _of(points: SurfacePoints, rows: Tensor) -> SurfacePoints:
    return SurfacePoints(points.image[rows], points.neutral[rows], points.seen[rows])
