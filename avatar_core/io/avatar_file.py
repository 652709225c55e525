"""`.avatar`: one avatar in one file.

A zip of `manifest.json` (format, version, names, provenance), `head.npz`, `hair.npz`,
`texture.png` and, for a neural face, `face.npz`. Arrays keep their bits. Nothing in it can name
code: arrays hold numbers only, and names lie in the manifest as text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from avatar_core.errors import AssetError, ShapeError
from avatar_core.gaussians import GaussianCloud
from avatar_core.gaussians.cloud import CLOUD_ARRAYS
from avatar_core.geometry.named_arrays import NamedArrays
from avatar_core.io import limits
from avatar_core.io.archive import ArchiveReader, ArchiveWriter
from avatar_core.io.arrays import arrays_from_npz, arrays_to_npz
from avatar_core.io.asset_members import (
    asset_description,
    asset_name,
    section_of,
    shown_gaussians,
)
from avatar_core.io.atomic import atomic_write
from avatar_core.io.head_members import (
    HEAD_MEMBER,
    arrays_of_member,
    head_from_archive,
    head_members,
)
from avatar_core.io.images import image_from_png, image_to_png
from avatar_core.io.migrations import AVATAR, MANIFEST
from avatar_core.project.asset import AvatarAsset, FaceAsset, FaceKind
from avatar_core.resources import resource_path

_HINT = "Use a backup, or export the avatar again."


def save_avatar(asset: AvatarAsset, path: Path | str) -> None:
    """Write an avatar; a file that is there already is replaced whole or not at all.

    Raises:
        AssetError: the file cannot be written, or the head is of a kind that has no file format.
    """
    head_section, head_data = head_members(asset.head)
    manifest = {
        **AVATAR.header(),
        "name": asset.name,
        "description": asset.description,
        "head": head_section,
        "face": {"kind": str(asset.face.kind), "options": asset.face.options},
        "provenance": asset.provenance,
    }
    hair = {name: getattr(asset.hair, name) for name in CLOUD_ARRAYS}
    with atomic_write(path) as file, ArchiveWriter(file) as archive:
        archive.add_json(MANIFEST, manifest)
        archive.add(HEAD_MEMBER, head_data, compressed=False)
        archive.add("hair.npz", arrays_to_npz(hair), compressed=False)
        archive.add("texture.png", image_to_png(asset.face.texture), compressed=False)
        if asset.face.weights:
            archive.add("face.npz", arrays_to_npz(asset.face.weights), compressed=False)


def load_avatar(path: Path | str) -> AvatarAsset:
    """Read an avatar. The file is not trusted: sizes, shapes and values are checked.

    Raises:
        AssetError: missing, unreadable, damaged, or with impossible contents.
        ProjectFormatError: not an avatar, or from a newer release.
    """
    path = Path(path)
    with ArchiveReader(path, path.name, AssetError, _HINT, most_members=64) as archive:
        manifest = AVATAR.read(archive, path.name)
        try:
            return AvatarAsset(
                name=asset_name(manifest),
                description=asset_description(manifest),
                head=head_from_archive(archive, section_of(manifest, "head"), path.name),
                face=_face(archive, section_of(manifest, "face"), path.name),
                hair=_hair(archive, path.name),
                provenance=section_of(manifest, "provenance"),
            )
        except ShapeError as reason:
            raise AssetError(f"{path.name} is damaged: {reason}.", _HINT) from reason
        except AssetError as reason:
            raise AssetError(reason.message, reason.hint or _HINT) from reason


def load_demo_avatar() -> AvatarAsset:
    """The avatar that ships with the studio.

    Raises:
        AssetError: the installation is incomplete.
    """
    return load_avatar(resource_path("demo", "rosa.avatar"))


def _face(archive: ArchiveReader, section: dict[str, Any], title: str) -> FaceAsset:
    try:
        kind = FaceKind(str(section.get("kind")))
    except ValueError as reason:
        raise AssetError(
            f"{title} holds a face of a kind that this release does not know.",
            "Update Avatar Studio to open it.",
        ) from reason
    texture = image_from_png(
        archive.read("texture.png", limits.TEXTURE_BYTES), f"The texture of {title}"
    )
    if kind is FaceKind.PLAIN:
        return FaceAsset(kind, texture)
    weights = dict(arrays_from_npz(archive.read("face.npz"), f"The face of {title}"))
    for name, array in weights.items():
        if not np.all(np.isfinite(array)):
            raise ShapeError(f"{name}: holds values that are not finite")
    options = section.get("options", {})
    if not isinstance(options, dict):
        raise ShapeError("options: expected named values")
    return FaceAsset(kind, texture, weights, options)


def _hair(archive: ArchiveReader, title: str) -> GaussianCloud:
    reader = NamedArrays(arrays_of_member(archive, "hair.npz", title))
    cloud = GaussianCloud(
        means=reader.floats("means"),
        quats=reader.floats("quats"),
        scales=reader.floats("scales"),
        opacities=reader.floats("opacities"),
        sh=reader.floats("sh"),
        flags=reader.ints("flags", below=256).astype(np.uint8),
    )
    return shown_gaussians(cloud)
