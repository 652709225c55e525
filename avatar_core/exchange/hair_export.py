"""An avatar's hair as a hairstyle for other avatars."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar_core.errors import AssetError, RenderError
from avatar_core.exchange.official_export import ExportReport
from avatar_core.gaussians.cloud import DELETED
from avatar_core.geometry.framing import framing_camera
from avatar_core.heads.portrait import portrait_points
from avatar_core.io.hair_file import save_hair
from avatar_core.mega import neutral_frame
from avatar_core.project import hair_of
from avatar_core.render.offscreen import release_offscreen, render_frame
from avatar_core.render.scene import SceneOptions

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.geometry import UInt8
    from avatar_core.project import AvatarAsset

_SUFFIX = ".hair"
_PICTURE_PX = 192
_SUPERSAMPLE = 2
_YAW_RAD = math.radians(35)
_MARGIN = 1.05


def export_hair(asset: AvatarAsset, path: Path, name: str = "") -> ExportReport:
    """Write a `.hair` file with a picture of the avatar in it, where OpenGL can draw one.

    Args:
        asset: any avatar with hair.
        path: the file; one that is there already is replaced.
        name: what the library calls the hairstyle; after the avatar when empty.

    Raises:
        AssetError: the avatar is bald, the file is no `.hair` file, or it cannot be written.
    """
    if path.suffix.lower() != _SUFFIX:
        raise AssetError(
            f"{path.name} does not end in {_SUFFIX}.", "Name the file that the hair is to go to."
        )
    hair, notes = hair_of(asset, name), []
    try:
        hair = replace(hair, picture=_picture(asset))
    except RenderError as error:
        notes.append(f"The file has no picture for the library. {error.message}")
    save_hair(hair, path)
    deleted = int(np.count_nonzero(asset.hair.flags & DELETED))
    if deleted:
        notes.append(f"{deleted} deleted Gaussians are left out.")
    notes.append(
        "How the hair deforms is not in the file: it moves as the hair of the avatar that wears it."
    )
    return ExportReport(path.parent, (path.name,), tuple(notes))


def _picture(asset: AvatarAsset) -> UInt8:
    """The head at rest, half turned, so that length and parting are both seen."""
    rest = neutral_frame(asset)
    points = portrait_points(asset.head.topology, rest.vertices, rest.hair_means)
    camera = framing_camera(points, _PICTURE_PX, _PICTURE_PX, yaw_rad=_YAW_RAD, margin=_MARGIN)
    try:
        return render_frame(asset, rest, camera, SceneOptions(show_grid=False), _SUPERSAMPLE)
    finally:
        release_offscreen()
