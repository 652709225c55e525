"""A project made self-contained, and back: one file to mail, or files of their own again."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AssetError, AvatarError
from avatar_core.io.atomic import write_error
from avatar_core.io.checksums import checksums_of
from avatar_core.io.migrations import PROJECT
from avatar_core.io.packing import PackedCache, is_cached, tidy_file_name, unpack_paths
from avatar_core.io.project_file import (
    SavedProject,
    fetch_packed,
    load_project,
    open_project,
    save_project,
)
from avatar_core.io.project_files import is_there
from avatar_core.io.project_lock import expect_free
from avatar_core.io.reading import is_file, is_folder
from avatar_core.project.plain import Fields
from avatar_core.project.references import file_slots, with_files

if TYPE_CHECKING:
    from avatar_core.io.packing import Step
    from avatar_core.project import Project
    from avatar_core.project.references import FileSlot

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Packed:
    """What became of the files of a project.

    Args:
        path: the project that was written.
        files: those that travel in it, or that were written beside it.
        absent: those that the project names but that are nowhere.
        nbytes: size of the project's file.
    """

    path: Path
    files: tuple[Path, ...]
    absent: tuple[Path, ...]
    nbytes: int


def present_and_absent(project: Project) -> tuple[list[FileSlot], list[FileSlot]]:
    """The files that a project names, each once: those that are there, and the others."""
    slots = list({slot.path: slot for slot in file_slots(project)}.values())
    present = [slot for slot in slots if is_there(slot)]
    return present, [slot for slot in slots if slot not in present]


def pack_project(saved: SavedProject, out: Path | str, step: Step | None = None) -> Packed:
    """Write a project that carries along every file it names, as far as these are there.

    Bundled avatars, hairstyles and portraits come with the studio and stay out.

    Args:
        saved: the project.
        out: the file to write.
        step: hears how far it is, 0..1, and which file is at hand; may raise Cancelled, which
            leaves nothing behind.

    Raises:
        AssetError: a file cannot be read, the project cannot be written, or another studio has it.
    """
    out = Path(out).absolute()
    expect_free(out)
    present, absent = present_and_absent(saved.project)
    save_project(saved, out, packed=True, step=step)
    return Packed(
        out,
        tuple(Path(slot.path) for slot in present),
        tuple(Path(slot.path) for slot in absent),
        out.stat().st_size,
    )


def unpack_project(path: Path | str, folder: Path | str, step: Step | None = None) -> Packed:
    """Write a packed project that names its files, and these in a folder beside it.

    Args:
        path: the packed project; it stays as it is.
        folder: where `NAME.studio` and the folder `NAME files` go; made if it is not there.
        step: as for `pack_project`.

    Raises:
        AssetError: nothing is packed in the project, files of those names are there already, or
            they cannot be written.
        ProjectFormatError: not a project, or damaged.
    """
    path, folder = Path(path).absolute(), Path(folder).absolute()
    saved = load_project(path, step)
    slots = {slot.path: slot for slot in file_slots(saved.project) if is_cached(slot.path)}
    if not slots:
        raise AssetError(
            f"{path.name} is not packed: it names its files by their places already.",
            "Open it as it is.",
        )
    target, beside = folder / f"{path.stem}.studio", folder / f"{path.stem} files"
    for each in (target, beside):
        if is_file(each) or is_folder(each):
            raise AssetError(
                f"{each.name} is in {folder} already.",
                "Choose an empty folder; nothing was written.",
            )
    places = _places(list(slots.values()), beside)
    draft = folder / f".{secrets.token_hex(8)}"
    try:
        draft.mkdir(parents=True)
        _copy_all(places, draft, step)
        draft.rename(beside)
    except OSError as reason:
        raise write_error(beside, reason) from reason
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    project = with_files(saved.project, lambda slot: _placed(slot, places))
    files = replace(saved.files, is_packed=False)  # marks are all that is known of absent files
    try:
        save_project(SavedProject(project, saved.view_state, files), target, packed=False)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    _, absent = present_and_absent(project)
    missing = tuple(Path(slot.path) for slot in absent)
    return Packed(target, tuple(places.values()), missing, target.stat().st_size)


def _placed(slot: FileSlot, places: dict[str, Path]) -> FileSlot:
    place = places.get(slot.path)
    return slot if place is None else replace(slot, path=str(place))


def _places(slots: list[FileSlot], beside: Path) -> dict[str, Path]:
    """Where each file goes, by where it lies; names that are alike get numbers."""
    places: dict[str, Path] = {}
    taken: set[str] = set()
    for slot in slots:
        name = tidy_file_name(Path(slot.path).name)
        stem, suffix, number = Path(name).stem, Path(name).suffix, 1
        while name.casefold() in taken:
            number += 1
            name = tidy_file_name(f"{stem} {number}{suffix}")
        taken.add(name.casefold())
        places[slot.path] = beside / name
    return places


def _copy_all(places: dict[str, Path], draft: Path, step: Step | None) -> None:
    for at, (source, place) in enumerate(places.items()):
        if step is not None:
            step(at / len(places), f"Unpacking {place.name}")
        if Path(source).is_dir():
            shutil.copytree(source, draft / place.name)
        else:
            _copy(Path(source), draft / place.name, step, at / len(places))


def _copy(source: Path, target: Path, step: Step | None, fraction: float) -> None:
    with source.open("rb") as file, target.open("xb") as copy:
        while piece := file.read(_PIECE_BYTES):
            if step is not None:
                step(fraction, f"Unpacking {target.name}")
            copy.write(piece)


def is_to_be_fetched(path: Path | str) -> bool:
    """Whether opening a project copies files into the cache, which may take a while.

    False where the project cannot be read: opening it says why.
    """
    path = Path(path).absolute()
    try:
        with open_project(path) as archive:
            fields = Fields(PROJECT.read(archive, path.name), "project")
            sums, cache = checksums_of(archive), PackedCache()
            return any(not cache.has(each, sums) for each in unpack_paths(fields, "packed"))
    except AvatarError:
        return False


def fetch_files(path: Path | str, step: Step | None = None) -> None:
    """Copy what is packed in a project into the cache, so that it opens at once.

    Raises:
        AssetError: the file is missing or cannot be read, or the cache cannot be written to.
        ProjectFormatError: not a project, or damaged.
        Cancelled: `step` was told to stop.
    """
    path = Path(path).absolute()
    with open_project(path) as archive:
        fetch_packed(Fields(PROJECT.read(archive, path.name), "project"), archive, step)
