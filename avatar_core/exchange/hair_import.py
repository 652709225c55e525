"""Any file of 3D Gaussians as hair for a head."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.gaussians import lint, repaired
from avatar_core.hair.scalp_fit import fit_hair
from avatar_core.heads import neutral_parameters
from avatar_core.io.gaussian_ply import read_gaussian_ply
from avatar_core.project.asset import HairAsset
from avatar_core.project.hairstyle import hair_vertex_ids

if TYPE_CHECKING:
    from avatar_core.gaussians import GaussianCloud
    from avatar_core.hair.scalp_fit import HairFit
    from avatar_core.project import AvatarAsset

_UNSURE = 0.1
_LOOSE_M = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class ForeignHair:
    """Hair read from a file.

    Args:
        name: after the file.
        gaussians: sound, in the axes and the unit of the file.
        fit: how they come onto the head they were read for.
        notes: what was found and done, in sentences.
    """

    name: str
    gaussians: GaussianCloud
    fit: HairFit
    notes: tuple[str, ...]

    def hairstyle(self, avatar: AvatarAsset) -> HairAsset:
        """The fitted hair as a hairstyle made on this avatar's head, for the library.

        Args:
            avatar: the one it was read for.
        """
        ids = hair_vertex_ids(avatar.head)
        return HairAsset(
            name=self.name,
            description=f"Read from {self.name}, fitted to the head of '{avatar.name}'.",
            gaussians=self.fit.fitted(self.gaussians, avatar.head),
            scalp=avatar.head.pose(neutral_parameters(avatar.head))[ids],
            scalp_vertex_ids=ids,
            provenance={"file": self.name, "fitted_to": avatar.name, "notes": list(self.notes)},
        )


def hair_from_ply(path: Path | str, avatar: AvatarAsset) -> ForeignHair:
    """Read a file of 3D Gaussians as hair: mended, and fitted to a head.

    The file may have any axes and any unit, but should hold hair alone.

    Args:
        path: a `.ply` of 3D Gaussian Splatting.
        avatar: whose head it is to lie on.

    Raises:
        AssetError: the file cannot be read, or holds no hair that could be fitted.
    """
    path = Path(path)
    raw = read_gaussian_ply(path).cloud
    findings = lint(raw, as_hair=True)
    cloud, kept = repaired(raw, as_hair=True)
    if not len(cloud):
        raise AssetError(
            f"{path.name} holds no Gaussian that could be hair.",
            "Choose a file that holds a whole head of hair.",
        )
    cloud = replace(cloud, flags=np.zeros(len(cloud), np.uint8))
    fit = fit_hair(avatar, cloud)
    notes = [
        f"{finding} {'Mended' if finding.is_repairable else 'Left out'}." for finding in findings
    ]
    notes.append(f"{len(kept)} of {len(raw)} Gaussians are taken.")
    notes.append(
        f"The file is turned, and scaled by {fit.similarity.scale:.3g}; its inner surface lies "
        f"{1000 * fit.residual_m:.0f} mm from the scalp, typically."
    )
    if fit.certainty < _UNSURE or fit.residual_m > _LOOSE_M:
        notes.append(
            "How it lies on the head is not certain. Look at it from all sides, and move, turn "
            "or scale it by hand."
        )
    return ForeignHair(path.stem, cloud, fit, tuple(notes))
