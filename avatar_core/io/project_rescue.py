"""What can be saved of a damaged project; its file is only ever read."""

from __future__ import annotations

import hashlib
import json
import math
import mmap
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from avatar_core.errors import AssetError, AvatarError, NewerFormatError, ProjectFormatError
from avatar_core.io import limits
from avatar_core.io.file_marks import FileMark, unpack_mark
from avatar_core.io.migrations import MANIFEST, PROJECT
from avatar_core.io.packing import PackedCache, PackedPath, unpack_paths
from avatar_core.io.portable_paths import home_of, located_path
from avatar_core.io.project_file import (
    HISTORY,
    ProjectFiles,
    SavedProject,
    document_of,
    load_project,
    save_project,
)
from avatar_core.io.project_parts import ARRAY_LIMITS, ARRAYS, ProjectMembers, read_parts
from avatar_core.io.project_pruning import pruned
from avatar_core.io.reading import is_file, is_folder, reading
from avatar_core.io.salvage import arrays_left, contents_of, is_whole, pieces_of, remains_of
from avatar_core.io.take_file import take_to_bytes
from avatar_core.io.take_rescue import take_left
from avatar_core.project import Project
from avatar_core.project.plain import Fields, damaged
from avatar_core.project.references import with_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avatar_core.geometry.shapes import AnyArray
    from avatar_core.io.packing import Step
    from avatar_core.io.salvage import Remains
    from avatar_core.project.plain import PlainData
    from avatar_core.project.references import FileSlot

TAKES = "takes/"
"""How names of the members with takes begin."""


@dataclass(frozen=True, slots=True)
class RescuedProject:
    """What was saved of a damaged project.

    Args:
        saved: the project.
        losses: what is not in it, or may be wrong, each in one sentence.
    """

    saved: SavedProject
    losses: tuple[str, ...]


def rescue_project(path: Path | str) -> RescuedProject:
    """Read as much of a project as can be read.

    Raises:
        AssetError: the file is missing, cannot be read, or nothing of a project is left in it.
        ProjectFormatError: it is from a newer release.
    """
    path = Path(path).absolute()
    with _mapped(path) as data:
        with path.open("rb") as directory:
            remains = remains_of(data, directory)
        return _Rescue(path, data, remains).run()


def repair_project(path: Path | str, out: Path | str, step: Step | None = None) -> RescuedProject:
    """Write a project with all that can be saved of a damaged one, which stays as it is.

    Args:
        path: the damaged project.
        out: a file that is not there yet.
        step: hears how far writing is, 0..1, and what is at hand; may raise Cancelled, which
            leaves nothing behind.

    Raises:
        AssetError: nothing can be saved, there is a file of that name, or it cannot be written.
        ProjectFormatError: it is from a newer release.
    """
    out = Path(out).absolute()
    if is_file(out) or is_folder(out):
        raise AssetError(f"{out.name} is there already.", "Choose a name for a new file.")
    rescued = rescue_project(path)
    if step is not None:
        step(0.0, f"Writing {out.name}")
    save_project(rescued.saved, out, step=step)
    try:
        load_project(out)
    except AvatarError as reason:
        out.unlink()
        raise AssetError(
            f"{Path(path).name} cannot be repaired: {reason.message}", "Open a backup of it."
        ) from reason
    return rescued


def repaired_name(path: Path) -> Path:
    """A name beside a damaged project that is not taken."""
    for number in range(1, limits.MEMBERS):
        counted = "" if number == 1 else f" {number}"
        out = path.with_name(f"{path.stem} (repaired{counted}).studio")
        if not (is_file(out) or is_folder(out)):
            return out
    raise AssetError(f"{path.name} was repaired too often.", "Remove some of the copies.")


class _Rescue:
    """One damaged file, and what is found in it.

    Args:
        path: the file.
        data: its bytes.
        remains: its members.
    """

    def __init__(self, path: Path, data: mmap.mmap, remains: list[Remains]) -> None:
        self._path, self._folder = path, home_of(path)
        self._data = data
        self._remains: dict[str, list[Remains]] = {}
        for each in remains:
            self._remains.setdefault(each.name, []).append(each)
        self._whole = {each.start for each in remains if is_whole(data, each)}
        for candidates in self._remains.values():
            candidates.sort(key=lambda each: each.start not in self._whole)
        self._losses: list[str] = []

    def run(self) -> RescuedProject:
        manifest = self._manifest()
        arrays = {name: self._arrays(name) for name in ARRAY_LIMITS}
        manifest = pruned(manifest, arrays, self._losses.append)
        fields = Fields(manifest, "project")
        members = ProjectMembers(
            fields, tuple(self._remains), self.read, self._path.name, self._forgive, arrays.get
        )
        project = read_parts(members)
        packed = self._packed(fields)
        project = with_files(project, lambda slot: self._located(slot, packed))
        view_state: PlainData = {}
        with suppress(ProjectFormatError):
            view_state = fields.mapping("view_state")
        if HISTORY in self._remains:
            self._losses.append("The kept steps are lost: undo begins anew.")
        files = ProjectFiles(self._marks(fields), bool(packed))
        return RescuedProject(
            SavedProject(project, view_state, files), tuple(dict.fromkeys(self._losses))
        )

    def read(self, name: str, most_bytes: int) -> bytes:
        """A member as far as it is left; takes as far as they make sense."""
        for each in self._remains.get(name, ()):
            data = contents_of(self._data, each, most_bytes)
            if not name.startswith(TAKES):
                return data
            with suppress(AvatarError):
                take, lost = take_left(data, f"The take {name}")
                if lost:
                    self._losses.append(f"The take {take.name} is there without {', '.join(lost)}.")
                return take_to_bytes(take)
        raise damaged(f"{name} is lost")

    def pieces(self, name: str) -> Iterator[bytes]:
        """A packed file, piece by piece."""
        return pieces_of(self._data, self._remains[name][0])

    def _manifest(self) -> dict[str, Any]:
        for each in self._remains.get(MANIFEST, ()):
            manifest = _json(contents_of(self._data, each, limits.MANIFEST_BYTES))
            if manifest.get("format") != PROJECT.header()["format"]:
                continue
            is_sure = each.start in self._whole
            try:
                upgraded = PROJECT.upgraded(manifest, self._path.name)
            except NewerFormatError:
                if is_sure:
                    raise
                continue
            except ProjectFormatError:
                continue
            if not is_sure:
                self._losses.append("Some settings may be wrong, since their text is damaged.")
            return upgraded
        takes = sorted(name for name in self._remains if name.startswith(TAKES))
        if not takes and ARRAYS not in self._remains:
            raise AssetError(
                f"Nothing of a project is left in {self._path.name}.", "Open a backup of it."
            )
        self._losses.append("All settings, libraries and names of files are lost.")
        bare = {**PROJECT.header(), **document_of(Project(), {}, {}, {}), "view_state": {}}
        return {**bare, "takes": [{"file": name} for name in takes], "files": [], "packed": []}

    def _arrays(self, name: str) -> dict[str, AnyArray]:
        """Of several members of that name, one of a take perhaps, the one that fits best."""
        best: dict[str, AnyArray] = {}
        for each in self._remains.get(name, ()):
            data = contents_of(self._data, each, ARRAY_LIMITS[name])
            arrays = arrays_left(data, ARRAY_LIMITS[name])
            if name == ARRAYS and not any(key.startswith("expression.") for key in arrays):
                arrays = {key: array for key, array in arrays.items() if key.startswith("mixer.")}
            if len(arrays) > len(best):
                best = arrays
        return best

    def _packed(self, fields: Fields) -> dict[str, Path]:
        places: dict[str, Path] = {}
        paths: list[PackedPath] = []
        with self._forgiving("the packed files"):
            paths = unpack_paths(fields, "packed")
        for each in paths:
            with self._forgiving(f"the packed file {PurePath(each.path).name}"):
                sums = {file.member: self._sum(file.member) for file in each.files}
                places[each.path] = PackedCache().fetch(each, sums, self)
        return places

    def _sum(self, member: str) -> str:
        for each in self._remains.get(member, ())[:1]:
            if each.start in self._whole:
                sink = hashlib.sha256()
                for piece in pieces_of(self._data, each):
                    sink.update(piece)
                return sink.hexdigest()
        raise damaged("it is damaged")

    def _located(self, slot: FileSlot, packed: dict[str, Path]) -> FileSlot:
        if slot.path in packed:
            return replace(slot, path=str(packed[slot.path]))
        try:
            return replace(slot, path=located_path(slot.path, self._folder))
        except ProjectFormatError as error:
            self._forgive(f"the place of the {slot.role}", error)
            return replace(slot, path=str(self._folder / (PurePath(slot.path).name or "file")))

    def _marks(self, fields: Fields) -> dict[str, FileMark]:
        marks: dict[str, FileMark] = {}
        with suppress(ProjectFormatError):
            for entry in fields.children("files"):
                with suppress(ProjectFormatError):
                    path = located_path(entry.text("path", least=1), self._folder)
                    marks[path] = unpack_mark(entry)
        return marks

    @contextmanager
    def _forgiving(self, what: str) -> Iterator[None]:
        try:
            yield
        except AvatarError as error:
            self._forgive(what, error)

    def _forgive(self, what: str, error: AvatarError) -> None:
        reason = error.message.removeprefix("The project is damaged: ").rstrip(".")
        self._losses.append(f"{what[:1].upper()}{what[1:]}: {reason}.")


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap]:
    """The bytes of a file, of which only those that are looked at are read."""
    with ExitStack() as stack:
        with reading(path):
            file = stack.enter_context(path.open("rb"))
            if path.stat().st_size == 0:  # which cannot be mapped
                raise AssetError(f"{path.name} is empty.", "Open a backup of it.")
            data = stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        yield data


def _json(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data, parse_float=_number_left, parse_constant=_number_left)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _number_left(text: str) -> float | None:
    """A number, or nothing in place of one that no project can hold."""
    number = float(text)
    return number if math.isfinite(number) else None
