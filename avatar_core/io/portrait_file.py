"""`.portrait`: one person in one picture, in one file.

A zip of `manifest.json` (format, version, names, crop, provenance, which models' codes follow),
`picture.png`, `preview.png` for the library, `arrays.npz` (expression, pose, gaze, landmarks),
`matte.png` where there is one, and `codes/N.npz` for each model that has seen the portrait. Nothing
in it can name code, see `avatar_file`.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar_core.errors import AssetError
from avatar_core.io import limits
from avatar_core.io.archive import ArchiveReader, ArchiveWriter
from avatar_core.io.arrays import arrays_from_npz, arrays_to_npz
from avatar_core.io.asset_members import AssetLabel, asset_description, asset_name, section_of
from avatar_core.io.atomic import atomic_write
from avatar_core.io.images import grey_from_png, grey_to_png, image_from_png, image_to_png
from avatar_core.io.migrations import MANIFEST, PORTRAIT
from avatar_core.project.portrait import MOST_PICTURE_PX, CropBox, Portrait, PortraitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar_core.geometry import UInt8
    from avatar_core.geometry.shapes import AnyArray

_HINT = "Use a backup, or make the portrait again from its picture."
_PICTURE = "picture.png"
_PREVIEW = "preview.png"
_MATTE = "matte.png"
_ARRAYS = "arrays.npz"
_PREVIEW_PX = 192
_PNG_LEVEL = 3  # a third of the time of the usual 6, for files hardly larger
_MOST_PIXELS = MOST_PICTURE_PX * MOST_PICTURE_PX
_FOUND = ("weights", "head_rotation")
_FOUND_OR_NOT = ("landmarks", "gaze")
_CODE = ("identity", "canonical", "theta", "latent")
_MODEL = re.compile(r"[A-Za-z0-9_.\-]{1,100}")


def save_portrait(portrait: Portrait, path: Path | str) -> None:
    """Write a portrait; a file that is there already is replaced whole or not at all.

    Raises:
        AssetError: the file cannot be written.
        ValueError: more codes than `limits.PORTRAIT_CODES`, or a model whose digest is no word.
    """
    codes = {model: f"codes/{at}.npz" for at, model in enumerate(portrait.codes)}
    if len(codes) > limits.PORTRAIT_CODES or not all(map(_MODEL.fullmatch, codes)):
        raise ValueError(f"codes: expected a few digests of models, got {list(codes)!r:.100}")
    manifest = {
        **PORTRAIT.header(),
        "name": portrait.name,
        "description": portrait.description,
        "box": list(portrait.box),
        "codes": codes,
        "provenance": portrait.provenance,
    }
    with atomic_write(path) as file, ArchiveWriter(file) as archive:
        archive.add_json(MANIFEST, manifest)
        archive.add(_PICTURE, image_to_png(portrait.picture, _PNG_LEVEL), compressed=False)
        archive.add(_PREVIEW, image_to_png(_preview(portrait)), compressed=False)
        archive.add(_ARRAYS, arrays_to_npz(_found_in(portrait)), compressed=False)
        if portrait.matte is not None:
            archive.add(_MATTE, grey_to_png(portrait.matte), compressed=False)
        for model, name in codes.items():
            arrays = {each: getattr(portrait.codes[model], each) for each in _CODE}
            archive.add(name, arrays_to_npz(arrays, compressed=False), compressed=False)


def load_portrait(path: Path | str) -> Portrait:
    """Read a portrait. The file is not trusted: sizes, shapes and values are checked.

    Raises:
        AssetError: missing, unreadable, damaged, or with impossible contents.
        ProjectFormatError: not a portrait, or from a newer release.
    """
    with _opened(path) as (archive, manifest, title):
        found: dict[str, Any] = _arrays(archive, _ARRAYS, title, limits.MIB)
        codes = section_of(manifest, "codes")
        portrait = Portrait(
            name=asset_name(manifest),
            description=asset_description(manifest),
            picture=_picture(archive, title),
            box=_box(manifest),
            matte=_matte(archive, title),
            provenance=section_of(manifest, "provenance"),
            codes=_codes(archive, codes, title),
            **{name: _taken(found, name) for name in _FOUND},
            **{name: found[name] for name in _FOUND_OR_NOT if name in found},
        )
        _expect_members(archive, codes)
        return portrait


def load_portrait_label(path: Path | str) -> AssetLabel:
    """Read what a library shows of a portrait, and no more; raises like `load_portrait`."""
    with _opened(path) as (archive, manifest, title):
        data = archive.read(_PREVIEW, limits.PREVIEW_BYTES)
        preview = image_from_png(data, f"The preview of {title}", most_pixels=limits.PREVIEW_PIXELS)
        return AssetLabel(asset_name(manifest), asset_description(manifest), preview)


@contextmanager
def _opened(path: Path | str) -> Iterator[tuple[ArchiveReader, dict[str, Any], str]]:
    """The archive, its manifest and what to call it; damage found within becomes one sentence."""
    path = Path(path)
    most_members = 8 + limits.PORTRAIT_CODES
    with ArchiveReader(path, path.name, AssetError, _HINT, most_members=most_members) as archive:
        try:
            yield archive, PORTRAIT.read(archive, path.name), path.name
        except ValueError as reason:
            raise AssetError(f"{path.name} is damaged: {reason}.", _HINT) from reason
        except AssetError as reason:
            raise AssetError(reason.message, reason.hint or _HINT) from reason


def _expect_members(archive: ArchiveReader, codes: dict[str, Any]) -> None:
    """A matte whose name was damaged is not left out in silence."""
    known = {MANIFEST, _PICTURE, _PREVIEW, _ARRAYS, _MATTE}
    for name in archive.names:
        if name not in known and name not in codes.values():
            raise ValueError(f"{name!r:.60} is no part of a portrait")


def _found_in(portrait: Portrait) -> dict[str, AnyArray]:
    arrays = {name: getattr(portrait, name) for name in (*_FOUND, *_FOUND_OR_NOT)}
    return {name: array for name, array in arrays.items() if array is not None}


def _preview(portrait: Portrait) -> UInt8:
    import cv2
    import numpy as np

    x, y, side = (round(each) for each in portrait.box)
    crop = portrait.picture[y : y + max(side, 1), x : x + max(side, 1)]
    size = (_PREVIEW_PX, _PREVIEW_PX)
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)


def _picture(archive: ArchiveReader, title: str) -> UInt8:
    data = archive.read(_PICTURE, limits.PORTRAIT_PICTURE_BYTES)
    return image_from_png(data, f"The picture of {title}", most_pixels=_MOST_PIXELS)


def _matte(archive: ArchiveReader, title: str) -> UInt8 | None:
    if _MATTE not in archive.names:
        return None
    data = archive.read(_MATTE, limits.PORTRAIT_PICTURE_BYTES)
    return grey_from_png(data, f"The matte of {title}", most_pixels=_MOST_PIXELS)


def _box(manifest: dict[str, Any]) -> CropBox:
    match manifest.get("box"):
        case [int() | float() as x, int() | float() as y, int() | float() as side] if all(
            abs(each) <= MOST_PICTURE_PX for each in (x, y, side)
        ):
            return CropBox(float(x), float(y), float(side))
    raise ValueError("box: expected three lengths")


def _codes(archive: ArchiveReader, section: dict[str, Any], title: str) -> dict[str, PortraitCode]:
    codes = {}
    for model, name in section.items():
        if not isinstance(name, str) or not _MODEL.fullmatch(model):
            raise ValueError("codes: expected names of models and files")
        arrays = _arrays(archive, name, title, limits.PORTRAIT_CODE_BYTES)
        codes[model] = PortraitCode(**{each: _taken(arrays, each) for each in _CODE})
    return codes


def _arrays(
    archive: ArchiveReader, member: str, title: str, most_bytes: int
) -> dict[str, AnyArray]:
    data = archive.read(member, most_bytes)
    return arrays_from_npz(data, f"{member} in {title}", most_bytes=most_bytes)


def _taken(arrays: dict[str, AnyArray], name: str) -> Any:
    if name not in arrays:
        raise ValueError(f"{name}: missing")
    return arrays[name]
