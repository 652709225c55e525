"""An avatar's hair as a `.ply` of 3D Gaussians."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError
from avatar_core.exchange.new_folder import new_folder
from avatar_core.exchange.official_export import ExportReport
from avatar_core.gaussians import GaussianCloud, rotated_sh
from avatar_core.gaussians.cloud import DELETED, HIDDEN
from avatar_core.io.gaussian_ply import PlyGaussians, write_gaussian_ply

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.frame import AvatarFrame
    from avatar_core.hair.edited import EditedHair
    from avatar_core.project import AvatarAsset

HAIR_FILE = "hair.ply"
_SUFFIX = ".ply"
_COMMENT = "Avatar Studio: x left, y up, z to the viewer, metres"


def export_ply(
    asset: AvatarAsset,
    folder: Path,
    edited: EditedHair | None = None,
    frame: AvatarFrame | None = None,
) -> ExportReport:
    """Write `hair.ply`: RGB, x to the person's left, y up, metres.

    Args:
        asset: any avatar with hair.
        folder: a new or empty one.
        edited: the avatar's hair with edits; without any when left out.
        frame: a moment of the avatar, evaluated for `asset`, to write the hair as it lies then in
            the world; around the neutral head when left out.

    Raises:
        AssetError: the avatar is bald, or the folder cannot be written.
    """
    file, notes = _file_of(asset, edited, frame)
    with new_folder(folder) as place:
        write_gaussian_ply(place / HAIR_FILE, file)
    return ExportReport(folder, (HAIR_FILE,), notes)


def export_ply_file(
    asset: AvatarAsset,
    path: Path,
    edited: EditedHair | None = None,
    frame: AvatarFrame | None = None,
) -> ExportReport:
    """Write one file as `export_ply` does; one that is there already is replaced whole or not.

    Raises:
        AssetError: the avatar is bald, the file is no `.ply` file, or it cannot be written.
    """
    if path.suffix.lower() != _SUFFIX:
        raise AssetError(
            f"{path.name} does not end in {_SUFFIX}.", "Name the file that the hair is to go to."
        )
    file, notes = _file_of(asset, edited, frame)
    write_gaussian_ply(path, file)
    return ExportReport(path.parent, (path.name,), notes)


def _file_of(
    asset: AvatarAsset, edited: EditedHair | None, frame: AvatarFrame | None
) -> tuple[PlyGaussians, tuple[str, ...]]:
    """What is to be written, and what there is to say of it."""
    whole = asset.hair if edited is None else edited.cloud
    if frame is not None:
        whole = posed_hair(whole, frame if edited is None else edited.worn(frame))
    deleted = (whole.flags & DELETED) != 0
    hair = whole.subset(~deleted)
    if len(hair) == 0:
        raise AssetError(
            f"'{asset.name}' has no hair to write.", "A .ply holds Gaussians; the face is a mesh."
        )
    moment = "at rest" if frame is None else f"at {frame.motion.time_s:.3f} s"
    notes = [
        "The face is a mesh with its texture, and not in the file.",
        f"The hair is that of the head {moment}; how it deforms is not in the file.",
    ]
    if deleted.any():
        notes.append(f"{int(deleted.sum())} deleted Gaussians are left out.")
    if np.any(hair.flags & HIDDEN):
        notes.append("Hidden Gaussians are visible there; the format does not know hiding.")
    return PlyGaussians(hair, comments=(_COMMENT,)), tuple(notes)


def posed_hair(cloud: GaussianCloud, frame: AvatarFrame) -> GaussianCloud:
    """Hair as it lies in the world at a moment, colours that depend on the view turned with it.

    Args:
        cloud: [M] around the neutral head.
        frame: with M Gaussians, see `EditedHair.worn`.

    Returns:
        [M] Gaussians with the flags of `cloud`.
    """
    sh = cloud.sh.copy()
    if frame.hair_constants is not None:
        sh[:, 0] = frame.hair_constants
    lengths = np.linalg.norm(frame.hair_quats, axis=1, keepdims=True)
    return GaussianCloud(
        means=frame.hair_means,
        quats=(frame.hair_quats / lengths).astype(np.float32),
        scales=cloud.scales if frame.hair_scales is None else frame.hair_scales,
        opacities=cloud.opacities if frame.hair_opacities is None else frame.hair_opacities,
        sh=rotated_sh(sh, frame.hair_turn),
        flags=cloud.flags,
    )
