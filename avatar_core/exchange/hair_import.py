"""Any file of 3D Gaussians as hair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.gaussians import lint, repaired
from avatar_core.io.gaussian_files import read_gaussians

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud


@dataclass(frozen=True, slots=True, eq=False)
class ForeignHair:
    """Hair read from a file.

    Args:
        name: after the file.
        gaussians: sound, in the axes and the unit of the file, without flags.
        notes: what was found and done, in sentences.
    """

    name: str
    gaussians: GaussianCloud
    notes: tuple[str, ...]


def hair_from_gaussians(path: Path | str) -> ForeignHair:
    """Read a file of 3D Gaussians as hair, and mend it.

    The file may have any axes and any unit, but should hold hair alone; `hair.scalp_fit.fit_hair`
    finds how it lies on a head.

    Args:
        path: a `.ply`, `.spz` or `.splat`.

    Raises:
        AssetError: the file cannot be read, or holds nothing that could be hair.
    """
    path = Path(path)
    raw = read_gaussians(path)
    findings = lint(raw, as_hair=True)
    cloud, kept = repaired(raw, as_hair=True)
    if not len(cloud):
        raise AssetError(
            f"{path.name} holds no Gaussian that could be hair.",
            "Choose a file that holds a whole head of hair.",
        )
    notes = [
        f"{finding} {'Mended' if finding.is_repairable else 'Left out'}." for finding in findings
    ]
    notes.append(f"{len(kept)} of {len(raw)} Gaussians are taken.")
    cloud = replace(cloud, flags=np.zeros(len(cloud), np.uint8))
    return ForeignHair(path.stem, cloud, tuple(notes))
