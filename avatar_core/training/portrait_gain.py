"""How much more a finished model has to be told than it is to show.

Losses that average over what a picture leaves open make motions smaller than they should be. How
much smaller is found out on people that no training saw, whose true pictures are known: each region
of the face gets the gain with which the face tracker finds in what is drawn what it finds there.
Where it finds no face in what is drawn, that counts as not moved, as in `portrait_evaluation`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from avatar_core.driving.face_tracker import FaceTracker
from avatar_core.emoportraits.latent_map import REGIONS, region_units
from avatar_core.emoportraits.learned import learned_of
from avatar_core.emoportraits.pose import mixed_pose
from avatar_core.training.portrait_batch import batch_of
from avatar_core.training.portrait_evaluation import (
    EvaluatedModel,
    nearest_to_neutral,
    tracked,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.emoportraits.latent_map import LatentMap
    from avatar_core.emoportraits.model import PortraitModel
    from avatar_core.geometry import Float32
    from avatar_core.training.portrait_data import People

GAINS = (1.0, 1.25, 1.5, 1.75, 2.0)
"""What is tried."""
_PICTURES = 12


def best_gains(
    model: PortraitModel, people: People, progress: Callable[[int, int], None] | None = None
) -> dict[str, float]:
    """The gain of each of `REGIONS` that brings drawn pictures nearest to the true ones.

    Args:
        model: with a map from motion.
        people: not learnt from, and not those that the model is evaluated with.
        progress: called with (done, planned).
    """
    learned = learned_of(model.extra, model.config.expression_size)
    if learned is None:
        return {}
    evaluated, tracker = EvaluatedModel(model), FaceTracker(threads=1)
    errors = np.zeros((len(GAINS), len(REGIONS)))
    for done, name in enumerate(people.names):
        person = people.person(name)
        source = nearest_to_neutral(person)
        others = [frame for frame in range(len(person)) if frame != source]
        frames = others[:: max(1, len(others) // _PICTURES)][:_PICTURES]
        batch, own = batch_of(person, frames), batch_of(person, [source])
        with torch.inference_mode():
            code = evaluated.encoded(own)
            theta = mixed_pose(
                code.theta, model.head_pose.pose(evaluated.seen(batch.images[0])).theta
            )
        true = tracked(tracker, batch.targets[0])
        unmoved = np.abs(tracked(tracker, own.targets[0]) - true)
        for row, gain in enumerate(GAINS):
            latents = gained(learned.latent_map, dict.fromkeys(REGIONS, gain)).apply(
                person.weights[frames]
            )
            with torch.inference_mode():
                drawn = evaluated.drawn(code, torch.from_numpy(latents), theta)
            off = np.abs(tracked(tracker, drawn) - true)
            # A gain that spoils faces for the tracker must not get away with fewer errors.
            off = np.where(np.isnan(off), unmoved, off)[np.isfinite(unmoved[:, 0])]
            errors[row] += [off[:, region_units(region)].sum() for region in REGIONS]
        if progress is not None:
            progress(done + 1, len(people))
    return {region: GAINS[int(row)] for region, row in zip(REGIONS, errors.argmin(0), strict=True)}


def gained(latent_map: LatentMap, gains: dict[str, float]) -> LatentMap:
    """A map that tells more of some regions of the face.

    Args:
        latent_map: linear; products of weights are left as they are.
        gains: by names of `REGIONS`.
    """
    factors: Float32 = np.ones(len(latent_map.slopes), np.float32)
    for region, gain in gains.items():
        factors[region_units(region, len(factors))] = gain
    return replace(latent_map, slopes=latent_map.slopes * factors[:, None])
