"""`.hair`: one hairstyle in one file.

A zip of `manifest.json` (format, version, name, description, provenance), `hair.npz` (the
Gaussians, packed), `scalp.npz` (the scalp of the head they were made on) and, if there is one,
`preview.png`. Nothing in it can name code, see `avatar_file`.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar_core.errors import AssetError, ShapeError
from avatar_core.geometry.named_arrays import NamedArrays
from avatar_core.io import limits
from avatar_core.io.archive import ArchiveReader, ArchiveWriter
from avatar_core.io.arrays import arrays_from_npz, arrays_to_npz
from avatar_core.io.asset_members import AssetLabel, asset_description, asset_name, section_of
from avatar_core.io.atomic import atomic_write
from avatar_core.io.images import image_from_png, image_to_png
from avatar_core.io.migrations import HAIR, MANIFEST
from avatar_core.io.packed_gaussians import pack_gaussians, unpack_gaussians
from avatar_core.project.asset import HairAsset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar_core.geometry import UInt8
    from avatar_core.geometry.shapes import AnyArray

_HINT = "Use a backup, or export the hairstyle again."
_HAIR = "hair.npz"
_SCALP = "scalp.npz"
_PREVIEW = "preview.png"
_MOST_VERTICES = 10_000_000


def save_hair(hair: HairAsset, path: Path | str) -> None:
    """Write a hairstyle; a file that is there already is replaced whole or not at all.

    What is stored differs from what was given by less than a picture can show, see
    `packed_gaussians`.

    Raises:
        AssetError: the file cannot be written.
    """
    manifest = {
        **HAIR.header(),
        "name": hair.name,
        "description": hair.description,
        "provenance": hair.provenance,
    }
    scalp = {"vertices": hair.scalp, "vertex_ids": hair.scalp_vertex_ids}
    with atomic_write(path) as file, ArchiveWriter(file) as archive:
        archive.add_json(MANIFEST, manifest)
        archive.add(_HAIR, arrays_to_npz(pack_gaussians(hair.gaussians)), compressed=False)
        archive.add(_SCALP, arrays_to_npz(scalp), compressed=False)
        if hair.picture is not None:
            archive.add(_PREVIEW, image_to_png(hair.picture), compressed=False)


def load_hair(path: Path | str) -> HairAsset:
    """Read a hairstyle. The file is not trusted: sizes, shapes and values are checked.

    Raises:
        AssetError: missing, unreadable, damaged, or with impossible contents.
        ProjectFormatError: not a hairstyle, or from a newer release.
    """
    with _opened(path) as (archive, manifest, title):
        scalp = NamedArrays(_arrays(archive, _SCALP, title, limits.SCALP_BYTES))
        return HairAsset(
            name=asset_name(manifest),
            description=asset_description(manifest),
            gaussians=unpack_gaussians(_arrays(archive, _HAIR, title, limits.HAIR_BYTES)),
            scalp=scalp.floats("vertices"),
            scalp_vertex_ids=scalp.ints("vertex_ids", below=_MOST_VERTICES),
            picture=_picture(archive, title),
            provenance=section_of(manifest, "provenance"),
        )


def load_hair_label(path: Path | str) -> AssetLabel:
    """Read what a library shows of a hairstyle, and no more; raises like `load_hair`."""
    with _opened(path) as (archive, manifest, title):
        return AssetLabel(
            asset_name(manifest), asset_description(manifest), _picture(archive, title)
        )


@contextmanager
def _opened(path: Path | str) -> Iterator[tuple[ArchiveReader, dict[str, Any], str]]:
    """The archive, its manifest and what to call it; damage found within becomes one sentence."""
    path = Path(path)
    with ArchiveReader(path, path.name, AssetError, _HINT, most_members=16) as archive:
        try:
            yield archive, HAIR.read(archive, path.name), path.name
        except ShapeError as reason:
            raise AssetError(f"{path.name} is damaged: {reason}.", _HINT) from reason
        except AssetError as reason:
            raise AssetError(reason.message, reason.hint or _HINT) from reason


def _arrays(
    archive: ArchiveReader, member: str, title: str, most_bytes: int
) -> dict[str, AnyArray]:
    data = archive.read(member, most_bytes)
    return arrays_from_npz(data, f"{member} in {title}", most_bytes=most_bytes)


def _picture(archive: ArchiveReader, title: str) -> UInt8 | None:
    if _PREVIEW not in archive.names:
        return None
    data = archive.read(_PREVIEW, limits.PREVIEW_BYTES)
    return image_from_png(data, f"The picture of {title}", most_pixels=limits.PREVIEW_PIXELS)
