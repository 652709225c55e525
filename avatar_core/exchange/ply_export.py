"""An avatar's hair as a `.ply` of 3D Gaussians."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.exchange.new_folder import new_folder
from avatar_core.exchange.official_export import ExportReport
from avatar_core.gaussians.cloud import DELETED, HIDDEN
from avatar_core.io.gaussian_ply import PlyGaussians, write_gaussian_ply

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.project import AvatarAsset

HAIR_FILE = "hair.ply"


def export_ply(asset: AvatarAsset, folder: Path) -> ExportReport:
    """Write `hair.ply`: RGB, around the neutral head, x to the person's left, y up, metres.

    Args:
        asset: any avatar with hair.
        folder: a new or empty one.

    Raises:
        AssetError: the avatar is bald, or the folder cannot be written.
    """
    deleted = (asset.hair.flags & DELETED) != 0
    hair = asset.hair.subset(~deleted)
    if len(hair) == 0:
        raise AssetError(
            f"'{asset.name}' has no hair to write.", "A .ply holds Gaussians; the face is a mesh."
        )
    comment = "Avatar Studio: x left, y up, z to the viewer, metres"
    with new_folder(folder) as place:
        write_gaussian_ply(place / HAIR_FILE, PlyGaussians(hair, comments=(comment,)))
    notes = [
        "The face is a mesh with its texture, and not in the file.",
        "The hair is that of the head at rest; how it deforms is not in the file.",
    ]
    if deleted.any():
        notes.append(f"{int(deleted.sum())} deleted Gaussians are left out.")
    if np.any(hair.flags & HIDDEN):
        notes.append("Hidden Gaussians are visible there; the format does not know hiding.")
    return ExportReport(folder, (HAIR_FILE,), tuple(notes))
