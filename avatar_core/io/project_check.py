"""Whether a project file is sound: its archive, its checksums, its contents, the files it names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from avatar_core.errors import AvatarError, NewerFormatError, ProjectFormatError
from avatar_core.io.checksums import CHECKSUMS, checksums_of
from avatar_core.io.file_marks import unpack_mark
from avatar_core.io.migrations import PROJECT
from avatar_core.io.packing import unpack_paths
from avatar_core.io.portable_paths import home_of, located_path
from avatar_core.io.project_file import located, open_project
from avatar_core.io.project_parts import ProjectMembers, read_parts
from avatar_core.io.reading import reading
from avatar_core.io.relinking import missing_in
from avatar_core.project.plain import Fields
from avatar_core.project.references import file_slots, with_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from avatar_core.io.archive import ArchiveReader
    from avatar_core.project import Project

_REPAIR = "Repair it: what can be saved goes into a copy, this file stays as it is."
_FIND = "Find it again with relink, or in the window with File, Missing files."
_SHOWN = 5


class Soundness(StrEnum):
    """How a check of a project came out."""

    GOOD = "good"
    NOTE = "note"
    """The project is sound; something outside of it is not as it was."""
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class ProjectFinding:
    """The result of one check.

    Args:
        name: what was looked at.
        soundness: how it is.
        detail: what was found, in one sentence or less.
        hint: what to do about it; empty when all is well.
    """

    name: str
    soundness: Soundness
    detail: str
    hint: str = ""


def check_project(path: Path | str) -> list[ProjectFinding]:
    """Look at everything in a project file and at all it names; nothing is written.

    Raises:
        AssetError: the file is missing or cannot be read from the disk.
    """
    path = Path(path).absolute()
    findings: list[ProjectFinding] = []
    with reading(path):
        is_empty = path.stat().st_size == 0
    if is_empty:
        return [ProjectFinding("archive", Soundness.BAD, "The file is empty.", "Open a backup.")]
    try:
        with open_project(path) as archive:
            _check_archive(path, archive, findings)
    except AvatarError as error:
        findings.append(_bad("archive", error))
    return findings


def is_sound(findings: list[ProjectFinding]) -> bool:
    """Whether nothing of the project itself is damaged."""
    return all(each.soundness is not Soundness.BAD for each in findings)


def _check_archive(path: Path, archive: ArchiveReader, findings: list[ProjectFinding]) -> None:
    try:
        fields = Fields(PROJECT.read(archive, path.name), "project")
    except NewerFormatError:
        raise
    except AvatarError as error:  # that of an archive within, where the end of the file is lost
        raise ProjectFormatError(error.message, _REPAIR) from error
    findings.append(
        ProjectFinding(
            "archive",
            Soundness.GOOD,
            f"{len(archive.names)} members, {path.stat().st_size / 1e6:.1f} MB",
        )
    )
    findings += _check_members(archive)
    project, inside = _check_contents(archive, fields, path, findings)
    findings += _check_files(project, inside, fields, path)


def _check_members(archive: ArchiveReader) -> Iterator[ProjectFinding]:
    sums: Mapping[str, str] = {}
    try:
        sums = checksums_of(archive)
    except AvatarError as error:
        yield _bad("checksums", error)
    broken = [
        name
        for name in archive.names
        if name != CHECKSUMS and not _is_member_sound(archive, name, sums)
    ]
    lost = sorted(set(sums) - set(archive.names))
    for names, words in ((broken, "damaged"), (lost, "missing")):
        if names:
            shown = ", ".join(names[:_SHOWN]) + (" and others" if len(names) > _SHOWN else "")
            yield ProjectFinding("checksums", Soundness.BAD, f"{shown}: {words}", _REPAIR)
    if not (broken or lost):
        kind = "SHA-256" if sums else "CRC-32; releases before this one kept no more"
        yield ProjectFinding("checksums", Soundness.GOOD, f"all members are sound by {kind}")


def _is_member_sound(archive: ArchiveReader, name: str, sums: Mapping[str, str]) -> bool:
    sink = hashlib.sha256()
    try:
        for piece in archive.pieces(name):
            sink.update(piece)
    except AvatarError:
        return False
    return not sums or sums.get(name) == sink.hexdigest()


def _check_contents(
    archive: ArchiveReader, fields: Fields, path: Path, findings: list[ProjectFinding]
) -> tuple[Project, set[str]]:
    """The document as far as it can be read, and which of its paths are of packed files."""

    def note(what: str, error: AvatarError) -> None:
        detail = f"{what[:1].upper()}{what[1:]}: {_reason(error)}"
        findings.append(ProjectFinding("document", Soundness.BAD, detail, _REPAIR))

    members = ProjectMembers(fields, archive.names, archive.read, path.name, forgive=note)
    before = len(findings)
    project = read_parts(members)
    packed: dict[str, Path] = {}
    with members.part("the packed files"):
        packed = {each.path: home_of(path) / each.path for each in unpack_paths(fields, "packed")}
        project = with_files(project, partial(located, folder=home_of(path), packed=packed))
    if len(findings) == before:
        frames = sum(len(take.times_s) for take in project.takes.values())
        detail = (
            f"{project.name!r}, {len(project.takes)} takes ({frames} frames), "
            f"{len(project.hair_edits.layers)} hair layers, "
            f"{len(project.painting.layers)} paint layers"
        )
        findings.append(ProjectFinding("document", Soundness.GOOD, detail))
    return project, set(map(str, packed.values()))


def _check_files(
    project: Project, inside: set[str], fields: Fields, path: Path
) -> Iterator[ProjectFinding]:
    marks = {}
    try:
        for entry in fields.children("files"):
            place = located_path(entry.text("path", least=1), home_of(path))
            marks[place] = unpack_mark(entry)
    except AvatarError as error:
        yield _bad("marks", error)
    slots = {each.path for each in file_slots(project)}
    packed, named = slots & inside, slots - inside
    missing = [each for each in missing_in(project, marks) if each.path in named]
    for each in missing:
        words = "has changed since it was saved" if each.is_changed else "is missing"
        yield ProjectFinding("files", Soundness.NOTE, f"{each.role} {each.path} {words}", _FIND)
    if not missing:
        detail = f"{len(packed)} packed, {len(named)} outside, all there"
        yield ProjectFinding("files", Soundness.GOOD, detail)


def _bad(name: str, error: AvatarError) -> ProjectFinding:
    return ProjectFinding(name, Soundness.BAD, error.message, error.hint or _REPAIR)


def _reason(error: AvatarError) -> str:
    return error.message.removeprefix("The project is damaged: ")
