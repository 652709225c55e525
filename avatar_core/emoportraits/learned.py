"""What a portrait model knows of motion besides its networks, as arrays of its file."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.emoportraits.latent_map import LatentMap
from avatar_core.emoportraits.latents import LatentBasis
from avatar_core.errors import ShapeError, WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from avatar_core.geometry import Float32
    from avatar_core.geometry.shapes import AnyArray

_MAP, _BASIS = "motion_map.", "latent_basis."


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """From motion to latents, and sliders among latents.

    Args:
        latent_map: of the 52 weights, gaze told by the eyeLook weights.
        latent_basis: principal components of latents; None where nobody measured them.
    """

    latent_map: LatentMap
    latent_basis: LatentBasis | None = None

    def arrays(self) -> dict[str, Float32]:
        """What a model file keeps of it, among its `extra`."""
        arrays = {_MAP + name: array for name, array in self.latent_map.arrays().items()}
        if self.latent_basis is not None:
            for each in fields(LatentBasis):
                arrays[_BASIS + each.name] = getattr(self.latent_basis, each.name)
        return arrays


def learned_of(extra: Mapping[str, AnyArray], latent_size: int) -> Learned | None:
    """What `Learned.arrays` wrote; None for a model that knows pictures alone.

    Args:
        extra: of a model.
        latent_size: Z of its latents.

    Raises:
        WeightsError: arrays that do not fit the model.
    """
    motion, basis = _named(extra, _MAP), _named(extra, _BASIS)
    if not motion:
        return None
    try:
        learned = Learned(
            LatentMap.from_arrays(motion),
            LatentBasis(*(basis[each.name] for each in fields(LatentBasis))) if basis else None,
        )
    except (KeyError, ShapeError) as error:
        raise _misfit() from error
    sizes = [len(learned.latent_map.neutral)]
    if learned.latent_basis is not None:
        sizes.append(len(learned.latent_basis.mean))
    if set(sizes) != {latent_size}:
        raise _misfit()
    return learned


def _named(extra: Mapping[str, AnyArray], start: str) -> dict[str, Float32]:
    return {
        key.removeprefix(start): np.asarray(array, np.float32)
        for key, array in extra.items()
        if key.startswith(start)
    }


def _misfit() -> WeightsError:
    return WeightsError(
        "The portrait model's map from motion does not fit its networks.", "Import it again."
    )
