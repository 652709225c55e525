"""An avatar's hair as a hairstyle for other avatars."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.exchange.export_report import ExportReport
from avatar_core.gaussians.cloud import DELETED
from avatar_core.gaussians.delivery import fit_for_delivery
from avatar_core.io.hair_file import save_hair
from avatar_core.project import hair_of

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import UInt8
    from avatar_core.project import AvatarAsset

_SUFFIX = ".hair"


def export_hair(
    asset: AvatarAsset, path: Path, name: str = "", picture: UInt8 | None = None
) -> ExportReport:
    """Write a `.hair` file.

    Args:
        asset: any avatar with hair.
        path: the file; one that is there already is replaced.
        name: what the library calls the hairstyle; after the avatar when empty.
        picture: [H, W, 3] uint8 sRGB for the library, at most 1024 pixels a side.

    Raises:
        AssetError: the avatar is bald or its hair cannot be drawn, the file is no `.hair` file, or
            it cannot be written.
    """
    if path.suffix.lower() != _SUFFIX:
        raise AssetError(
            f"{path.name} does not end in {_SUFFIX}.", "Name the file that the hair is to go to."
        )
    hair = hair_of(asset, name)
    sound, found = fit_for_delivery(hair.gaussians)
    if not len(sound):
        raise AssetError(f"'{asset.name}' has no hair that can be drawn.", " ".join(found))
    save_hair(replace(hair, gaussians=sound, picture=picture), path)
    notes = [
        "How the hair deforms is not in the file: it moves as the hair of the avatar that wears"
        " it.",
        *found,
    ]
    deleted = int(np.count_nonzero(asset.hair.flags & DELETED))
    if deleted:
        notes.append(f"{deleted} deleted Gaussians are left out.")
    if picture is None:
        notes.append("The file has no picture for the library.")
    return ExportReport(path.parent, (path.name,), tuple(notes))
