"""An avatar with everything that was done to it in a project, as an `.avatar` of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError
from avatar_core.exchange.export_report import ExportReport
from avatar_core.exchange.face_texture import face_picture
from avatar_core.exchange.official_notes import is_painted
from avatar_core.gaussians.cloud import DELETED
from avatar_core.gaussians.delivery import fit_for_delivery
from avatar_core.io.avatar_file import save_avatar
from avatar_core.mega.bake import baked_asset
from avatar_core.mega.cloned_skin import skin_of
from avatar_core.project.asset import FaceKind
from avatar_core.project.paint import TexturePart
from avatar_core.texture.content import content_digest

if TYPE_CHECKING:
    from pathlib import Path

    from avatar_core.hair.edited import EditedHair
    from avatar_core.project import AvatarAsset, Painting

SUFFIX = ".avatar"


def export_whole(
    asset: AvatarAsset,
    path: Path,
    hair: EditedHair | None = None,
    painting: Painting | None = None,
    name: str = "",
) -> ExportReport:
    """Write an `.avatar`; a file that is there already is replaced whole or not at all.

    Args:
        asset: in the hairstyle it wears, without edits and paint.
        path: the file.
        hair: its hair as edited, if it was.
        painting: what was painted on it, if anything.
        name: what the library calls it; as before when empty.

    Raises:
        AssetError: the file has another suffix or cannot be written, or the paint was baked for
            another face.
    """
    if path.suffix.lower() != SUFFIX:
        raise AssetError(
            f"{path.name} does not end in {SUFFIX}.", "Name the file that the avatar is to go to."
        )
    notes: list[str] = []
    whole = replace(asset, name=name or asset.name)
    if painting is not None:
        whole, notes = _painted(whole, painting)
    if hair is not None:
        kept = (hair.cloud.flags & DELETED) == 0
        whole = replace(whole, hair=hair.cloud.subset(kept))
        notes.append(
            "The hair is that of the project, its layers made one. Where it was combed, it deforms"
            " as hair does that lies there."
        )
    sound, found = fit_for_delivery(whole.hair)
    save_avatar(replace(whole, hair=sound), path)
    notes += found
    return ExportReport(path.parent, (path.name,), tuple(notes))


def _painted(asset: AvatarAsset, painting: Painting) -> tuple[AvatarAsset, list[str]]:
    if asset.face.kind is not FaceKind.NEURAL:
        picture = face_picture(asset, painting)
        texture = asset.face.texture if painting.is_empty else picture.pixels
        return replace(asset, face=replace(asset.face, texture=texture)), list(picture.notes)
    asset = skin_of(asset, painting)
    baked = painting.baked
    notes = []
    if baked is not None:
        asset = baked_asset(asset, baked)
    is_all = baked is not None and baked.source == content_digest(painting)
    if any(is_painted(painting, part) for part in TexturePart) and not is_all:
        notes.append(
            "Paint that is not baked is left out: bake it first (Paint, Bake), or keep the project."
        )
    return asset, notes
