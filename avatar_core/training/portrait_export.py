"""Trained portrait networks as a model file: weights, the map from motion, sliders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from avatar_core.emoportraits.latent_map import fit_latent_map
from avatar_core.emoportraits.latents import auc_z, components_for, fit_latent_basis
from avatar_core.emoportraits.learned import Learned
from avatar_core.emoportraits.model import model_arrays
from avatar_core.training.portrait_batch import batch_of, motion_of

if TYPE_CHECKING:
    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.training.portrait_data import People
    from avatar_core.training.portrait_networks import PortraitNetworks

_MOST_PEOPLE = 60
_SLIDERS = 12


def model_arrays_of(
    networks: PortraitNetworks, people: People, *, told: bool = False
) -> tuple[dict[str, AnyArray], dict[str, float]]:
    """Arrays of a model file, and how well its map from motion fits.

    The map from the 52 weights to latents is fitted to what the finished expression network sees in
    pictures whose weights are known. That blurs what motion means, as far as pictures leave it
    open; networks that were driven by told latents while they learned are given these.

    Args:
        networks: trained, in evaluation mode.
        people: whose pictures tell latents.
        told: the map is fitted to the latents that `latent_of_motion` tells.
    """
    weights, latents = seen_latents(networks, people)
    if told:
        latent_map = fit_latent_map(*told_latents(networks, people), quadratic=False)
    else:
        fits = [fit_latent_map(weights, latents, quadratic=square) for square in (False, True)]
        latent_map = max(fits, key=lambda fit: float(fit.explained[0]))
    learned = Learned(latent_map, fit_latent_basis(latents, _SLIDERS))
    arrays = model_arrays(networks.generator, networks.head_pose, extra=learned.arrays())
    fit = {
        "latent_map_explained": round(float(latent_map.explained[0]), 4),
        "auc_z": round(auc_z(latents), 4),
        "components_for_99_percent": float(components_for(latents)),
    }
    return arrays, fit


def seen_latents(networks: PortraitNetworks, people: People) -> tuple[Float32, Float32]:
    """Weights [N, 52] and latents [N, Z] of pictures as the model sees them."""
    device = next(networks.parameters()).device
    weights, latents = [], []
    names = people.names[:: max(1, len(people) // _MOST_PEOPLE)]
    with torch.inference_mode():
        for person in people.only(*names).each():
            images = batch_of(person, range(len(person))).images[0].to(device)
            theta = networks.head_pose.pose(images).theta
            latents.append(networks.generator.expression(images, theta).cpu().numpy())
            weights.append(person.weights)
    return np.concatenate(weights), np.concatenate(latents)


def told_latents(networks: PortraitNetworks, people: People) -> tuple[Float32, Float32]:
    """Weights [N, 52] of pictures and the latents [N, Z] that networks were told for them."""
    like = networks.latent_of_motion.weight
    weights, latents = [], []
    names = people.names[:: max(1, len(people) // _MOST_PEOPLE)]
    with torch.inference_mode():
        for person in people.only(*names).each():
            motion = torch.from_numpy(motion_of(person)).to(like)
            latents.append(networks.latent_of_motion(motion).cpu().numpy())
            weights.append(person.weights)
    return np.concatenate(weights), np.concatenate(latents)
