"""The last layer of the expression network, solved instead of trained.

What the network sees is a linear step away from the latent, and where the latent of every picture
is known, the best such step is a least-squares problem. A short training leaves that step noisy;
solving it takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from avatar_core.training.portrait_batch import batch_of, mirrored

if TYPE_CHECKING:
    from avatar_core.training.portrait_data import People
    from avatar_core.training.portrait_networks import PortraitNetworks

_STRENGTHS = [10.0**power for power in range(-5, 2)]
"""Ridges that are tried, in mean squares of the inputs."""


@torch.no_grad()
def calibrate_expression(
    networks: PortraitNetworks, people: People, held_out: People
) -> dict[str, float]:
    """Solve the last layer so that latents are those of the pictures' true motion.

    Args:
        networks: trained; changed in place.
        people: to fit to, each also in a mirror.
        held_out: other persons, who choose the strength of the ridge; the first persons of
            `people` where there are none.

    Returns:
        Mean squared error of held-out latents over their variance, before and after.
    """
    inputs, wanted = _inputs_and_latents(networks, people)
    if len(held_out):
        seen, known = _inputs_and_latents(networks, held_out)
    else:
        seen, known = inputs[: len(inputs) // 4], wanted[: len(wanted) // 4]
    layer = networks.generator.expression_embedder_nw.net_face.pose_head
    weight = layer.get_parameter("weight")
    before = _unexplained(seen @ weight.T.double().cpu(), known)
    square, product = inputs.T @ inputs, inputs.T @ wanted
    unit = square.diagonal().mean()
    eye = torch.eye(len(square), dtype=square.dtype)
    solved = [torch.linalg.solve(square + s * unit * eye, product).T for s in _STRENGTHS]
    errors = [_unexplained(seen @ each.T, known) for each in solved]
    best = min(range(len(errors)), key=errors.__getitem__)
    if errors[best] < before:
        weight.copy_(solved[best])
    return {"before": round(before, 4), "after": round(min(before, errors[best]), 4)}


def _inputs_and_latents(networks: PortraitNetworks, people: People) -> tuple[Tensor, Tensor]:
    """What the last layer sees [N, F], and the latents [N, Z] it should answer; float64."""
    device = next(networks.parameters()).device
    embedder = networks.generator.expression_embedder_nw
    face = embedder.net_face
    inputs, latents = [], []
    for person in people.each():
        straight = batch_of(person, range(len(person)))
        for batch in (straight, mirrored(straight)):
            images = batch.images[0].to(device)
            theta = networks.head_pose.pose(images).theta
            narrow = face.net.fc(face.features(embedder.crop(images, theta)))
            pooled = functional.adaptive_avg_pool2d(narrow, networks.config.embed_size)
            inputs.append(pooled.flatten(1).double().cpu())
            motion = batch.motion[0].to(device)
            latents.append(networks.latent_of_motion(motion).double().cpu())
    return torch.cat(inputs), torch.cat(latents)


def _unexplained(found: Tensor, wanted: Tensor) -> float:
    """Mean squared error over the variance."""
    return float((found - wanted).square().mean() / wanted.var(0).mean())
