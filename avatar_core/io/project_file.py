"""`.studio`: a whole project in one file.

A zip of `manifest.json` (format, version, everything that is text, numbers and switches),
`arrays.npz`, one `.take` per take and, where hair was edited or a face was painted,
`hair_edits.npz` and `painting.npz`; `history.steps` where steps of the history are kept;
`checksums.json` at the end has the SHA-256 of every other.
Avatars, hairstyles, portraits and films stay files of their own and are named by path; in a packed
project they are members too, see `packing`. The manifest also carries marks, by which moved films
are known again, and `view_state`: what the window wants to find again, such as the camera. Both
are no part of the document, and saving is the only time it meets them.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar_core.errors import AssetError, AvatarError, ProjectFormatError
from avatar_core.io import limits
from avatar_core.io.archive import ArchiveReader
from avatar_core.io.arrays import arrays_in_memory, arrays_to_npz
from avatar_core.io.atomic import atomic_write
from avatar_core.io.checksums import SummedWriter, checksums_of
from avatar_core.io.file_marks import FileMark, pack_mark, unpack_mark
from avatar_core.io.migrations import MANIFEST, PROJECT
from avatar_core.io.packing import (
    PACKED,
    PackedCache,
    Packing,
    is_cached,
    pack_paths,
    plan_packing,
    unpack_paths,
    write_packed,
)
from avatar_core.io.portable_paths import home_of, located_path, portable_path
from avatar_core.io.project_files import is_there, marks_of
from avatar_core.io.project_parts import (
    ARRAYS,
    HAIR_EDITS,
    PAINTING,
    ProjectMembers,
    read_parts,
)
from avatar_core.io.take_file import take_to_bytes
from avatar_core.project.hair_values import pack_hair_edits
from avatar_core.project.mixer_values import pack_mixer
from avatar_core.project.paint_values import pack_painting
from avatar_core.project.plain import Fields, PlainData
from avatar_core.project.portrait_values import pack_project_portrait
from avatar_core.project.references import FileSlot, file_slots, with_files
from avatar_core.project.values import (
    pack_bookmark,
    pack_clip,
    pack_expression,
    pack_scene,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.io.memory_file import MemoryFile
    from avatar_core.io.packing import Step
    from avatar_core.project import Painting, Project

HINT = "Open a backup, or an earlier version of it."
"""What to do about a damaged project."""

HISTORY = "history.steps"

_WORTH_COMPRESSING = 4 * limits.MIB
"""More would make saving slow for little, since digits of measured numbers hardly repeat."""


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """What is known of the files that a project names.

    Args:
        marks: of films, sounds and pictures, by absolute path, when the project was last saved.
        is_packed: whether they travel in the project file.
        names_cache: whether files that came in a packed project may be named where they lie in the
            cache: for versions kept on this machine, which would be as large each.
    """

    marks: Mapping[str, FileMark] = field(default_factory=dict)
    is_packed: bool = False
    names_cache: bool = False


@dataclass(frozen=True, slots=True)
class SavedProject:
    """What a project file holds.

    Args:
        project: the document; its paths are absolute.
        view_state: plain data for the window, unchecked.
        files: what is known of the files it names; whoever saves hands it on.
        history: steps of the history, as `commands.step_bytes` packs them; empty for none.
    """

    project: Project
    view_state: PlainData = field(default_factory=dict)
    files: ProjectFiles = field(default_factory=ProjectFiles)
    history: bytes = b""


def save_project(
    saved: SavedProject,
    path: Path | str,
    packed: bool | None = None,
    step: Step | None = None,
    sealed: Callable[[Path], object] | None = None,
) -> ProjectFiles:
    """Write a project; a file that is there already is replaced whole or not at all.

    Args:
        saved: what to write.
        path: the file.
        packed: whether the files that the project names travel in it; as before when left out.
            Those that came in a packed project do unless `names_cache`, since they lie in a cache.
        step: hears how far packing is, 0..1, and what is being packed; may raise Cancelled.
        sealed: gets the complete file just before it takes its place.

    Returns:
        What is known now of the files that the project names, to be handed on to the next save.

    Raises:
        AssetError: folder missing or not writable, disk full, a file to be packed that cannot be
            read, or more hair edits or paint than a file holds.
        ValueError: the view state is no plain data, or more than `limits.VIEW_STATE_BYTES`.
    """
    path = Path(path).absolute()
    project, folder = saved.project, home_of(path)
    slots = file_slots(project)
    if any(is_cached(slot.path) and not is_there(slot) for slot in slots):
        _bring_back(path)
    is_whole = saved.files.is_packed if packed is None else packed
    packing = plan_packing([] if saved.files.names_cache else slots, is_whole)
    files = {take_id: f"takes/{at:04}.take" for at, take_id in enumerate(project.takes)}
    arrays: dict[str, AnyArray] = {}
    hair_arrays: dict[str, AnyArray] = {}
    paint_arrays: dict[str, AnyArray] = {}
    stored = with_files(project, partial(_portable, folder=folder, packing=packing))
    marks = marks_of([each for each in slots if each.path not in packing.paths], saved.files.marks)
    manifest = {
        **PROJECT.header(),
        **document_of(stored, arrays, hair_arrays, paint_arrays),
        "takes": [{"file": file} for file in files.values()],
        "files": _packed_marks(marks, folder),
        "packed": pack_paths(packing),
        "view_state": _bounded(saved.view_state),
    }
    hair_edits = _hair_edits_npz(hair_arrays)
    painting = _painting_npz(paint_arrays, project.painting)
    with atomic_write(path, sealed=sealed) as file, SummedWriter(file) as archive:
        archive.add_json(MANIFEST, manifest)
        archive.add(ARRAYS, arrays_to_npz(arrays), compressed=False)
        if hair_arrays:
            archive.add(HAIR_EDITS, hair_edits, compressed=False)
        if paint_arrays:
            archive.add_pieces(PAINTING, painting.taken(), painting.nbytes)
        for take_id, take in project.takes.items():
            archive.add(files[take_id], take_to_bytes(take), compressed=False)
        if saved.history and not packing.paths:  # its steps know the files by other places
            archive.add(HISTORY, saved.history, compressed=False)
        write_packed(packing, archive, step)
    return replace(saved.files, marks={**saved.files.marks, **marks})


def may_carry_files(saved: SavedProject) -> bool:
    """Whether files that a project names travel in its file if they are there.

    Steps of the history are left out then, since these know the files by other places.
    """
    files = saved.files
    return not files.names_cache and any(
        files.is_packed or is_cached(slot.path) for slot in file_slots(saved.project)
    )


def load_project(path: Path | str, step: Step | None = None) -> SavedProject:
    """Read a project that anyone may have written.

    Args:
        path: the file. What is packed in it is copied to a cache, unless it is there already.
        step: hears how far that is, 0..1, and what is being copied; may raise Cancelled.

    Raises:
        AssetError: the file is missing or cannot be read, or the cache cannot be written to.
        ProjectFormatError: not a project, damaged, or from a newer release.
    """
    path = Path(path).absolute()
    with open_project(path) as archive:
        fields = Fields(PROJECT.read(archive, path.name), "project")
        project = read_parts(ProjectMembers(fields, archive.names, archive.read, path.name))
        packed = fetch_packed(fields, archive, step)
        history = _history(archive)
    folder = home_of(path)
    project = with_files(project, partial(located, folder=folder, packed=packed))
    marks = {
        located_path(entry.text("path", least=1), folder): unpack_mark(entry)
        for entry in fields.children("files")
    }
    files = ProjectFiles(marks, bool(packed))
    return SavedProject(project, fields.mapping("view_state"), files, history)


def _bring_back(path: Path) -> None:
    """What was taken out of the cache meanwhile still lies in the file that is to be replaced."""
    with suppress(AvatarError), open_project(path) as archive:
        fetch_packed(Fields(PROJECT.read(archive, path.name), "project"), archive)


def _history(archive: ArchiveReader) -> bytes:
    """The kept steps; where they are damaged, bytes that are none: the document is worth more."""
    if HISTORY not in archive.names:
        return b""
    try:
        return archive.read(HISTORY, limits.HISTORY_BYTES)
    except ProjectFormatError:
        return b"damaged"


def document_of(
    project: Project,
    arrays: dict[str, AnyArray],
    hair_arrays: dict[str, AnyArray],
    paint_arrays: dict[str, AnyArray],
) -> PlainData:
    """The manifest's share of a document whose paths are as they stand in the file, takes aside.

    Args:
        project: the document.
        arrays: gets the sliders' and the mixer's arrays.
        hair_arrays: gets those of the hair edits.
        paint_arrays: gets those of the painting.
    """
    pack_expression(project.expression, arrays, "expression")
    return {
        "name": project.name,
        "avatar": {"reference": project.avatar, "sha256": project.avatar_sha256},
        "hair": {"reference": project.hair, "sha256": project.hair_sha256},
        "hair_edits": pack_hair_edits(project.hair_edits, hair_arrays, "hair"),
        "painting": pack_painting(project.painting, paint_arrays, "paint"),
        "mixer": pack_mixer(project.mixer, arrays, "mixer"),
        "source": project.source,
        "drivers": list(project.drivers),
        "active_take": project.active_take,
        "clips": _entries(project.clips, pack_clip),
        "scene": pack_scene(project.scene),
        "bookmarks": _entries(project.bookmarks, pack_bookmark),
        "portraits": _entries(project.portraits, pack_project_portrait),
    }


def open_project(path: Path) -> ArchiveReader:
    """The archive of a project, to be closed again.

    Raises:
        AssetError: the file is missing or cannot be read.
        ProjectFormatError: no archive, or one that no studio wrote.
    """
    return ArchiveReader(path, path.name, ProjectFormatError, HINT, apart=PACKED)


def fetch_packed(
    fields: Fields,
    archive: ArchiveReader,
    step: Step | None = None,
    cache: PackedCache | None = None,
) -> dict[str, Path]:
    """Bring what is packed into the cache: where it lies, by what stands in the project for it.

    Raises:
        AssetError: the cache cannot be written to.
        ProjectFormatError: what is packed is damaged.
    """
    paths = unpack_paths(fields, "packed")
    if not paths:
        return {}
    cache, sums = cache or PackedCache(), checksums_of(archive)
    cache.forget_unused()
    return {each.path: cache.fetch(each, sums, archive, step) for each in paths}


def located(slot: FileSlot, folder: Path, packed: Mapping[str, Path]) -> FileSlot:
    """A place of a stored project as it is in the document; raises ProjectFormatError."""
    known = packed.get(slot.path)
    return replace(slot, path=located_path(slot.path, folder) if known is None else str(known))


def _entries(library: Mapping[str, Any], pack: Callable[[Any], PlainData]) -> list[PlainData]:
    return [{"id": each, **pack(value)} for each, value in library.items()]


def _portable(slot: FileSlot, folder: Path, packing: Packing) -> FileSlot:
    packed = packing.paths.get(slot.path)
    if packed is not None:
        return replace(slot, path=packed.path)
    stored = portable_path(slot.path, folder)
    taken = {each.path for each in packing.paths.values()}
    return replace(slot, path=str(Path(slot.path).absolute()) if stored in taken else stored)


def _packed_marks(marks: Mapping[str, FileMark], folder: Path) -> list[PlainData]:
    return [
        {"path": portable_path(path, folder), **pack_mark(mark)} for path, mark in marks.items()
    ]


def _hair_edits_npz(arrays: dict[str, AnyArray]) -> bytes:
    nbytes = sum(array.nbytes for array in arrays.values())
    if nbytes > limits.HAIR_EDITS_BYTES - limits.MIB:  # room for the arrays' headers
        raise AssetError(
            f"The hair edits take {nbytes >> 20} MB, more than a project can keep.",
            "Bake the layers, or clear the hair edits.",
        )
    return arrays_to_npz(arrays, compressed=nbytes <= _WORTH_COMPRESSING)


def _painting_npz(arrays: dict[str, AnyArray], painting: Painting) -> MemoryFile:
    nbytes = sum(array.nbytes for array in arrays.values())
    if (
        nbytes > limits.PAINTING_BYTES - limits.MIB  # room for the arrays' headers
        or painting.nbytes > limits.PAINTING_TILES
    ):
        raise AssetError(
            f"The paint takes {painting.nbytes >> 20} MB, more than a project can keep.",
            "Merge layers, or make the painting smaller.",
        )
    return arrays_in_memory(arrays)  # tiles are packed already


def _bounded(view_state: PlainData) -> PlainData:
    if len(json.dumps(view_state, allow_nan=False)) > limits.VIEW_STATE_BYTES:
        raise ValueError("view_state: too much to keep beside a document")
    return view_state
