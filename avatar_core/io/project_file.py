"""`.studio`: a whole project in one file.

A zip of `manifest.json` (format, version, everything that is text, numbers and switches),
`arrays.npz`, one `.take` per take and, where hair was edited or a face was painted,
`hair_edits.npz` and `painting.npz`. Avatars, hairstyles, portraits and films stay files of their
own and are named by path. The manifest also carries `view_state`: what the window wants to find
again, such as the camera. It is no part of the document, and saving is the only time it meets it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError, AvatarError, ProjectFormatError
from avatar_core.io import limits
from avatar_core.io.archive import ArchiveReader, ArchiveWriter
from avatar_core.io.arrays import arrays_from_npz, arrays_to_npz
from avatar_core.io.atomic import atomic_write
from avatar_core.io.migrations import MANIFEST, PROJECT
from avatar_core.io.portable_paths import (
    located_path,
    located_source,
    portable_path,
    portable_source,
)
from avatar_core.io.take_file import take_from_bytes, take_to_bytes
from avatar_core.project import (
    CameraBookmark,
    Clip,
    HairEdits,
    Painting,
    Project,
    ProjectPortrait,
    Scene,
    is_bundled,
)
from avatar_core.project.hair_values import pack_hair_edits, unpack_hair_edits
from avatar_core.project.mixer_values import pack_mixer, unpack_drivers, unpack_mixer
from avatar_core.project.paint_values import pack_painting, unpack_painting
from avatar_core.project.plain import Arrays, Fields, PlainData, damaged
from avatar_core.project.portrait_values import pack_project_portrait, unpack_project_portrait
from avatar_core.project.values import (
    pack_bookmark,
    pack_clip,
    pack_expression,
    pack_scene,
    unpack_bookmark,
    unpack_clip,
    unpack_expression,
    unpack_scene,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.motion import MixerSettings, Take

_ARRAYS = "arrays.npz"
_HAIR_EDITS = "hair_edits.npz"
_PAINTING = "painting.npz"
_WORTH_COMPRESSING = 4 * limits.MIB
"""More would make saving slow for little, since digits of measured numbers hardly repeat."""

_HINT = "Open a backup, or an earlier version of it."


@dataclass(frozen=True, slots=True)
class SavedProject:
    """What a project file holds.

    Args:
        project: the document; its paths are absolute.
        view_state: plain data for the window, unchecked.
    """

    project: Project
    view_state: PlainData = field(default_factory=dict)


def save_project(saved: SavedProject, path: Path | str) -> None:
    """Write a project; a file that is there already is replaced whole or not at all.

    Raises:
        AssetError: folder missing or not writable, disk full, or more hair edits or paint
            than a file holds.
        ValueError: the view state is no plain data, or more than `limits.VIEW_STATE_BYTES`.
    """
    path = Path(path).absolute()
    project = saved.project
    files = {take_id: f"takes/{at:04}.take" for at, take_id in enumerate(project.takes)}
    arrays: dict[str, AnyArray] = {}
    pack_expression(project.expression, arrays, "expression")
    portable = partial(portable_source, folder=path.parent)
    hair_arrays: dict[str, AnyArray] = {}
    paint_arrays: dict[str, AnyArray] = {}
    manifest = {
        **PROJECT.header(),
        "name": project.name,
        "avatar": {
            "reference": _portable(project.avatar, path.parent),
            "sha256": project.avatar_sha256,
        },
        "hair": {
            "reference": _portable(project.hair, path.parent),
            "sha256": project.hair_sha256,
        },
        "hair_edits": pack_hair_edits(project.hair_edits, hair_arrays, "hair"),
        "painting": pack_painting(
            _with_sources(project.painting, partial(_portable, folder=path.parent)),
            paint_arrays,
            "paint",
        ),
        "mixer": pack_mixer(_mixer_with_drivers(project.mixer, portable), arrays, "mixer"),
        "source": portable(project.source),
        "drivers": [portable(uri) for uri in project.drivers],
        "takes": [{"file": file} for file in files.values()],
        "active_take": project.active_take,
        "clips": [
            {"id": clip_id, **pack_clip(_portable_clip(clip, path.parent))}
            for clip_id, clip in project.clips.items()
        ],
        "scene": pack_scene(_portable_scene(project.scene, path.parent)),
        "bookmarks": [
            {"id": each, **pack_bookmark(bookmark)} for each, bookmark in project.bookmarks.items()
        ],
        "portraits": [
            {"id": each, **pack_project_portrait(_portable_portrait(portrait, path.parent))}
            for each, portrait in project.portraits.items()
        ],
        "view_state": _bounded(saved.view_state),
    }
    hair_edits = _hair_edits_npz(hair_arrays)
    painting = _painting_npz(paint_arrays, project.painting)
    with atomic_write(path) as file, ArchiveWriter(file) as archive:
        archive.add_json(MANIFEST, manifest)
        archive.add(_ARRAYS, arrays_to_npz(arrays), compressed=False)
        if hair_arrays:
            archive.add(_HAIR_EDITS, hair_edits, compressed=False)
        if paint_arrays:
            archive.add(_PAINTING, painting, compressed=False)
        for take_id, take in project.takes.items():
            archive.add(files[take_id], take_to_bytes(take), compressed=False)


def load_project(path: Path | str) -> SavedProject:
    """Read a project that anyone may have written.

    Raises:
        AssetError: the file is missing or cannot be read.
        ProjectFormatError: not a project, damaged, or from a newer release.
    """
    path = Path(path).absolute()
    with ArchiveReader(path, path.name, ProjectFormatError, _HINT) as archive:
        manifest = PROJECT.read(archive, path.name)
        fields = Fields(manifest, "project")
        arrays = _arrays(archive, path, _ARRAYS, limits.PROJECT_ARRAYS_BYTES)
        hair_edits = _hair_edits(archive, path, fields.child("hair_edits"))
        painting = _painting(archive, path, fields.child("painting"))
        takes = _takes(archive, fields)
    project = _project(fields, arrays, takes, path.parent)
    project.hair_edits, project.painting = hair_edits, painting
    return SavedProject(project, fields.mapping("view_state"))


def _project(fields: Fields, arrays: Arrays, takes: dict[str, Take], folder: Path) -> Project:
    avatar, hair = fields.child("avatar"), fields.child("hair")
    located = partial(located_source, folder=folder)
    active_take = fields.text_or_none("active_take")
    if active_take is not None and active_take not in takes:
        raise damaged("the take in its timeline is missing")
    return Project(
        name=fields.text("name"),
        avatar=_located(avatar.text("reference", least=1), folder),
        avatar_sha256=avatar.text("sha256"),
        hair=_located(hair.text("reference"), folder),
        hair_sha256=hair.text("sha256"),
        expression=unpack_expression(arrays, "expression"),
        mixer=_mixer_with_drivers(unpack_mixer(fields.child("mixer"), arrays), located),
        source=located(fields.text("source", least=1)),
        drivers=tuple(located(uri) for uri in unpack_drivers(fields, "drivers")),
        takes=takes,
        active_take=active_take,
        clips=_clips(fields, folder),
        scene=_scene(fields, folder),
        bookmarks=_bookmarks(fields),
        portraits=_portraits(fields, folder),
    )


def _arrays(archive: ArchiveReader, path: Path, name: str, most_bytes: int) -> Arrays:
    title = f"{path.name} ({name})"
    packed = archive.read(name, most_bytes)
    return Arrays(arrays_from_npz(packed, title, ProjectFormatError, most_bytes), "arrays")


def _hair_edits(archive: ArchiveReader, path: Path, fields: Fields) -> HairEdits:
    arrays = _arrays_or_none(archive, path, _HAIR_EDITS, limits.HAIR_EDITS_BYTES)
    return unpack_hair_edits(fields, arrays, "hair")


def _painting(archive: ArchiveReader, path: Path, fields: Fields) -> Painting:
    arrays = _arrays_or_none(archive, path, _PAINTING, limits.PAINTING_BYTES)
    painting = unpack_painting(fields, arrays, "paint", limits.PAINTING_TILES)
    return _with_sources(painting, partial(_located, folder=path.parent))


def _arrays_or_none(archive: ArchiveReader, path: Path, name: str, most_bytes: int) -> Arrays:
    if name in archive.names:
        return _arrays(archive, path, name, most_bytes)
    return Arrays({}, "arrays")


def _hair_edits_npz(arrays: dict[str, AnyArray]) -> bytes:
    nbytes = sum(array.nbytes for array in arrays.values())
    if nbytes > limits.HAIR_EDITS_BYTES - limits.MIB:  # room for the arrays' headers
        raise AssetError(
            f"The hair edits take {nbytes >> 20} MB, more than a project can keep.",
            "Bake the layers, or clear the hair edits.",
        )
    return arrays_to_npz(arrays, compressed=nbytes <= _WORTH_COMPRESSING)


def _painting_npz(arrays: dict[str, AnyArray], painting: Painting) -> bytes:
    nbytes = sum(array.nbytes for array in arrays.values())
    if (
        nbytes > limits.PAINTING_BYTES - limits.MIB  # room for the arrays' headers
        or painting.nbytes > limits.PAINTING_TILES
    ):
        raise AssetError(
            f"The paint takes {painting.nbytes >> 20} MB, more than a project can keep.",
            "Merge layers, or make the painting smaller.",
        )
    return arrays_to_npz(arrays, compressed=False)  # tiles are packed already


def _takes(archive: ArchiveReader, fields: Fields) -> dict[str, Take]:
    takes: dict[str, Take] = {}
    for entry in fields.children("takes"):
        name = entry.text("file", least=1)
        data = archive.read(name, limits.TAKE_BYTES)
        try:
            take = take_from_bytes(data)
        except AvatarError as reason:
            raise damaged(f"the take {name} cannot be read ({reason.message})") from reason
        if take.id in takes:
            raise damaged(f"it holds the take {take.name!r:.60} twice")
        takes[take.id] = take
    return takes


def _mixer_with_drivers(mixer: MixerSettings, place: Callable[[str], str]) -> MixerSettings:
    """The controls with the files among the drivers they name placed anew."""
    groups = {
        group: replace(
            each,
            drivers=tuple(replace(share, driver=place(share.driver)) for share in each.drivers),
        )
        for group, each in mixer.groups.items()
    }
    profiles = {place(driver): profile for driver, profile in mixer.profiles.items()}
    return replace(mixer, groups=groups, profiles=profiles)


def _clips(fields: Fields, folder: Path) -> dict[str, Clip]:
    clips: dict[str, Clip] = {}
    for entry in fields.children("clips"):
        clip_id, clip = entry.text("id", least=1), unpack_clip(entry)
        if clip_id in clips:
            raise damaged("it holds a clip twice")
        clips[clip_id] = replace(clip, path=located_path(clip.path, folder))
    return clips


def _bookmarks(fields: Fields) -> dict[str, CameraBookmark]:
    bookmarks: dict[str, CameraBookmark] = {}
    for entry in fields.children("bookmarks"):
        bookmark_id = entry.text("id", least=1)
        if bookmark_id in bookmarks:
            raise damaged("it holds a bookmark twice")
        bookmarks[bookmark_id] = unpack_bookmark(entry)
    return bookmarks


def _portraits(fields: Fields, folder: Path) -> dict[str, ProjectPortrait]:
    portraits: dict[str, ProjectPortrait] = {}
    for entry in fields.children("portraits"):
        portrait_id, portrait = entry.text("id", least=1), unpack_project_portrait(entry)
        if portrait_id in portraits:
            raise damaged("it holds a portrait twice")
        reference = _located(portrait.reference, folder)
        portraits[portrait_id] = replace(portrait, reference=reference)
    return portraits


def _scene(fields: Fields, folder: Path) -> Scene:
    scene = unpack_scene(fields.child("scene"))
    return replace(scene, background_image=_located(scene.background_image, folder))


def _portable_scene(scene: Scene, folder: Path) -> Scene:
    return replace(scene, background_image=_portable(scene.background_image, folder))


def _with_sources(painting: Painting, place: Callable[[str], str]) -> Painting:
    """The painting with the files that its layers follow placed anew."""
    layers = {
        layer_id: replace(layer, source=place(layer.source)) if layer.source else layer
        for layer_id, layer in painting.layers.items()
    }
    return replace(painting, layers=layers)


def _portable_portrait(portrait: ProjectPortrait, folder: Path) -> ProjectPortrait:
    return replace(portrait, reference=_portable(portrait.reference, folder))


def _portable_clip(clip: Clip, folder: Path) -> Clip:
    return replace(clip, path=portable_path(clip.path, folder))


def _portable(reference: str, folder: Path) -> str:
    return portable_path(reference, folder) if _is_path(reference) else reference


def _located(reference: str, folder: Path) -> str:
    return located_path(reference, folder) if _is_path(reference) else reference


def _is_path(reference: str) -> bool:
    return reference != "" and not is_bundled(reference)


def _bounded(view_state: PlainData) -> PlainData:
    if len(json.dumps(view_state, allow_nan=False)) > limits.VIEW_STATE_BYTES:
        raise ValueError("view_state: too much to keep beside a document")
    return view_state
